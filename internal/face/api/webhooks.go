package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
)

// Webhook is an address to which events are sent (推送地址).
type Webhook struct {
	ID         string   `json:"id"`
	URL        string   `json:"url"`
	Note       string   `json:"note,omitempty"`
	Types      []string `json:"types" doc:"Kinds of events; none: all."`
	Codes      []string `json:"codes" doc:"Enterprises whose events it gets; * is all of the zone."`
	Active     bool     `json:"active"`
	Reason     string   `json:"reason,omitempty" doc:"Why it is not active."`
	Made       string   `json:"made" format:"date-time"`
	Failures   int      `json:"failures" doc:"Attempts that failed in a row."`
	OlderUntil string   `json:"older_until,omitempty" format:"date-time" doc:"Until when deliveries are signed with the secret before, too."`
	Secret     string   `json:"secret,omitempty" doc:"Secret of the signatures; shown once."`
}

// WebhookChange is what can be said about an address.
type WebhookChange struct {
	URL    string   `json:"url" maxLength:"500" doc:"Public https address."`
	Note   string   `json:"note,omitempty" maxLength:"200"`
	Types  []string `json:"types,omitempty" maxItems:"20" doc:"Kinds of events; none: all."`
	Codes  []string `json:"codes,omitempty" maxItems:"200" doc:"Enterprises whose events it gets: your own or clients'; none: all of them."`
	Active *bool    `json:"active,omitempty" doc:"true if left out."`
}

// WebhookDelivery is one event on its way (推送记录).
type WebhookDelivery struct {
	ID       uint64           `json:"id"`
	Event    string           `json:"event" doc:"webhook-id: the same in every attempt."`
	Type     string           `json:"type"`
	State    string           `json:"state" enum:"waiting,delivered,dead,cancelled"`
	StateZH  string           `json:"state_zh"`
	Attempts int              `json:"attempts"`
	Made     string           `json:"made" format:"date-time"`
	Due      string           `json:"due,omitempty" format:"date-time" doc:"Next attempt."`
	Done     string           `json:"done,omitempty" format:"date-time"`
	Status   int              `json:"status,omitempty" doc:"HTTP status of the last answer; none: there was no answer."`
	Error    string           `json:"error,omitempty"`
	Body     json.RawMessage  `json:"body,omitempty" doc:"What was sent."`
	Tries    []WebhookAttempt `json:"tries,omitempty"`
}

