package matching

import (
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/cultivation"
)

// score holds an offer against a demand. Goods of different chapters do not fit at
// all; what is not said counts half.
func score(demand, offer *Listing, weights map[string]int64) (int64, []cultivation.Reason) {
	var total int64
	var reasons []cultivation.Reason
	add := func(criterion string, share int64, zh, en string) {
		r := cultivation.Reason{Criterion: criterion, Weight: weights[criterion], Points: weights[criterion] * share / 100, Words: cultivation.Said{ZH: zh, EN: en}}
		total += r.Points
		reasons = append(reasons, r)
	}
	digits := common(demand.HS, offer.HS)
	share := map[bool]int64{digits >= 6: 100, digits >= 4 && digits < 6: 70, digits >= 2 && digits < 4: 30}[true]
	if share == 0 {
		return 0, nil
	}
	add("goods", share, fmt.Sprintf("商品编码前 %d 位相同", digits), fmt.Sprintf("the first %d digits of the code agree", digits))
	share, zh, en := certificates(demand.Certificates, offer.Certificates)
	add("certificates", share, zh, en)
	share, zh, en = prices(demand, offer)
	add("price", share, zh, en)
	share = 100
	if offer.Quantity < demand.Quantity {
		share = offer.Quantity * 100 / demand.Quantity
	}
	add("quantity", share, fmt.Sprintf("可供 %d，需求 %d", offer.Quantity, demand.Quantity), fmt.Sprintf("%d can be delivered, %d are wanted", offer.Quantity, demand.Quantity))
	switch {
	case demand.Delivery == 0 || offer.Delivery == 0:
		add("delivery", 50, "一方未说明交期", "one side says no day of delivery")
	case offer.Delivery <= demand.Delivery:
		add("delivery", 100, "可在 "+demand.Delivery.String()+" 前交付", "can be delivered by "+demand.Delivery.String())
	default:
		add("delivery", 0, "最早 "+offer.Delivery.String()+" 交付，晚于需求", "ready from "+offer.Delivery.String()+", later than wanted")
	}
	switch {
	case demand.Country == "" || offer.Country == "":
		add("market", 50, "一方未限定目的国", "one side names no destination")
	case demand.Country == offer.Country:
		add("market", 100, "目的国一致", "the same destination")
	default:
		add("market", 0, "目的国不同", "other destinations")
	}
	return total, reasons
}

// common is how many leading digits two codes share.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func certificates(want, have []string) (share int64, zh, en string) {
	if len(want) == 0 {
		return 100, "未要求认证", "no certificate is asked for"
	}
	var missing []string
	for _, c := range want {
		if !slices.Contains(have, c) {
			missing = append(missing, c)
		}
	}
	share = int64(len(want)-len(missing)) * 100 / int64(len(want))
	if len(missing) == 0 {
		return share, "具备全部所需认证", "all certificates asked for are there"
	}
	list := strings.Join(missing, ", ")
	return share, "缺少认证：" + list, "certificates missing: " + list
}

func prices(demand, offer *Listing) (share int64, zh, en string) {
	highest, lowest := demand.PriceTo, offer.PriceFrom
	switch {
	case highest == 0 || lowest == 0:
		return 50, "一方未说明价格", "one side names no price"
	case lowest <= highest:
		return 100, "报价 " + lowest.String() + " 在需求上限 " + highest.String() + " 之内", "offered from " + lowest.String() + ", within the most of " + highest.String()
	case lowest-highest <= highest/10:
		return 50, "报价高出需求上限不足一成", "offered for at most a tenth more than wanted"
	}
	return 0, "报价 " + lowest.String() + " 高于需求上限 " + highest.String(), "offered from " + lowest.String() + ", above the most of " + highest.String()
}
