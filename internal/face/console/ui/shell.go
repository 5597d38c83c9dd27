package ui

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzhttp"
	"golang.org/x/sync/semaphore"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

// Group is a group of the navigation.
type Group uint8

// The groups, in their order.
const (
	Workbench Group = iota
	Clearance
	Tax
	Finance
	Logistics
	Policy
	Parks
	Oversight
	Exchange
	Administration
)

var groups = []Text{T("工作台", "Workbench"), T("通关", "Clearance"), T("税汇", "Tax and FX"), T("金融", "Finance"), T("物流", "Logistics"), T("政策服务", "Policy and services"),
	T("园区产业", "Parks and industry"), T("监管", "Oversight"), T("数据", "Exchange"), T("管理", "Administration")}

// Item is a page in the navigation; who may not use it does not see it.
type Item struct {
	Group        Group
	Path, ZH, EN string
	Icon         string
	Need         access.Permission
	Signed       bool // only for those who have signed in
}

// Config is what the shell shows around pages.
type Config struct {
	Gate *gate.Gate
	Log  *slog.Logger
	// Zone is the zone's name.
	Zone func() Text
	// Unread counts the caller's unread notices for the bell; nil: no bell.
	Unread func(ctx context.Context, p *access.Principal) (int, error)
	// Problem turns an error of the platform into words; nil or a nil answer: an
	// internal error, logged.
	Problem func(err error) *Problem
}

// Shell registers pages and shows them.
type Shell struct {
	Config
	items    []Item
	incident atomic.Uint64
	compress func(http.Handler) http.HandlerFunc
	uploads  *semaphore.Weighted // bytes of forms with files that are read at a time
	visits   *semaphore.Weighted // the same of visitors, who so take nothing from others
}

// New makes a shell on a gate and registers its own routes: files of the program
// and the choice of language and theme.
func New(c Config) *Shell {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(512))
	if err != nil {
		panic(err) // the options are ours
	}
	s := &Shell{Config: c, compress: compress, uploads: semaphore.NewWeighted(mostUploads), visits: semaphore.NewWeighted(mostVisits)}
	c.Gate.Handle("GET /static/{hash}/{name}", access.Public, gate.Asset, http.HandlerFunc(serveAsset))
	c.Gate.Refuse(gate.Page, s.refuse)
	c.Gate.Refuse(gate.Asset, s.refuse)
	s.Post("/choose", access.Public, s.choose)
	return s
}

// Nav adds a page to the navigation. Items of a group stand in the order in
// which they are added.
func (s *Shell) Nav(items ...Item) { s.items = append(s.items, items...) }

// Handler answers a request; an error is shown as a page in words.
type Handler func(w http.ResponseWriter, r *http.Request) error

// The most bytes of a form; pages that take files register by Upload.
const maxForm = 1 << 20

// Get registers a page at a path of http.ServeMux.
func (s *Shell) Get(path string, need access.Permission, h Handler) {
	s.handle("GET "+path, need, s.compress(s.wrap(h)).ServeHTTP)
}

// Post registers what a form does. The form is parsed and bounded.
func (s *Shell) Post(path string, need access.Permission, h Handler) {
	s.handle("POST "+path, need, s.wrap(func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return &Problem{Status: 400, What: T("表单无法读取", "The form can't be read"), Mend: T("返回后重新提交", "Go back and send it again")}
		}
		return h(w, r)
	}))
}

// How many bytes of forms with files are read at a time.
const (
	mostUploads = 256 << 20
	mostVisits  = 64 << 20
)

// Upload registers what a form with files does; the body is bounded by most
// bytes, which are at most mostVisits, and read by the handler.
func (s *Shell) Upload(path string, need access.Permission, most int64, h Handler) {
	s.handle("POST "+path, need, s.wrap(func(w http.ResponseWriter, r *http.Request) error {
		all, size := s.uploads, r.ContentLength
		if access.Of(r.Context()) == nil {
			all = s.visits
		}
		if size < 0 || size > most {
			size = most
		}
		if !all.TryAcquire(size) {
			return &Problem{Status: http.StatusServiceUnavailable, What: T("正在接收的文件过多", "Too many files are coming in"), Mend: T("稍后重试", "Try again in a moment")}
		}
		defer all.Release(size)
		r.Body = http.MaxBytesReader(w, r.Body, most)
		return h(w, r)
	}))
}

// Raw registers a download or a stream, which is not compressed here.
func (s *Shell) Raw(path string, need access.Permission, h Handler) {
	s.handle("GET "+path, need, s.wrap(h))
}

