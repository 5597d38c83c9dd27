package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/queue"
	"pilotzone/internal/kernel/access"
)

// QueueFigures are the figures of one officers' queue (队列统计).
type QueueFigures struct {
	Queue   string `json:"queue" enum:"review,inspection,detention,return"`
	ZH      string `json:"zh"`
	EN      string `json:"en"`
	Waiting int    `json:"waiting"`
	Free    int    `json:"free" doc:"That nobody holds."`
	Mine    int    `json:"mine"`
	Overdue int    `json:"overdue"`
	Oldest  string `json:"oldest,omitempty" doc:"Since when the oldest waits."`
	Value   string `json:"value" doc:"Yuan, of those whose value in yuan is known."`
}

// QueueCase is a parcel that waits for an officer (待办件).
type QueueCase struct {
	Parcel   uint64       `json:"parcel"`
	Queue    string       `json:"queue" doc:"Empty: it has left the queues."`
	State    string       `json:"state"`
	StateZH  string       `json:"state_zh"`
	Status   int          `json:"status" doc:"Receipt status that put it here (回执状态)."`
	Since    string       `json:"since"`
	Due      string       `json:"due,omitempty"`
	Priority int          `json:"priority" doc:"0 ordinary, 1 high, 2 urgent."`
	OrderNo  string       `json:"order_no"`
	InvtNo   string       `json:"invt_no,omitempty"`
	Mode     string       `json:"mode,omitempty"`
	Merchant string       `json:"merchant"`
	Agent    string       `json:"agent"`
	Value    string       `json:"value" doc:"Yuan; 0.00 where it is not known."`
	Reasons  []ReasonText `json:"reasons" doc:"Why it is held."`
	Seen     uint64       `json:"seen" doc:"The decision that put it here: give it back with a verdict."`
	Allowed  []int        `json:"allowed" doc:"Statuses that a verdict may give, by the published table."`
	Holder   string       `json:"holder,omitempty" doc:"Who holds the case; nobody if left out."`
	Until    string       `json:"until,omitempty"`
	Pending  bool         `json:"pending" doc:"A verdict is on its way."`
}

type queuesOutput struct {
	Body struct {
		Queues []QueueFigures `json:"queues"`
	}
}

type queueInput struct {
	Queue   string `path:"queue" enum:"review,inspection,detention,return"`
	Mine    bool   `query:"mine" doc:"Those that the caller holds."`
	Free    bool   `query:"free" doc:"Those that nobody holds."`
	Overdue bool   `query:"overdue"`
	Cursor  string `query:"cursor" maxLength:"60" doc:"next of the page before."`
	Limit   int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type queueOutput struct {
	Body struct {
		Cases []QueueCase `json:"cases" doc:"The most pressing first, then the oldest."`
		Next  string      `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

// CasePath names the case of a parcel in a path.
type CasePath struct {
	Parcel uint64 `path:"parcel" doc:"Parcel number."`
}

type caseOutput struct{ Body QueueCase }

type caseReasonInput struct {
	CasePath
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"400"`
	}
}

type caseVerdictInput struct {
	CasePath
	Body struct {
		Status int    `json:"status" enum:"100,300,500,501,502,503,599,700,800" doc:"Receipt status to give (回执状态)."`
		Reason string `json:"reason" minLength:"2" maxLength:"400" doc:"Why; it stands in the enterprise's receipt."`
		Seen   uint64 `json:"seen" doc:"seen of the case: one that has moved since is left as it is."`
	}
}

func (s *Server) addQueues() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"queues"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
	}
	add(s, op("list-queues", http.MethodGet, "/v1/queues", "The officers' queues with their figures / 监管队列"), access.QueueWork, s.queues)
	add(s, op("list-cases", http.MethodGet, "/v1/queues/{queue}", "Cases of a queue / 队列待办件"), access.QueueWork, s.queue)
	add(s, op("get-case", http.MethodGet, "/v1/cases/{parcel}", "A case / 待办件"), access.QueueWork, s.queueCase)
	add(s, op("claim-case", http.MethodPost, "/v1/cases/{parcel}/claim", "Claim a case, or hold it longer / 领办"), access.QueueWork, s.claimCase)
	add(s, op("release-case", http.MethodPost, "/v1/cases/{parcel}/release", "Put a case back / 退回队列"), access.QueueWork, s.releaseCase)
	add(s, op("take-case-over", http.MethodPost, "/v1/cases/{parcel}/takeover", "Take a case over from another officer / 接管"), access.QueueSupervise, s.takeCase)
	add(s, op("decide-case", http.MethodPost, "/v1/cases/{parcel}/verdict", "Give the verdict on a case that you hold / 处置"), access.VerdictGive, s.decideCase)
}

