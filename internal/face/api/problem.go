package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// Problem is an error as RFC 9457 lays it down, in both languages and with the
// way to mend it.
type Problem struct {
	Type     string        `json:"type" doc:"Always about:blank; code tells the problems apart."`
	Title    string        `json:"title" doc:"The HTTP status in words."`
	Status   int           `json:"status" doc:"The HTTP status."`
	Code     string        `json:"code" doc:"Stable code of the problem (问题代码)."`
	Detail   string        `json:"detail" doc:"What happened, in English."`
	DetailZH string        `json:"detail_zh" doc:"What happened, in Chinese (中文说明)."`
	Fix      string        `json:"fix,omitempty" doc:"How to mend it, in English."`
	FixZH    string        `json:"fix_zh,omitempty" doc:"How to mend it, in Chinese (处理办法)."`
	Errors   []ProblemItem `json:"errors,omitempty" doc:"Every single fault."`

	retry int // seconds, 0: no Retry-After
}

// ProblemItem is one fault among several.
type ProblemItem struct {
	Path      string `json:"path,omitempty" doc:"Where: an XML path, or the field of the request."`
	Line      int    `json:"line,omitempty" doc:"Line in the message, from 1."`
	Code      string `json:"code,omitempty"`
	Message   string `json:"message"`
	MessageZH string `json:"message_zh,omitempty"`
	Fix       string `json:"fix,omitempty"`
	FixZH     string `json:"fix_zh,omitempty"`
}

// Error is the English text.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retry))
	}
	return h
}

// write answers a plain handler's request with the problem.
func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // nothing in it can fail to be written
	}
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client has gone; nobody to tell
}

func problem(status int, code, zh, en, fixZH, fixEN string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: en, DetailZH: zh, Fix: fixEN, FixZH: fixZH}
}

func (p *Problem) after(seconds int) *Problem {
	p.retry = seconds
	return p
}

// useProblems makes huma write its own errors as problems. What was sent is
// never repeated in them: it may be personal data.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		zh, fixZH, fixEN := "请求有误", "按接口文档 /docs 修改请求", "see /docs for the form of the request"
		switch status {
		case http.StatusRequestEntityTooLarge:
			zh = "请求体过大"
		case http.StatusBadRequest:
			zh = invalidItem("", msg).MessageZH
		case http.StatusRequestTimeout:
			zh = "读取请求超时"
		case http.StatusNotFound:
			zh = "没有该资源"
		case http.StatusInternalServerError:
			return problem(status, "internal", "内部错误", "internal error", "请重试；若仍出现请联系运行方", "try again, and tell the operator if it stays")
		}
		p := problem(status, "request", zh, msg, fixZH, fixEN)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, invalidItem(d.ErrorDetail().Location, d.ErrorDetail().Message))
			}
		}
		return p
	}
})

// problemOf puts an error of the platform into a problem. What it does not know
// is logged with a number and shown without its text.
func (s *Server) problemOf(ctx context.Context, err error) *Problem {
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	if p := ofIntake(err); p != nil {
		return p
	}
	if p := ofFaults(err); p != nil {
		return p
	}
	if p := ofMatter(err); p != nil {
		return p
	}
	if p := ofNotify(err); p != nil {
		return p
	}
	if p := ofDirectory(err); p != nil {
		return p
	}
	if p := ofPlan(err); p != nil {
		return p
	}
	switch kind := store.KindOf(err); {
	case errors.Is(err, lookup.ErrNotFound), errors.Is(err, journal.ErrNotFound), errors.Is(err, registry.ErrNotFiled):
		return problem(404, "not_found", "没有该记录", "there is no such record", "核对编号", "check the number")
	case kind == store.ErrUnavailable, kind == store.ErrFull, kind == store.ErrBusy, kind == store.ErrReadOnly:
		return problem(503, "store", kind.ZH(), kind.Error(), "服务恢复后重试", "try again when the service has recovered").after(5)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return problem(503, "interrupted", "请求中断，结果未知", "the request was interrupted, its outcome is unknown", "重新发送：重复的单证按重复回执", "send it again: a document that was taken in is answered as a repetition").after(1)
	}
	reference := s.incident.Add(1)
	s.log.ErrorContext(ctx, "request failed", "reference", reference, "error", err)
	return problem(500, "internal", fmt.Sprintf("内部错误，编号 %d", reference), fmt.Sprintf("internal error, reference %d", reference),
		"请重试；若仍出现请将编号告知运行方", "try again, and tell the operator the reference if it stays")
}

