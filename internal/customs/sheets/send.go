package sheets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/job"
)

// inFlight is how many messages of a job wait for their answer at a time.
const inFlight = 8

// upload is a job under way.
type upload struct {
	s       *Service
	r       *job.Run
	o       order
	sum     Summary
	defects []draft.Defect
	more    int // defects that were counted and not kept
	answers []answer
	pending []sent
}

// answer is what became of one document, as the receipts sheet has it.
type answer struct {
	kind    ceb.Kind
	number  string
	what    string
	status  int32
	state   string
	reasons []clearance.Reason
}

// sent is a message that waits for its answer.
type sent struct {
	wait    intake.Pending
	kind    ceb.Kind
	numbers []string
}

// run does an upload.
func (s *Service) run(ctx context.Context, r *job.Run) error {
	u := &upload{s: s, r: r}
	if err := json.Unmarshal(r.Args, &u.o); err != nil {
		return job.Permanent(err)
	}
	u.sum = Summary{File: u.o.Name, Policy: u.o.Policy}
	data, err := r.File(ctx, inputFile)
	if err != nil {
		return err
	}
	err = u.do(ctx, data)
	var bad *Unreadable
	switch {
	case errors.As(err, &bad):
		d := bad.Defect(u.o.Name)
		u.sum.Unread = &d
	case err != nil:
		return err
	}
	return u.finish(ctx)
}

func (u *upload) do(ctx context.Context, data []byte) error {
	if sortOf(data) == 'z' && bytes.Contains(data, []byte("xl/workbook.xml")) {
		return u.sheet(ctx, data)
	}
	return u.messages(ctx, data)
}

// sheet checks a spreadsheet and sends its rows.
func (u *upload) sheet(ctx context.Context, data []byte) error {
	b, err := Open(u.o.Name, data)
	if err != nil {
		return err
	}
	defer b.Close()
	now := u.r.CreatedAt
	x := &clearance.Extractor{Hasher: u.s.c.Hasher, Rules: u.s.c.Intake.Rules()}
	c, err := Check(ctx, b, x, now, u.o.may, func(rows int) { u.r.Progress(int64(rows), 0, "校验 checking") })
	if err != nil {
		return err
	}
	u.sum.Rows, u.sum.Documents, u.sum.Good, u.sum.Faulty = c.Rows, c.Documents, c.Good, c.Refused
	u.defects, u.more = c.Defects, c.More
	if len(c.Defects) > 0 {
		u.r.Progress(int64(c.Documents), int64(c.Documents), "写出问题 writing the problems")
		marked, err := b.Mark(ctx, c.Defects)
		if err != nil {
			return err
		}
		if err := u.r.PutFile(ctx, ErrorsFile, marked); err != nil {
			return err
		}
	}
	if u.o.Policy == OnlyCheck || u.o.Policy == AllOrNone && !c.Faultless() {
		return nil
	}
	return u.rows(ctx, b, c)
}

// lane is the documents that can share a message: of one kind, by one sender.
type lane struct {
	kind ceb.Kind
	from draft.Sender
}

// list tells whether documents of the lane are declaration lists, which are
// sent when the documents that they need have been answered.
func (l lane) list() bool { return l.kind >= 600 }

// lanes gathers documents until a message is full.
type lanes struct {
	u     *upload
	held  map[lane][]*draft.Draft
	order []lane
}

