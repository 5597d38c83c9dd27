package zone

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/dsig"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// filings is the registry's view as the core keeps it: beside the filings it
// remembers the outbox number of the last one, so that each command is taken in
// once and none is left out.
type filings struct {
	view *registry.View
	last atomic.Uint64
}

func newFilings() *filings { return &filings{view: registry.NewView()} }

// filingBody is the body of a FilingChange input: the outbox number, then the
// filing.
func filingBody(id uint64, filing []byte) []byte {
	return append(binary.AppendUvarint(nil, id), filing...)
}

// Filed implements clearance.Filings.
func (f *filings) Filed(code, role string, day clock.Day) (bool, string) {
	return f.view.Filed(code, role, day)
}

// Apply implements clearance.Filings. A command that is there already changes
// nothing. Numbers may jump: the outbox carries other commands too.
func (f *filings) Apply(body []byte) (string, error) {
	id, n := binary.Uvarint(body)
	if n <= 0 {
		return "", clearance.ErrCorrupt
	}
	last := f.last.Load()
	if id <= last {
		decoded, err := registry.DecodeFiling(body[n:])
		if err != nil {
			return "", err
		}
		return decoded.ID, nil
	}
	subject, err := f.view.Apply(body[n:])
	if err == nil {
		f.last.Store(id)
	}
	return subject, err
}

// Snapshot implements clearance.Filings.
func (f *filings) Snapshot() []byte {
	return append(binary.AppendUvarint(nil, f.last.Load()), f.view.Snapshot()...)
}

// Restore implements clearance.Filings.
func (f *filings) Restore(b []byte) error {
	last, n := binary.Uvarint(b)
	if n <= 0 {
		return clearance.ErrCorrupt
	}
	f.last.Store(last)
	return f.view.Restore(b[n:])
}

// judge looks at the signatures of messages by the filings of the service that
// is running.
type judge struct {
	service atomic.Pointer[intake.Service]
}

func (j *judge) view() *registry.View {
	if s := j.service.Load(); s != nil {
		if f, ok := s.Filings().(*filings); ok {
			return f.view
		}
	}
	return nil
}

// Judge implements intake.Judge. What it finds is stored with the message, so a
// replay does not judge again.
func (j *judge) Judge(m *ceb.Message, at time.Time) []clearance.Reason {
	v := j.view()
	if v == nil {
		return nil
	}
	sender := m.Transfer.Text(ceb.BTCopCode)
	if v.Mode(sender, m.Kind) == registry.Off {
		return nil
	}
	var report dsig.Report
	if m.SignatureEnd != 0 {
		report = dsig.Verify(m.Raw, dsig.Options{Lookup: v.DER})
	}
	verdict := v.Judge(&report, m.Kind, sender, at)
	if verdict.OK {
		return nil
	}
	return []clearance.Reason{clearance.Say(verdict.Code, verdict.ZH+" / "+verdict.EN)}
}