// ofQueue puts the desk's refusals into problems.
func ofQueue(err error) error {
	var r *queue.Refusal
	if !errors.As(err, &r) {
		return err
	}
	status := 409
	switch {
	case errors.Is(r, queue.ErrDenied):
		status = 403
	case errors.Is(r, queue.ErrNotFound):
		status = 404
	case errors.Is(r, queue.ErrReason), errors.Is(r, queue.ErrStatus):
		status = 422
	}
	return problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
}

func (s *Server) queues(ctx context.Context, _ *struct{}) (*queuesOutput, error) {
	list, err := s.zone.Queue.Figures(ctx)
	if err != nil {
		return nil, ofQueue(err)
	}
	out := &queuesOutput{}
	for _, f := range list {
		w := f.Queue.Words()
		out.Body.Queues = append(out.Body.Queues, QueueFigures{Queue: f.Queue.String(), ZH: w.ZH, EN: w.EN, Waiting: f.Waiting, Free: f.Free, Mine: f.Mine,
			Overdue: f.Overdue, Oldest: stamp(f.Oldest), Value: f.Value.String()})
	}
	return out, nil
}

func (s *Server) queue(ctx context.Context, in *queueInput) (*queueOutput, error) {
	q, _ := queue.ParseQueue(in.Queue)
	list, next, err := s.zone.Queue.List(ctx, queue.Filter{Queue: q, Mine: in.Mine, Free: in.Free, Overdue: in.Overdue}, queue.Page{After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, ofQueue(err)
	}
	out := &queueOutput{}
	out.Body.Cases, out.Body.Next = make([]QueueCase, len(list)), next
	for i := range list {
		out.Body.Cases[i] = caseText(&list[i])
	}
	return out, nil
}

func caseText(i *queue.Item) QueueCase {
	c := QueueCase{Parcel: i.Parcel, State: i.State.String(), StateZH: i.State.Chinese(), Status: int(i.Status), Since: stamp(i.Since), Due: stamp(i.Due), Priority: i.Priority,
		OrderNo: i.OrderNo, InvtNo: i.InvtNo, Mode: i.Mode, Merchant: i.Merchant, Agent: i.Agent, Value: i.Value.String(), Reasons: reasonTexts(i.Reasons), Seen: i.Decision,
		Allowed: []int{}, Holder: i.HolderName, Until: stamp(i.Until), Pending: i.Pending}
	if i.Queue != queue.Nowhere {
		c.Queue = i.Queue.String()
		for _, status := range i.Allowed() {
			c.Allowed = append(c.Allowed, int(status))
		}
	}
	return c
}

// caseAnswer is the answer to an act on a case.
func caseAnswer(i *queue.Item, err error) (*caseOutput, error) {
	if err != nil {
		return nil, ofQueue(err)
	}
	return &caseOutput{Body: caseText(i)}, nil
}

func (s *Server) queueCase(ctx context.Context, in *CasePath) (*caseOutput, error) {
	return caseAnswer(s.zone.Queue.Item(ctx, in.Parcel))
}

func (s *Server) claimCase(ctx context.Context, in *CasePath) (*caseOutput, error) {
	return caseAnswer(s.zone.Queue.Claim(ctx, in.Parcel))
}

func (s *Server) releaseCase(ctx context.Context, in *CasePath) (*caseOutput, error) {
	return caseAnswer(s.zone.Queue.Release(ctx, in.Parcel))
}

func (s *Server) takeCase(ctx context.Context, in *caseReasonInput) (*caseOutput, error) {
	return caseAnswer(s.zone.Queue.TakeOver(ctx, in.Parcel, in.Body.Reason))
}

// settleWait is how long an answer waits for what the core makes of a verdict.
const settleWait = 2 * time.Second

// decideCase gives a verdict and waits a moment for what becomes of it.
func (s *Server) decideCase(ctx context.Context, in *caseVerdictInput) (*caseOutput, error) {
	if _, err := s.zone.Queue.Verdict(ctx, queue.Ask{Parcel: in.Parcel, Seen: in.Body.Seen}, uint16(in.Body.Status), in.Body.Reason); err != nil {
		return nil, ofQueue(err)
	}
	wait, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	return caseAnswer(s.zone.Queue.Settled(wait, in.Parcel))
}

// notHeld is an error where another officer holds the case of a parcel: a verdict
// that is given without the desk goes not over their head.
func (s *Server) notHeld(ctx context.Context, parcel uint64) error {
	i, err := s.zone.Queue.Item(ctx, parcel)
	switch {
	case errors.Is(err, queue.ErrNotFound), errors.Is(err, queue.ErrDenied):
		return nil
	case err != nil:
		return err
	case i.Holder != "" && i.Holder != caller(ctx):
		return problem(409, queue.ErrHeld.Code, "该件由 "+i.HolderName+" 领办", "the case is held by "+i.HolderName, "等待其处置，或由上级接管", "wait for their verdict, or let a chief take it over")
	}
	return nil
}