// rows sends the documents of the groups in which nothing is wrong.
func (u *upload) rows(ctx context.Context, b *Book, c *Checked) error {
	l := &lanes{u: u, held: make(map[lane][]*draft.Draft)}
	group := -1
	err := b.EachGroup(ctx, func(drafts []*draft.Draft) error {
		if group++; group >= len(c.bad) || c.bad[group] {
			return nil
		}
		for _, d := range drafts {
			if err := l.add(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.flush(ctx, false); err != nil {
		return err
	}
	if err := l.flush(ctx, true); err != nil {
		return err
	}
	return u.settle(ctx, 0)
}

func (l *lanes) add(ctx context.Context, d *draft.Draft) error {
	from, ok := l.u.o.sender(d)
	if !ok {
		return nil // the check said so
	}
	d.Complete(l.u.r.CreatedAt)
	at := lane{d.Kind, from}
	if _, known := l.held[at]; !known {
		l.order = append(l.order, at)
	}
	l.held[at] = append(l.held[at], d)
	if len(l.held[at]) < draft.MostDocuments {
		return nil
	}
	if at.list() {
		if err := l.flush(ctx, false); err != nil {
			return err
		}
	}
	return l.send(ctx, at)
}

// flush sends what is held: the lists, or all else.
func (l *lanes) flush(ctx context.Context, lists bool) error {
	for _, at := range l.order {
		if at.list() == lists {
			if err := l.send(ctx, at); err != nil {
				return err
			}
		}
	}
	if lists {
		return nil
	}
	return l.u.settle(ctx, 0)
}

func (l *lanes) send(ctx context.Context, at lane) error {
	drafts := l.held[at]
	if len(drafts) == 0 {
		return nil
	}
	l.held[at] = nil
	return l.u.send(ctx, at.kind, draft.AppendMessage(nil, at.kind, at.from, drafts), numbersOf(drafts))
}

func numbersOf(drafts []*draft.Draft) []string {
	out := make([]string, len(drafts))
	for i, d := range drafts {
		out[i] = d.Number()
	}
	return out
}

// send hands a message to intake; some wait for their answers meanwhile.
func (u *upload) send(ctx context.Context, k ceb.Kind, message []byte, numbers []string) error {
	p, err := u.s.c.Intake.EnqueueWait(ctx, message, false)
	if err != nil {
		return u.refusedWhole(k, numbers, err)
	}
	u.pending = append(u.pending, sent{p, k, numbers})
	return u.settle(ctx, inFlight)
}

// settle waits until no more than a number of messages wait for their answers.
func (u *upload) settle(ctx context.Context, most int) error {
	for len(u.pending) > most {
		m := u.pending[0]
		u.pending = u.pending[1:]
		ack, err := m.wait.Wait(ctx)
		if err != nil {
			if err := u.refusedWhole(m.kind, m.numbers, err); err != nil {
				return err
			}
			continue
		}
		for i := range ack.Docs {
			a := &ack.Docs[i]
			u.take(answer{a.Kind, a.Number, a.What, a.Status, a.State, a.Reasons})
		}
	}
	return nil
}

// refusedWhole takes a refusal of a message down as the answer to each of its
// documents; other errors are tried again.
func (u *upload) refusedWhole(k ceb.Kind, numbers []string, err error) error {
	var refusal *intake.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	reason := clearance.Say("PZ3004", refusal.Error())
	if refusal.Reason != nil {
		reason = *refusal.Reason
	}
	for _, n := range numbers {
		u.take(answer{kind: k, number: n, what: "refused", status: -2, reasons: []clearance.Reason{reason}})
	}
	return nil
}

func (u *upload) take(a answer) {
	u.answers = append(u.answers, a)
	u.sum.Sent++
	switch {
	case a.what == "refused" || a.status < 0 || a.status == 100:
		u.sum.Refused++
	default:
		u.sum.Accepted++
		if a.status == 2 {
			u.sum.Waiting++
		}
	}
	u.r.Progress(int64(u.sum.Sent), int64(u.sum.Good), "报送 sending")
}

// denied puts into the chain of acts that rows were refused because the caller
// may not send for their enterprises.
func (u *upload) denied(ctx context.Context) error {
	n, first := 0, ""
	for i := range u.defects {
		if u.defects[i].Code == CodeRight {
			if n++; n == 1 {
				first = u.defects[i].EN
			}
		}
	}
	if n == 0 || u.s.c.Audit == nil {
		return nil
	}
	return u.s.c.Audit.Record(ctx, audit.Entry{Actor: u.r.Owner, Org: u.r.Org, Act: "message.send", Object: "upload:" + u.r.ID, Outcome: audit.Denied,
		Detail: fmt.Sprintf("documents=%d; %s", n, first)})
}

// finish leaves the receipts and the summary.
func (u *upload) finish(ctx context.Context) error {
	if err := u.denied(ctx); err != nil {
		return err
	}
	if len(u.answers) > 0 {
		data, err := receipts(u.answers)
		if err != nil {
			return err
		}
		if err := u.r.PutFile(ctx, ReceiptsFile, data); err != nil {
			return err
		}
	}
	u.sum.Defects = len(u.defects) + u.more
	u.sum.First = append([]draft.Defect{}, u.defects[:min(mostFirst, len(u.defects))]...)
	b, err := json.Marshal(u.sum)
	if err != nil {
		return job.Permanent(err)
	}
	return u.r.SetResult(ctx, b)
}

// receipts writes what became of each document as a sheet.
func receipts(answers []answer) ([]byte, error) {
	rows := make([][]string, len(answers))
	for i, a := range answers {
		var zh, en, fix []string
		for _, r := range a.reasons {
			zh, en = append(zh, "["+r.Code+"] "+r.Chinese()), append(en, r.English())
			if z, e := r.Fix(); z != "" {
				fix = append(fix, z+" "+e)
			}
		}
		rows[i] = []string{strconv.Itoa(int(a.kind)), a.number, a.what, strconv.Itoa(int(a.status)), a.state, strings.Join(zh, "\n"), strings.Join(en, "\n"), strings.Join(fix, "\n")}
	}
	return workbook("回执 Receipts", []string{"报文 kind", "单证编号 number", "处理 what", "回执状态 status", "包裹状态 state", "回执信息", "in English", "改正方法 fix"}, rows)
}