// WebhookAttempt is one try.
type WebhookAttempt struct {
	At     string `json:"at" format:"date-time"`
	Millis int64  `json:"millis" doc:"How long it took."`
	Status int    `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	Answer string `json:"answer,omitempty" doc:"Beginning of what the receiver answered."`
}

// WebhookPath names a webhook in a path.
type WebhookPath struct {
	ID string `path:"id" maxLength:"40"`
}

type webhookOutput struct {
	ETag string `header:"ETag"`
	Body Webhook
}

type webhooksOutput struct {
	Body struct {
		Webhooks []Webhook `json:"webhooks"`
		Types    []struct {
			Name string `json:"name"`
			ZH   string `json:"zh"`
			EN   string `json:"en"`
		} `json:"types" doc:"Kinds of events that there are (事件类型)."`
	}
}

type webhookInput struct{ Body WebhookChange }

type webhookChangeInput struct {
	WebhookPath
	IfMatch string `header:"If-Match" doc:"ETag as it was read: 412 if somebody changed it since."`
	Body    WebhookChange
}

func (s *Server) addWebhooks() {
	op := func(id, method, path, summary string, errs ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/webhooks" + path, Tags: []string{"webhooks"}, Summary: summary, Errors: append(errs, 503)}
	}
	need := access.WebhookManage
	add(s, op("list-webhooks", http.MethodGet, "", "Webhooks and the kinds of events / 推送地址与事件类型"), need, s.webhooks)
	add(s, op("add-webhook", http.MethodPost, "", "Add a webhook; its secret is shown once / 新增推送地址"), need, s.addWebhook)
	add(s, op("get-webhook", http.MethodGet, "/{id}", "A webhook / 一个推送地址", 404), need, s.webhook)
	add(s, op("change-webhook", http.MethodPut, "/{id}", "Change a webhook / 修改推送地址", 404, 412, 422), need, s.changeWebhook)
	add(s, op("remove-webhook", http.MethodDelete, "/{id}", "Remove a webhook with its deliveries / 删除推送地址", 404), need, s.removeWebhook)
	add(s, op("rotate-webhook-secret", http.MethodPost, "/{id}/secret", "Give a new secret / 轮换签名密钥", 404), need, s.rotateWebhook)
	add(s, op("test-webhook", http.MethodPost, "/{id}/test", "Send a delivery to try it / 测试推送", 404), need, s.testWebhook)
	add(s, op("list-deliveries", http.MethodGet, "/{id}/deliveries", "Deliveries, newest first / 推送记录", 404), need, s.deliveries)
	add(s, op("get-delivery", http.MethodGet, "/{id}/deliveries/{delivery}", "A delivery with its attempts / 一条推送记录", 404), need, s.delivery)
	add(s, op("replay-delivery", http.MethodPost, "/{id}/deliveries/{delivery}/replay", "Send a delivery once more / 重新推送", 404), need, s.replay)
	add(s, op("replay-webhook", http.MethodPost, "/{id}/replay", "Send all dead letters since a time once more / 重新推送死信", 404), need, s.replayAll)
	add(s, huma.Operation{OperationID: "list-notices", Method: http.MethodGet, Path: "/v1/notices", Tags: []string{"webhooks"}, Summary: "What stands at the bell, newest first / 站内通知", Errors: []int{503}}, access.WorkbenchRead, s.notices)
	add(s, huma.Operation{OperationID: "read-notices", Method: http.MethodPost, Path: "/v1/notices/read", Tags: []string{"webhooks"}, Summary: "Mark notices as read / 标为已读", Errors: []int{404, 503}}, access.WorkbenchRead, s.readNotices)
}

func webhookOf(e *notify.Endpoint) Webhook {
	v := Webhook{ID: e.ID, URL: e.URL, Note: e.Note, Types: orEmpty(e.Types), Codes: orEmpty(e.Codes), Active: e.Active, Reason: e.Reason, Made: e.Made.Format(time.RFC3339), Failures: e.Failures}
	if !e.OlderUntil.IsZero() {
		v.OlderUntil = e.OlderUntil.Format(time.RFC3339)
	}
	return v
}

// orEmpty keeps a list that is not there from becoming null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func webhookTag(e *notify.Endpoint) string { return `"r` + strconv.FormatUint(e.Revision, 10) + `"` }

func (s *Server) webhooks(ctx context.Context, _ *struct{}) (*webhooksOutput, error) {
	list, err := s.zone.Notify.EndpointsFor(ctx, access.Of(ctx))
	if err != nil {
		return nil, err
	}
	out := &webhooksOutput{}
	out.Body.Webhooks = make([]Webhook, len(list))
	for i := range list {
		out.Body.Webhooks[i] = webhookOf(&list[i])
	}
	for _, t := range notify.Types() {
		out.Body.Types = append(out.Body.Types, struct {
			Name string `json:"name"`
			ZH   string `json:"zh"`
			EN   string `json:"en"`
		}{t.Name, t.ZH, t.EN})
	}
	return out, nil
}

func (s *Server) addWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	p := access.Of(ctx)
	codes, err := notify.CodesFor(p, in.Body.Codes)
	if err != nil {
		return nil, err
	}
	e, secret, err := s.zone.Notify.Add(ctx, notify.By(p), notify.Endpoint{Owner: notify.Owner(p), URL: in.Body.URL, Note: in.Body.Note, Types: in.Body.Types, Codes: codes})
	if err != nil {
		return nil, err
	}
	out := &webhookOutput{ETag: webhookTag(e), Body: webhookOf(e)}
	out.Body.Secret = secret
	return out, nil
}

func (s *Server) webhook(ctx context.Context, in *WebhookPath) (*webhookOutput, error) {
	e, err := s.zone.Notify.EndpointFor(ctx, access.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{ETag: webhookTag(e), Body: webhookOf(e)}, nil
}

func (s *Server) changeWebhook(ctx context.Context, in *webhookChangeInput) (*webhookOutput, error) {
	p := access.Of(ctx)
	e, err := s.zone.Notify.EndpointFor(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	if in.IfMatch != "" && in.IfMatch != "*" && in.IfMatch != webhookTag(e) {
		return nil, notify.ErrChanged
	}
	if e.Codes, err = notify.CodesFor(p, in.Body.Codes); err != nil {
		return nil, err
	}
	e.URL, e.Note, e.Types, e.Active = in.Body.URL, in.Body.Note, in.Body.Types, in.Body.Active == nil || *in.Body.Active
	if err := s.zone.Notify.Change(ctx, notify.By(p), *e); err != nil {
		return nil, err
	}
	return s.webhook(ctx, &in.WebhookPath)
}

func (s *Server) removeWebhook(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	p := access.Of(ctx)
	if _, err := s.zone.Notify.EndpointFor(ctx, p, in.ID); err != nil {
		return nil, err
	}
	return nil, s.zone.Notify.Remove(ctx, notify.By(p), in.ID)
}

type rotateInput struct {
	WebhookPath
	Body struct {
		OverlapHours int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" doc:"For how long deliveries are signed with the secret before, too; 24 if left out."`
	}
}