func (s *Shell) handle(pattern string, need access.Permission, h http.HandlerFunc) {
	if pattern == "GET /" {
		pattern = "GET /{$}"
	}
	s.Gate.Handle(pattern, need, gate.Page, h)
}

// wrap puts the reader's choices into the context and shows errors.
func (s *Shell) wrap(h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r = s.prepare(w, r)
		if err := h(w, r); err != nil {
			s.Fault(w, r, err)
		}
	}
}

func (s *Shell) prepare(w http.ResponseWriter, r *http.Request) *http.Request {
	en, byAddress := chosen(r)
	if byAddress {
		s.Gate.SetCookie(w, langCookie, map[bool]string{true: "en", false: "zh"}[en], 365*86400)
	}
	return r.WithContext(WithEnglish(r.Context(), en))
}

// View is a page.
type View struct {
	Title  Text
	Body   templ.Component
	Status int    // 200 if 0
	Wide   bool   // uses the whole width
	Plain  bool   // no navigation: sign-in, letters, pages for citizens
	Wall   bool   // nothing around it, dark: for a screen on the wall
	Charts bool   // loads the charts
	Script string // a script of the program beside app.js, such as passkey.js
	Back   string // where the page belongs to, for the crumb; "" for none
	BackTo Text
}

// Show renders a page whole before anything is sent, so that a fault in it is an
// error page and not half a page.
func (s *Shell) Show(w http.ResponseWriter, r *http.Request, v View) error {
	var b bytes.Buffer
	if err := page(s.around(w, r, v), v).Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_, _ = w.Write(b.Bytes()) // the reader has gone: nobody to tell
	return nil
}

// Fragment renders a part of a page for htmx.
func (s *Shell) Fragment(w http.ResponseWriter, r *http.Request, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "HX-Request")
	_, _ = w.Write(b.Bytes()) // the reader has gone: nobody to tell
	return nil
}

// Partial tells whether htmx asks for a part of the page.
func Partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Boosted") == "" && r.Header.Get("HX-History-Restore-Request") == ""
}

// Done leads on to a page after something was done, and says there what.
func (s *Shell) Done(w http.ResponseWriter, r *http.Request, to string, what Text) error {
	if what != (Text{}) {
		s.Gate.SetCookie(w, flashCookie, base64.RawURLEncoding.EncodeToString([]byte(what.ZH+"\n"+what.EN)), 60)
	}
	if Partial(r) {
		w.Header().Set("HX-Redirect", local(to))
		return nil
	}
	http.Redirect(w, r, local(to), http.StatusSeeOther)
	return nil
}

// flash takes what was done out of its cookie.
func (s *Shell) flash(w http.ResponseWriter, r *http.Request) Text {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return Text{}
	}
	s.Gate.SetCookie(w, flashCookie, "", -1)
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	zh, en, ok := strings.Cut(string(b), "\n")
	if err != nil || !ok {
		return Text{}
	}
	return T(zh, en)
}

