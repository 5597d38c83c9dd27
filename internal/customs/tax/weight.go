package tax

// WeightCap is a limit on the quantity of one group of goods per person and
// calendar year, from a remark in the positive list (RULES A9d): sugar 2 kg,
// rice 20 kg.
type WeightCap struct {
	Group string // name of the group of tariff codes, as in the pack
	Grams int64  // most per person and year
	Used  int64  // grams already counted for the orderer in the year
}

// WeightUse is how much of a group one line of an order holds.
type WeightUse struct {
	Group string
	Grams int64
}

// WeightCheck is the state of one counter that an order touches.
type WeightCheck struct {
	Group              string
	Used, Added, After int64 // grams before, in this order, and together
	Limit              int64
	Over               bool // After is above Limit; exactly the limit is allowed
}

// CheckWeights adds an order's uses up by group and compares them with the
// caps, in the order of the caps. Groups without a cap are not counted, caps
// without a use are left out. ok is false if any counter would be exceeded; the
// order is then [NotCBEC] for [OverAnnualWeight].
func CheckWeights(caps []WeightCap, uses []WeightUse) (checks []WeightCheck, ok bool) {
	ok = true
	for _, c := range caps {
		w := WeightCheck{Group: c.Group, Used: c.Used, Limit: c.Grams}
		touched := false
		for _, u := range uses {
			if u.Group == c.Group {
				w.Added = addGrams(w.Added, u.Grams)
				touched = true
			}
		}
		if !touched {
			continue
		}
		w.After = addGrams(w.Used, w.Added)
		w.Over = w.After > w.Limit
		ok = ok && !w.Over
		checks = append(checks, w)
	}
	return checks, ok
}

// addGrams adds without running over: beyond the largest number it stays there,
// which is above every cap.
func addGrams(a, b int64) int64 {
	const most = 1<<63 - 1
	if b > 0 && a > most-b {
		return most
	}
	return a + b
}