type secretOutput struct {
	Body struct {
		Secret string `json:"secret" doc:"Shown once."`
	}
}

func (s *Server) rotateWebhook(ctx context.Context, in *rotateInput) (*secretOutput, error) {
	p := access.Of(ctx)
	if _, err := s.zone.Notify.EndpointFor(ctx, p, in.ID); err != nil {
		return nil, err
	}
	hours := in.Body.OverlapHours
	if hours == 0 {
		hours = 24
	}
	secret, err := s.zone.Notify.Rotate(ctx, notify.By(p), in.ID, time.Duration(hours)*time.Hour)
	if err != nil {
		return nil, err
	}
	out := &secretOutput{}
	out.Body.Secret = secret
	return out, nil
}

type testOutput struct {
	Body struct {
		Delivery uint64 `json:"delivery" doc:"GET /v1/webhooks/{id}/deliveries/{delivery} tells what became of it."`
	}
}

func (s *Server) testWebhook(ctx context.Context, in *WebhookPath) (*testOutput, error) {
	p := access.Of(ctx)
	if _, err := s.zone.Notify.EndpointFor(ctx, p, in.ID); err != nil {
		return nil, err
	}
	n, err := s.zone.Notify.Test(ctx, notify.By(p), in.ID)
	if err != nil {
		return nil, err
	}
	out := &testOutput{}
	out.Body.Delivery = n
	return out, nil
}