// ofIntake knows the errors of the way in.
func ofIntake(err error) *Problem {
	var refusal *intake.Refusal
	switch {
	case errors.As(err, &refusal):
		return ofRefusal(refusal)
	case errors.Is(err, intake.ErrBusy):
		return problem(429, "busy", "平台繁忙，请稍后重试", "the platform is busy", "等待 Retry-After 秒后重新发送", "send it again after Retry-After seconds").after(1)
	case errors.Is(err, intake.ErrUnavailable):
		return ofOutage(err)
	case errors.Is(err, intake.ErrClosed):
		return problem(503, "closing", "服务正在停止", "the service is shutting down", "稍后重新发送", "send it again later").after(5)
	case errors.Is(err, intake.ErrTooLarge):
		return problem(413, "too_large", "报文过大", "the message is too large", "拆分报文：每个报文最多 100 个单证、8 MiB", "split it: at most 100 documents and 8 MiB a message")
	}
	return nil
}

// ofOutage says why the store can't be written, to the sender and to whoever
// runs the platform.
func ofOutage(err error) *Problem {
	p := problem(503, "unavailable", "存储不可用，未受理", "the store can't be written: nothing is acknowledged", "稍后重新发送：重复的单证按重复回执", "send it again later: a document that was taken in all the same is answered as a repetition").after(5)
	if kind := store.KindOf(err); kind != 0 {
		fixEN, fixZH := kind.Fix()
		p.Detail, p.DetailZH = p.Detail+" ("+kind.Error()+")", p.DetailZH+"（"+kind.ZH()+"）"
		p.Fix, p.FixZH = p.Fix+"; the operator: "+fixEN, p.FixZH+"；运行方："+fixZH
	}
	return p
}

// ofRefusal lists every defect of a message that was refused as a whole.
func ofRefusal(r *intake.Refusal) *Problem {
	p := problem(422, "message_refused", "报文整体被退回", "the message is refused as a whole; nothing of it is stored", "按 errors 逐项修改后重发", "mend what errors lists and send it again")
	if r.Reason != nil {
		fixZH, fixEN := r.Reason.Fix()
		p.Errors = append(p.Errors, ProblemItem{Code: r.Reason.Code, Message: r.Reason.English(), MessageZH: r.Reason.Chinese(), Fix: fixEN, FixZH: fixZH})
	}
	for i := range r.Defects {
		d := &r.Defects[i]
		p.Errors = append(p.Errors, ProblemItem{Path: d.Path, Line: d.Line, Code: d.Code, Message: d.EN, MessageZH: d.ZH, Fix: d.FixEN, FixZH: d.FixZH})
	}
	return p
}

// ofFaults knows the lists of faults of filings and packs.
func ofFaults(err error) *Problem {
	var filing registry.Faults
	if errors.As(err, &filing) {
		p := problem(422, "filing", "备案内容有误", "the filing is not in order", "按 errors 逐项修改", "mend what errors lists")
		for _, f := range filing {
			p.Errors = append(p.Errors, ProblemItem{Path: f.Field, Line: f.Line, Message: f.EN, MessageZH: f.ZH})
		}
		return p
	}
	var rules pack.Faults
	if errors.As(err, &rules) {
		p := problem(422, "pack", "规则包有误", "the pack is not in order", "按 errors 逐项修改", "mend what errors lists")
		for _, f := range rules {
			p.Errors = append(p.Errors, ProblemItem{Path: f.File, Line: f.Line, Message: f.What.EN, MessageZH: f.What.ZH, Fix: f.Mend.EN, FixZH: f.Mend.ZH})
		}
		return p
	}
	return nil
}

// ReasonText is a reason in words.
type ReasonText struct {
	Code  string `json:"code" doc:"Official code where one exists, own code PZ… otherwise (代码)."`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	FixZH string `json:"fix_zh,omitempty"`
	FixEN string `json:"fix_en,omitempty"`
}

func reasonTexts(rs []clearance.Reason) []ReasonText {
	out := make([]ReasonText, len(rs))
	for i, r := range rs {
		fixZH, fixEN := r.Fix()
		out[i] = ReasonText{r.Code, r.Chinese(), r.English(), fixZH, fixEN}
	}
	return out
}