// choose keeps the reader's choice of language or theme.
func (s *Shell) choose(w http.ResponseWriter, r *http.Request) error {
	if v := r.PostForm.Get("lang"); v == "en" || v == "zh" {
		s.Gate.SetCookie(w, langCookie, v, 365*86400)
	}
	if v := r.PostForm.Get("theme"); v == "light" || v == "dark" {
		s.Gate.SetCookie(w, themeCookie, v, 365*86400)
	} else if v == "auto" {
		s.Gate.SetCookie(w, themeCookie, "", -1)
	}
	http.Redirect(w, r, local(r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}

// around is what the layout shows of the reader.
type around struct {
	zone   Text
	who    *access.Principal
	theme  string
	here   string // path and query of the page
	path   string
	flash  Text
	menu   []menu
	unread int // -1: no bell
	search string
}

type menu struct {
	group  Text
	items  []Item
	active bool
}

func (s *Shell) around(w http.ResponseWriter, r *http.Request, v View) around {
	a := around{zone: T("跨境电子商务综合试验区", "Cross-border e-commerce pilot zone"), who: access.Of(r.Context()), theme: theme(r), here: here(r), path: r.URL.Path, unread: -1}
	if s.Zone != nil {
		a.zone = s.Zone()
	}
	if r.Method != http.MethodGet {
		a.here = "/"
	}
	a.flash = s.flash(w, r)
	if a.who != nil && s.Unread != nil {
		if n, err := s.Unread(r.Context(), a.who); err == nil {
			a.unread = n
		}
	}
	a.menu = s.menu(a.who, r.URL.Path)
	a.search = strings.TrimSpace(r.URL.Query().Get("number"))
	return a
}

// here is the page's address without the choice of language.
func here(r *http.Request) string {
	q := r.URL.Query()
	q.Del("lang")
	return (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
}

func (s *Shell) menu(who *access.Principal, path string) []menu {
	longest := ""
	for _, i := range s.items {
		if (path == i.Path || i.Path != "/" && strings.HasPrefix(path, i.Path+"/")) && len(i.Path) > len(longest) {
			longest = i.Path
		}
	}
	var out []menu
	for g := range groups {
		m := menu{group: groups[g]}
		for _, i := range s.items {
			if int(i.Group) == g && who.May(i.Need) && (who != nil || !i.Signed) {
				m.items = append(m.items, i)
				m.active = m.active || i.Path == longest
			}
		}
		if len(m.items) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// Problem is what went wrong in words, with the way to mend it.
type Problem struct {
	Status     int
	What, Mend Text
	Items      []Text // single faults, if there are several
}

// Error is the English text.
func (p *Problem) Error() string { return strconv.Itoa(p.Status) + ": " + p.What.EN }

// NotFound is the problem of an object that is not there, or is not the
// caller's: the two look the same.
func NotFound() *Problem {
	return &Problem{Status: 404, What: T("没有该记录", "There is no such record"), Mend: T("核对编号；刚受理的数据数秒后可查", "Check the number; what has just come in can be found after some seconds")}
}

// Fault shows an error as a page, or as a part of one for htmx.
func (s *Shell) Fault(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r, err)
	if Partial(r) {
		w.Header().Set("HX-Retarget", "#problems")
		w.Header().Set("HX-Reswap", "innerHTML")
		if err := s.Fragment(w, r, ProblemBox(p)); err == nil {
			return
		}
	}
	if err := s.Show(w, r, View{Title: p.What, Status: p.Status, Body: fault(p), Plain: access.Of(r.Context()) == nil}); err != nil {
		s.Log.ErrorContext(r.Context(), "the error page failed", "error", err)
		http.Error(w, p.What.ZH+"\n"+p.What.EN, p.Status)
	}
}

func (s *Shell) problem(r *http.Request, err error) *Problem {
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	var why *access.Refusal
	if errors.As(err, &why) {
		return &Problem{Status: 403, What: T(why.ZH, why.EN), Mend: T(why.FixZH, why.FixEN)}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &Problem{Status: 413, What: T("上传内容过大", "The upload is too large"), Mend: T("缩小或拆分文件后重试", "Make the file smaller or split it")}
	}
	if s.Problem != nil {
		if p := s.Config.Problem(err); p != nil {
			return p
		}
	}
	reference := s.incident.Add(1)
	s.Log.ErrorContext(r.Context(), "page failed", "reference", reference, "error", err)
	number := strconv.FormatUint(reference, 10)
	return &Problem{Status: 500, What: T("内部错误，编号 P"+number, "Internal error, reference P"+number), Mend: T("请重试；若仍出现请将编号告知运行方", "Try again, and tell the operator the reference if it stays")}
}

// refuse answers those whom the gate does not let through: a visitor is led to
// the sign-in and back.
func (s *Shell) refuse(w http.ResponseWriter, r *http.Request, d gate.Denial) {
	r = s.prepare(w, r)
	if d.Status == http.StatusUnauthorized {
		to := "/sign-in"
		if r.Method == http.MethodGet && !Partial(r) {
			to += "?next=" + url.QueryEscape(here(r))
		}
		if Partial(r) {
			w.Header().Set("HX-Redirect", to)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	if d.Code == access.ErrSecondFactor.Code && r.Method == http.MethodGet {
		http.Redirect(w, r, "/account/factors", http.StatusSeeOther)
		return
	}
	if d.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(d.Retry))
	}
	p := &Problem{Status: d.Status, What: T(d.ZH, d.EN), Mend: T(d.FixZH, d.FixEN)}
	switch d.Code {
	case "no_path":
		p.What, p.Mend = T("没有该页面", "There is no such page"), T("核对网址，或从首页和导航进入", "Check the address, or come in from the first page")
	case "not_allowed":
		p.What, p.Mend = T("您的账号不能打开该页面", "Your account can't open this page"), T("请管理员授予相应角色，或换用有权的账号登录", "Ask your administrator for a role that may, or sign in with an account that has one")
	}
	s.Fault(w, r, p)
}

// Paths are the paths that the navigation leads to, for the test that opens
// them all.
func (s *Shell) Paths() []string {
	out := make([]string, 0, len(s.items))
	for _, i := range s.items {
		out = append(out, i.Path)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