type deliveriesInput struct {
	WebhookPath
	State  string `query:"state" enum:"waiting,delivered,dead,cancelled" doc:"Only those in this state."`
	Cursor string `query:"cursor" doc:"next of the last answer."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

type deliveriesOutput struct {
	Body struct {
		Deliveries []WebhookDelivery `json:"deliveries"`
		Next       string            `json:"next,omitempty" doc:"Give it as cursor to go on; none: there are no more (下一游标)."`
	}
}

func deliveryOf(d *notify.Delivery) WebhookDelivery {
	v := WebhookDelivery{ID: d.ID, Event: d.Event, Type: d.Type, State: d.State.String(), StateZH: d.State.Chinese(), Attempts: d.Attempts, Made: d.Made.Format(time.RFC3339), Status: d.Status, Error: d.Error}
	if d.State == notify.Waiting {
		v.Due = d.Due.Format(time.RFC3339)
	} else {
		v.Done = d.Done.Format(time.RFC3339)
	}
	return v
}

func (s *Server) deliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	if _, err := s.zone.Notify.EndpointFor(ctx, access.Of(ctx), in.ID); err != nil {
		return nil, err
	}
	f := notify.Filter{Endpoint: in.ID, Any: in.State == "", Limit: in.Limit}
	for _, state := range []notify.State{notify.Waiting, notify.Delivered, notify.Dead, notify.Cancelled} {
		if state.String() == in.State {
			f.State = state
		}
	}
	var err error
	if f.Before, err = numberCursor(in.Cursor); err != nil {
		return nil, err
	}
	list, err := s.zone.Notify.Deliveries(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	out.Body.Deliveries = make([]WebhookDelivery, len(list))
	for i := range list {
		out.Body.Deliveries[i] = deliveryOf(&list[i])
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = strconv.FormatUint(list[n-1].ID, 10)
	}
	return out, nil
}

// numberCursor reads a cursor that is a number; "" is the beginning.
func numberCursor(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, problem(422, "cursor", "游标无效", "the cursor is not one of ours", "原样使用上次返回的 next", "give back next of the last answer unchanged")
	}
	return n, nil
}

// DeliveryPath names a delivery in a path.
type DeliveryPath struct {
	WebhookPath
	Delivery uint64 `path:"delivery"`
}

type deliveryOutput struct{ Body WebhookDelivery }

func (s *Server) delivery(ctx context.Context, in *DeliveryPath) (*deliveryOutput, error) {
	d, body, attempts, err := s.zone.Notify.DeliveryFor(ctx, access.Of(ctx), in.ID, in.Delivery)
	if err != nil {
		return nil, err
	}
	out := &deliveryOutput{Body: deliveryOf(d)}
	out.Body.Body = body
	for _, a := range attempts {
		out.Body.Tries = append(out.Body.Tries, WebhookAttempt{At: a.At.Format(time.RFC3339), Millis: a.Took.Milliseconds(), Status: a.Status, Error: a.Error, Answer: strings.ToValidUTF8(string(a.Answer), "\ufffd")})
	}
	return out, nil
}

func (s *Server) replay(ctx context.Context, in *DeliveryPath) (*deliveryOutput, error) {
	p := access.Of(ctx)
	if _, _, _, err := s.zone.Notify.DeliveryFor(ctx, p, in.ID, in.Delivery); err != nil {
		return nil, err
	}
	if err := s.zone.Notify.Replay(ctx, notify.By(p), in.ID, in.Delivery); err != nil && !errors.Is(err, notify.ErrNotFound) {
		return nil, err // one that waits is on its way already
	}
	return s.delivery(ctx, in)
}

type replayInput struct {
	WebhookPath
	Body struct {
		Since string `json:"since" format:"date-time" doc:"Dead letters made since then."`
	}
}

type replayOutput struct {
	Body struct {
		Replayed int `json:"replayed"`
	}
}

func (s *Server) replayAll(ctx context.Context, in *replayInput) (*replayOutput, error) {
	p := access.Of(ctx)
	if _, err := s.zone.Notify.EndpointFor(ctx, p, in.ID); err != nil {
		return nil, err
	}
	since, err := time.Parse(time.RFC3339, in.Body.Since)
	if err != nil {
		return nil, problem(422, "since", "时间有误", "the time is not in order", "例如 2026-11-22T08:00:00+08:00", "such as 2026-11-22T08:00:00+08:00")
	}
	n, err := s.zone.Notify.ReplaySince(ctx, notify.By(p), in.ID, since)
	if err != nil {
		return nil, err
	}
	out := &replayOutput{}
	out.Body.Replayed = n
	return out, nil
}
