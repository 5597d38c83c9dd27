package demo

import (
	"fmt"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// patience is how long a held parcel waits until an officer has looked at it.
const patience = 20 * time.Minute

// verdict is an officer's word about a held parcel.
type verdict struct {
	status uint16
	reason string
}

var (
	release  = verdict{800, "查验无误"}
	detain   = verdict{501, "货物与申报不符，移送处理"}
	sendBack = verdict{700, "收货人放弃，退运境外"}
	leave    = verdict{} // nobody has come to it yet: it waits in the officers' queue
)

// officers gives the verdicts on parcels that were held some time ago.
func (p *player) officers() error {
	for _, h := range p.record.due(p.Clock.Now().Add(-patience).UnixMicro()) {
		v := p.verdict(h)
		if v == leave {
			continue
		}
		body := clearance.VerdictBody{Number: h.number, Status: v.status, Officer: "demo", Reason: v.reason}.Encode()
		a, err := p.Zone.Intake.Command(p.ctx, clearance.Verdict, body)
		if err != nil {
			return fmt.Errorf("verdict on parcel %d: %w", h.number, err)
		}
		if a.What != clearance.Moved.String() {
			p.note(uint64(h.index), fmt.Sprintf("verdict %d had no effect (处置未生效): %v", v.status, codes(a.Reasons)))
		}
		p.verdicts = append(p.verdicts, v)
	}
	return nil
}

// verdict is what the officers think of a parcel. Parcels that still have a part
// to play in the day, and exports, are released.
func (p *player) verdict(h holding) verdict {
	e := &p.plan.Expect()[h.index]
	switch {
	case h.export:
		return release
	case e.Trouble == traffic.FraudRing:
		return detain
	case e.Trouble != traffic.None:
		return release
	}
	// The first is left, so that also a short day has something in the queue.
	v := []verdict{leave, release, leave, detain, release, leave, sendBack, release, release, release}[p.looked%10]
	p.looked++
	return v
}
