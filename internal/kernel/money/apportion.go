package money

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
)

// Apportion splits total over weights in whole fen by the largest remainder
// (最大余额法): every part is its exact share rounded down, and the fen left over
// go one each to the largest remainders, ties to the lower index. The parts
// always sum to total, and each is within one fen of its exact share.
//
// A negative total is split as its mirror image. Weights must not be negative
// (panic: it is a fault of the caller). If all weights are zero the total is
// split equally, the odd fen going to the lower indexes. No weights give no
// parts: a total other than zero must not be split over nothing (panic).
//
// Rule: RULES A12.3, used for freight (运费), insurance (保费) and discounts.
func Apportion(total Fen, weights []int64) []Fen {
	return AppendApportion(make([]Fen, 0, len(weights)), total, weights)
}

// AppendApportion is [Apportion] that appends the parts to dst.
func AppendApportion(dst []Fen, total Fen, weights []int64) []Fen {
	n := len(weights)
	if n == 0 && total != 0 {
		panic(fmt.Sprintf("money: cannot split %s over no parts", total))
	}
	sum, wide := sumWeights(weights)
	dst = slices.Grow(dst, n)
	parts := dst[len(dst) : len(dst)+n]
	clear(parts)
	switch {
	case total == 0:
	case wide:
		apportionWide(parts, total, weights)
	case sum == 0:
		apportion(parts, magnitude(int64(total)), uint64(n), func(int) uint64 { return 1 })
	default:
		apportion(parts, magnitude(int64(total)), sum, func(i int) uint64 { return uint64(weights[i]) })
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return dst[:len(dst)+n]
}

// sumWeights adds the weights up; wide tells that the sum leaves 64 bits.
func sumWeights(weights []int64) (sum uint64, wide bool) {
	for i, w := range weights {
		if w < 0 {
			panic(fmt.Sprintf("money: weight %d is negative: %d", i, w))
		}
		var carry uint64
		sum, carry = bits.Add64(sum, uint64(w), 0)
		wide = wide || carry != 0
	}
	return sum, wide
}

// share is the remainder of one part, for the ranking of the left-over fen.
type share struct {
	rest  uint64
	index int
}

// apportion fills parts with the split of total by weights whose sum is sum.
func apportion(parts []Fen, total, sum uint64, weight func(int) uint64) {
	var few [8]share
	rests := few[:0]
	left := total
	for i := range parts {
		hi, lo := bits.Mul64(total, weight(i))
		q, r := bits.Div64(hi, lo, sum) // hi < sum, because weight ≤ sum and total < 2^64
		parts[i] = Fen(q)
		left -= q
		if r != 0 {
			rests = append(rests, share{r, i})
		}
	}
	if left == 0 {
		return
	}
	slices.SortFunc(rests, func(a, b share) int {
		switch {
		case a.rest > b.rest:
			return -1
		case a.rest < b.rest:
			return 1
		}
		return a.index - b.index
	})
	for _, s := range rests[:left] { // the remainders sum to left × sum, so there are more than left of them
		parts[s.index]++
	}
}

// apportionWide is the same, with big integers, for weights whose sum leaves
// 64 bits.
func apportionWide(parts []Fen, total Fen, weights []int64) {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(w))
	}
	type rest struct {
		value *big.Int
		index int
	}
	rests := make([]rest, len(parts))
	all := new(big.Int).SetUint64(magnitude(int64(total)))
	left := new(big.Int).Set(all)
	for i, w := range weights {
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(all, big.NewInt(w)), sum, new(big.Int))
		parts[i] = Fen(q.Int64())
		left.Sub(left, q)
		rests[i] = rest{r, i}
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return b.value.Cmp(a.value) })
	for _, s := range rests[:left.Int64()] {
		parts[s.index]++
	}
}
