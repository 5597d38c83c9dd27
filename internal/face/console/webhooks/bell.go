package webhooks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
)

// states are those of deliveries, as they are offered as filters.
var states = []notify.State{notify.Waiting, notify.Delivered, notify.Dead, notify.Cancelled}

func stateWords(s notify.State) ui.Text { return ui.T(s.Chinese(), s.String()) }

func stateTone(s notify.State) (tone, icon string) {
	switch s {
	case notify.Delivered:
		return "green", "circle-check"
	case notify.Dead:
		return "red", "circle-x"
	case notify.Waiting:
		return "blue", "hourglass"
	}
	return "grey", "ban"
}

// errorWords says in words why an attempt failed.
func errorWords(code string) ui.Text {
	words := map[string]ui.Text{
		"address_refused":      ui.T("域名指向内部网络，拒绝推送", "the name leads into an internal network"),
		"no_such_host":         ui.T("域名无法解析", "the name can't be resolved"),
		"timeout":              ui.T("接收端超时未应答", "the receiver did not answer in time"),
		"connection_refused":   ui.T("接收端拒绝连接", "the receiver refuses connections"),
		"connection_lost":      ui.T("连接中断", "the connection broke off"),
		"connection_failed":    ui.T("无法连接", "no connection could be made"),
		"certificate":          ui.T("接收端证书无效", "the receiver's certificate is not good"),
		"redirect":             ui.T("接收端要求跳转，不予跟随", "the receiver redirects, which is not followed"),
		"bad_address":          ui.T("地址无效", "the address is not one"),
		"not_allowed_any_more": ui.T("已无权接收该企业的事件", "events of this enterprise may not be had any more"),
	}
	if w, ok := words[code]; ok {
		return w
	}
	if status, ok := strings.CutPrefix(code, "status_"); ok {
		return ui.T("接收端返回 "+status, "the receiver answered "+status)
	}
	return ui.T(code, code)
}

// reasonWords says why an endpoint is not active.
func reasonWords(reason string) ui.Text {
	if reason == "gone" {
		return ui.T("接收端返回 410，已自动停用", "The receiver answered 410, so it was switched off")
	}
	return ui.T("已停用", "Switched off")
}

// indented lays JSON out for reading.
func indented(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}

// bell is a page of notices.
type bell struct {
	List        []notify.Notice
	Unread      int
	First, Next string
}

func (p *pages) notices(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	to := notify.Recipients(who)
	before, _ := strconv.ParseUint(r.URL.Query().Get("before"), 10, 63) // what is no number is the first page
	v := bell{}
	var err error
	if v.List, err = p.notify.Notices(r.Context(), who.ID, to, before, pageSize); err != nil {
		return err
	}
	if v.Unread, err = p.notify.Unread(r.Context(), who.ID, to); err != nil {
		return err
	}
	if n := len(v.List); n == pageSize {
		v.Next = "/notices?before=" + strconv.FormatUint(v.List[n-1].ID, 10)
	}
	if before != 0 {
		v.First = "/notices"
	}
	return p.Show(w, r, ui.View{Title: ui.T("通知", "Notices"), Body: bellPage(v)})
}

// readAll marks what the reader saw as read: the form names the newest of them.
func (p *pages) readAll(w http.ResponseWriter, r *http.Request) error {
	upto, err := strconv.ParseUint(r.PostForm.Get("upto"), 10, 63)
	if err != nil {
		return ui.NotFound()
	}
	if err := p.notify.ReadAll(r.Context(), access.Of(r.Context()).ID, upto); err != nil {
		return err
	}
	return p.Done(w, r, "/notices", ui.T("已全部标为已读", "All are marked as read"))
}

// open marks a notice as read and leads to what it is about.
func (p *pages) open(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseUint(r.PathValue("notice"), 10, 63)
	if err != nil {
		return ui.NotFound()
	}
	who := access.Of(r.Context())
	to := notify.Recipients(who)
	list, err := p.notify.Notices(r.Context(), who.ID, to, id+1, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].ID != id {
		return ui.NotFound()
	}
	if err := p.notify.Read(r.Context(), who.ID, to, id); err != nil {
		return told(err)
	}
	next := list[0].Link
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		next = "/notices"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}
