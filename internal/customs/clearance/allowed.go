package clearance

// verdictStatuses are the statuses that an officer may give, in the order in
// which they are offered.
var verdictStatuses = []uint16{800, 300, 500, 501, 502, 503, 599, 700, 100}

// Allowed are the statuses (回执状态) that an officer's verdict may give to a
// parcel in a state, by the published table.
func Allowed(s State, dir Direction) (out []uint16) {
	for _, status := range verdictStatuses {
		ev, _ := verdictEvent(status)
		if dir == Export && (ev == ToDetain || ev == ToReturn) {
			continue
		}
		if c := Table[ev][s]; c.Defined && c.Code == "" && c.Effect != Flag {
			out = append(out, status)
		}
	}
	return out
}
