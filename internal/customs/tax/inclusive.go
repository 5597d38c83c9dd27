package tax

import (
	"fmt"
	"math/big"

	"pilotzone/internal/kernel/money"
)

// SplitInclusive parts a tax-inclusive selling price (含税售价) into the price of
// the goods and the tax: P = (T − r·F) / (1 + r), tax = T − P, with F the freight
// charged apart (zero for free shipping) and r the exact [CombinedRate]. The
// tax covers goods and freight: D = P + F (RULES A3.5). Error: [ErrInput] if an
// amount or the rate is negative, or T does not even cover the tax on the freight.
func SplitInclusive(total, freight money.Fen, r *big.Rat) (price, tax money.Fen, err error) {
	if total < 0 || freight < 0 || r.Sign() < 0 {
		return 0, 0, fmt.Errorf("%w: price %s, freight %s and rate must not be negative (售价、运费、税率不得为负)", ErrInput, total, freight)
	}
	p := new(big.Rat).SetInt64(int64(freight))
	p.Mul(p, r)
	p.Sub(new(big.Rat).SetInt64(int64(total)), p)
	p.Quo(p, new(big.Rat).Add(big.NewRat(1, 1), r))
	if p.Sign() < 0 {
		return 0, 0, fmt.Errorf("%w: price %s does not cover the tax on the freight %s (售价不足以支付运费对应税款)", ErrInput, total, freight)
	}
	price, _ = money.RoundRat(p) // not above total, so it fits
	return price, total - price, nil
}

// InclusiveItem is one kind of goods in a sale at a tax-inclusive price.
type InclusiveItem struct {
	Listed money.Fen // listed price (标价), the weight of the item in the total
	Rate   *big.Rat  // its [CombinedRate]
}

// SplitInclusiveMixed is [SplitInclusive] for goods of different rates sold for
// one price: total and freight are first shared out by listed price in fen
// (RULES A3.5, A12.3), then each share is split.
func SplitInclusiveMixed(total, freight money.Fen, items []InclusiveItem) (prices, taxes []money.Fen, err error) {
	if len(items) == 0 {
		return nil, nil, fmt.Errorf("%w: no goods (没有商品)", ErrInput)
	}
	weights := make([]int64, len(items))
	for i, it := range items {
		if it.Listed < 0 {
			return nil, nil, fmt.Errorf("%w: listed price of item %d must not be negative (标价不得为负): %s", ErrInput, i+1, it.Listed)
		}
		weights[i] = int64(it.Listed)
	}
	totals := money.Apportion(total, weights)
	freights := money.Apportion(freight, weights)
	prices, taxes = make([]money.Fen, len(items)), make([]money.Fen, len(items))
	for i, it := range items {
		prices[i], taxes[i], err = SplitInclusive(totals[i], freights[i], it.Rate)
		if err != nil {
			return nil, nil, fmt.Errorf("item (商品) %d: %w", i+1, err)
		}
	}
	return prices, taxes, nil
}
