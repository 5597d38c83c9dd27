package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
)

// Notice is one line at the bell (站内通知).
type Notice struct {
	ID    uint64 `json:"id"`
	Type  string `json:"type"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	Link  string `json:"link,omitempty" doc:"Page of the thing."`
	Count int    `json:"count" doc:"How many stand behind it."`
	At    string `json:"at" format:"date-time"`
	Read  bool   `json:"read"`
}

type noticeListInput struct {
	Cursor string `query:"cursor" doc:"next of the last answer."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

type noticeListOutput struct {
	Body struct {
		Unread  int      `json:"unread" doc:"Up to 100."`
		Notices []Notice `json:"notices"`
		Next    string   `json:"next,omitempty" doc:"Give it as cursor to go on; none: there are no more (下一游标)."`
	}
}

func (s *Server) notices(ctx context.Context, in *noticeListInput) (*noticeListOutput, error) {
	p := access.Of(ctx)
	to := notify.Recipients(p)
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Notify.Notices(ctx, p.ID, to, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &noticeListOutput{}
	if out.Body.Unread, err = s.zone.Notify.Unread(ctx, p.ID, to); err != nil {
		return nil, err
	}
	out.Body.Notices = make([]Notice, len(list))
	for i, n := range list {
		out.Body.Notices[i] = Notice{n.ID, n.Type, n.ZH, n.EN, n.Link, n.Count, n.At.Format(time.RFC3339), n.Read}
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = strconv.FormatUint(list[n-1].ID, 10)
	}
	return out, nil
}

type readNoticesInput struct {
	Body struct {
		ID   uint64 `json:"id,omitempty" doc:"One notice."`
		Upto uint64 `json:"upto,omitempty" doc:"All up to this one."`
	}
}

func (s *Server) readNotices(ctx context.Context, in *readNoticesInput) (*struct{}, error) {
	p := access.Of(ctx)
	if in.Body.ID != 0 {
		return nil, s.zone.Notify.Read(ctx, p.ID, notify.Recipients(p), in.Body.ID)
	}
	return nil, s.zone.Notify.ReadAll(ctx, p.ID, in.Body.Upto)
}

// ofNotify knows the errors of webhooks and the bell.
func ofNotify(err error) *Problem {
	var fault *notify.Fault
	switch {
	case errors.As(err, &fault):
		p := problem(422, "webhook", "推送设置有误", "the webhook is not in order", fault.FixZH, fault.FixEN)
		p.Errors = []ProblemItem{{Path: fault.Field, Message: fault.EN, MessageZH: fault.ZH, Fix: fault.FixEN, FixZH: fault.FixZH}}
		return p
	case errors.Is(err, notify.ErrNotFound):
		return problem(404, "not_found", "没有该记录", "there is no such record", "核对编号", "check the number")
	case errors.Is(err, notify.ErrChanged):
		return problem(412, "changed", "内容已被他人修改", "somebody changed it since it was read", "重新读取后再修改", "read it again, then change it")
	case errors.Is(err, notify.ErrTooMany):
		return problem(409, "too_many", "推送地址数量已达上限", "there are as many webhooks as there may be", "删除不用的推送地址", "remove one that is not used")
	}
	return nil
}
