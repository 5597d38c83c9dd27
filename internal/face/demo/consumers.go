package demo

import (
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/access/oidctest"
)

// mostConsumers is how many buyers of the day the identity provider knows.
const mostConsumers = 5

// consumers are the people of the demonstration's identity provider: buyers of
// the day's traffic, and one whose identity the fraud ring uses without their
// knowledge: their passport shows what they never bought.
func (d *Demo) consumers() []oidctest.Person {
	var out []oidctest.Person
	seen := map[string]bool{}
	for _, e := range d.plan.Expect() {
		if len(out) == mostConsumers {
			break
		}
		if !e.Import || e.Trouble != traffic.None || seen[e.Buyer] {
			continue
		}
		p := d.gen.Parcel(e.Parcel).Buyer
		if p.ID != e.Buyer {
			continue
		}
		seen[e.Buyer] = true
		out = append(out, oidctest.Person{Subject: fmt.Sprintf("consumer-%d", len(out)+1), Name: p.Name, IDNumber: p.ID, Note: "消费者 consumer"})
	}
	v := d.gen.Victim()
	return append(out, oidctest.Person{Subject: "misused", Name: v.Name, IDNumber: v.ID, Note: "身份被冒用的消费者 consumer whose identity was misused"})
}
