package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/demo/traffic"
)

// Progress is told how many of the day's messages are answered.
type Progress func(done, total int)

// window is how far in the day the sending may be ahead of the answers: less
// than the time in which an officer or an enterprise answers to an answer.
const window = 15 * 60

// Play plays the day through the running zone and sums it up.
func (d *Demo) Play(ctx context.Context, progress Progress) (*Summary, error) {
	if err := d.populate(ctx); err != nil {
		return nil, err
	}
	p := &player{Demo: d, ctx: ctx, progress: progress}
	start := d.machine.Now()
	if err := p.day(); err != nil {
		return nil, err
	}
	if _, err := d.Zone.Intake.Command(ctx, clearance.Tick, nil); err != nil {
		return nil, err
	}
	took := d.machine.Now().Sub(start)
	d.Clock.Run()
	if err := p.accounts(); err != nil {
		return nil, err
	}
	p.parcels()
	return p.summary(took), d.indexed(ctx)
}

// indexed waits until every parcel of the day can be found.
func (d *Demo) indexed(ctx context.Context) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		at, err := d.Zone.Lookup.Position(ctx)
		if err != nil || at >= d.Zone.Intake.Durable() {
			return err
		}
		select {
		case <-look.C:
		case err := <-d.Zone.Failed():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// player sends the day's messages and holds the answers against what was
// expected.
type player struct {
	*Demo
	ctx      context.Context
	progress Progress
	queue    []flight
	verdicts []verdict
	looked   int // held parcels that officers have come to, beside those with a part to play
	answered int
	broken   int // messages refused as a whole, as expected
	differ   []Difference
	differed int
}

// flight is a message under way.
type flight struct {
	message int
	pending intake.Pending
}

func (p *player) day() error {
	messages := p.plan.Messages()
	for k := range messages {
		m := &messages[k]
		p.Clock.Set(p.second(m.Second))
		if err := p.officers(); err != nil {
			return err
		}
		if err := p.answersBefore(m.Second - window); err != nil {
			return err
		}
		if err := p.send(k, m); err != nil {
			return err
		}
	}
	if err := p.answersBefore(1 << 30); err != nil {
		return err
	}
	return p.officers()
}

// send renders a message and puts it on its way.
func (p *player) send(k int, m *traffic.Message) error {
	data, err := p.plan.Append(make([]byte, 0, 3072*m.Documents()), k, p.record.listNumber)
	if errors.Is(err, traffic.ErrNoListNumber) {
		p.note(m.Parcels()[0], "the list to be withdrawn has no number (清单尚无编号，无法撤单)")
		p.answered++
		return nil
	}
	if err != nil {
		return err
	}
	pending, err := p.Zone.Intake.EnqueueWait(p.ctx, data, false)
	if err != nil {
		return fmt.Errorf("message %d: %w", k, err)
	}
	p.queue = append(p.queue, flight{k, pending})
	return nil
}

// answersBefore takes the answers to all messages sent before a second of the day.
func (p *player) answersBefore(second int) error {
	messages := p.plan.Messages()
	for len(p.queue) > 0 && messages[p.queue[0].message].Second < second {
		f := p.queue[0]
		p.queue = p.queue[1:]
		ack, err := f.pending.Wait(p.ctx)
		var refusal *intake.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return fmt.Errorf("message %d: %w", f.message, err)
		}
		p.judge(&messages[f.message], ack, refusal)
		if p.answered++; p.progress != nil {
			p.progress(p.answered, len(messages))
		}
	}
	return nil
}

// judge holds the answer to a message against what was expected of it.
func (p *player) judge(m *traffic.Message, ack *intake.Ack, refusal *intake.Refusal) {
	parcels := m.Parcels()
	wants := make(map[int]traffic.Want, len(m.Wants))
	for _, w := range m.Wants {
		wants[w.Document] = w
	}
	if refusal != nil {
		if _, ok := wants[-1]; !ok {
			p.note(parcels[0], "message "+m.Kind.String()+" was refused as a whole (整体退回): "+refusal.Error())
			return
		}
		p.broken++
		return
	}
	if _, ok := wants[-1]; ok {
		p.note(parcels[0], "a spoilt message "+m.Kind.String()+" was taken in (损坏的报文被受理)")
		return
	}
	for i := range ack.Docs {
		a := &ack.Docs[i]
		refused := a.What == clearance.DocRefused.String()
		if refused && m.Damage == traffic.Whole {
			p.record.refuse(int(parcels[i]), isList(a.Kind) && wants[i].Answer != traffic.Refused, saidCodes(a))
		}
		p.judgeDocument(parcels[i], a, wants[i], refused)
	}
}

// saidCodes are the codes that the sender of a document is told: those of the
// reasons, and the receipt's status where that is a processing exception.
func saidCodes(a *intake.Answer) []string {
	said := codes(a.Reasons)
	if a.Status < 0 {
		said = append(said, strconv.Itoa(int(a.Status)))
	}
	return said
}

func (p *player) judgeDocument(parcel uint64, a *intake.Answer, w traffic.Want, refused bool) {
	said := saidCodes(a)
	repeated := a.What == clearance.DocRepeated.String()
	switch w.Answer {
	case traffic.Refused:
		if !refused {
			p.note(parcel, fmt.Sprintf("%s was to be refused, was %s (应退回)", a.Kind, a.What))
		} else if len(w.Codes) > 0 && !told(said, w.Codes...) {
			p.note(parcel, fmt.Sprintf("%s was to be refused with one of %v, was with %v (退回代码不符)", a.Kind, w.Codes, said))
		}
	case traffic.Repeated:
		if !repeated {
			p.note(parcel, fmt.Sprintf("%s came again and was %s (重复报送)", a.Kind, a.What))
		}
	default:
		if (refused || repeated) && !p.plan.Expect()[parcel].Final.Has(traffic.Rejected) {
			p.note(parcel, fmt.Sprintf("%s was %s %v (应受理)", a.Kind, a.What, said))
		}
	}
}

// Difference is an outcome that is not the expected one.
type Difference struct {
	Parcel  uint64
	Trouble string
	What    string
}

// mostDifferences are kept in words; all are counted.
const mostDifferences = 20

func (p *player) note(parcel uint64, what string) {
	if p.differed++; len(p.differ) < mostDifferences {
		p.differ = append(p.differ, Difference{parcel, p.plan.Expect()[parcel].Trouble.String(), what})
	}
}
