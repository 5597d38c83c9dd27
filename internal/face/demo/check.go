package demo

import (
	"fmt"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/money"
)

// parcels holds the outcome of every parcel against what was expected.
func (p *player) parcels() {
	r := p.record
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.parcels {
		for _, what := range compare(&p.plan.Expect()[i], &r.parcels[i]) {
			p.note(uint64(i), what)
		}
	}
	if n := r.notes["PZ1507"]; n > 0 {
		p.note(0, fmt.Sprintf("%d parcels: withheld tax differs from the computed (代扣税款不符)", n))
	}
}

// compare says in what a parcel's outcome differs from the expected one. What
// officers decided about a parcel that was held is theirs to decide.
func compare(e *traffic.Expectation, p *parcel) (out []string) {
	differ := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if p.held && (inHands(p.state) || p.state == clearance.Returned) {
		return nil
	}
	final := outcome(p)
	if final&e.Final == 0 {
		differ("expected %s, is %s %v (结果不符)", strings.Join(e.Final.Names(), " or "), p.state, p.told)
		return out
	}
	if final == traffic.Rejected && len(e.Codes) > 0 && !told(p.told, e.Codes...) {
		differ("rejected with %v, expected one of %v (退单代码不符)", p.told, e.Codes)
	}
	if e.Trouble != traffic.FraudRing || final == traffic.Released {
		if a := p.assessed; a != nil && e.Reason != "" && (a.Decision != e.Decision || a.Reason != e.Reason) {
			differ("tax decision %s %s, expected %s %s (计税结论不符)", a.Decision, a.Reason, e.Decision, e.Reason)
		}
	}
	if e.Class != "" && p.class != e.Class {
		differ("class %q, expected %q (统计类别不符)", p.class, e.Class)
	}
	for _, k := range e.WaitedFor {
		if final != traffic.Rejected && !strings.Contains(p.waited, waitedName[k]) {
			differ("waited for %q, expected %s (等待单证不符)", p.waited, waitedName[k])
		}
	}
	return out
}

// waitedName is how the platform names a document that a list waits for.
var waitedName = map[ceb.Kind]string{311: "订单", 303: "订单", 411: "支付凭证", 403: "收款单", 511: "运单", 505: "运单"}

// inHands tells whether an officer has the parcel.
func inHands(s clearance.State) bool {
	return s == clearance.Review || s == clearance.Inspect || s == clearance.Detained
}

// outcome is a parcel's state in the words of the plan; 0 for one that the plan
// does not know.
func outcome(p *parcel) traffic.State {
	switch p.state {
	case clearance.Waiting:
		return traffic.Waiting
	case clearance.Refused, clearance.Expired:
		return traffic.Rejected
	case clearance.Released:
		return traffic.Released
	case clearance.Closed:
		return traffic.Closed
	case clearance.Withdrawn:
		return traffic.Withdrawn
	case clearance.Deleted:
		return traffic.Deleted
	case clearance.None:
		if p.refused {
			return traffic.Rejected
		}
	}
	return 0
}

// accounts holds the yearly total of every buyer against the sum of what was
// expected of their parcels.
func (p *player) accounts() error {
	type want struct {
		used, reserved money.Fen
		parcel         uint64
	}
	wants := map[string]want{}
	p.record.mu.Lock()
	for i, e := range p.plan.Expect() {
		if !e.Import {
			continue
		}
		w := wants[e.Buyer]
		w.parcel = e.Parcel
		switch s := p.record.parcels[i].state; {
		case s == clearance.Released || s == clearance.Closed:
			w.used += money.Fen(e.Dutiable)
		case inHands(s):
			w.reserved += money.Fen(e.Dutiable)
		}
		wants[e.Buyer] = w
	}
	p.record.mu.Unlock()
	hasher := p.Zone.Keys.Hasher()
	return p.Zone.Intake.Ask(p.ctx, func(e *clearance.Engine) {
		for buyer, w := range wants {
			a := e.Allowance(clearance.PersonKey(hasher, buyer), p.Day)
			if a.Used != w.used || a.Reserved != w.reserved {
				p.note(w.parcel, fmt.Sprintf("its buyer's annual total is %s (held %s), expected %s (held %s) (年度累计不符)", a.Used, a.Reserved, w.used, w.reserved))
			}
		}
	})
}
