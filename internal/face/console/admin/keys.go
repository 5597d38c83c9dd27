package admin

import (
	"net/http"
	"time"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

func (p *pages) registerKeys() {
	p.Get("/keys", access.KeyManage, p.keys)
	p.Get("/keys/new", access.KeyManage, p.keyForm)
	p.Post("/keys", access.KeyManage, p.addKey)
	p.Post("/keys/{id}/rotate", access.KeyManage, p.rotateKey)
	p.Post("/keys/{id}/revoke", access.KeyManage, p.revokeKey)
}

func (p *pages) keys(w http.ResponseWriter, r *http.Request) error {
	id := p.org(r, access.KeyManage)
	if id == "" {
		return p.Done(w, r, "/organisations", ui.T("请先选择单位", "Choose the organisation first"))
	}
	o, err := p.accounts.Org(r.Context(), id)
	if err != nil {
		return told(err)
	}
	list, err := p.accounts.APIKeys(r.Context(), id)
	if err != nil {
		return told(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("接口密钥", "API keys"), Body: keysPage(o, list), Back: "/organisations/" + id, BackTo: ui.T(o.Name, o.Name), Wide: true})
}

type keyView struct {
	Problem *ui.Problem
	access.APIKey
	Codes, Til string
	Options    []ui.Option
}

func (v keyView) permissionValues() []string {
	out := make([]string, len(v.Permissions))
	for i, x := range v.Permissions {
		out[i] = string(x)
	}
	return out
}

func (p *pages) keyForm(w http.ResponseWriter, r *http.Request) error {
	return p.showKeyForm(w, r, keyView{APIKey: access.APIKey{Org: p.org(r, access.KeyManage)}})
}

func (p *pages) showKeyForm(w http.ResponseWriter, r *http.Request, v keyView) error {
	o, err := p.accounts.Org(r.Context(), v.Org)
	if err != nil {
		return told(err)
	}
	for _, x := range access.KeyPermissions(access.Of(r.Context()), o.Kind) {
		v.Options = append(v.Options, ui.Option{Value: string(x), Label: ui.Permission(x)})
	}
	if v.Problem == nil {
		v.Codes = joined(o.Codes)
	}
	return p.Show(w, r, ui.View{Title: ui.T("新增密钥", "New key"), Body: keyFormPage(v), Status: status(v.Problem), Back: of("/keys", v.Org), BackTo: ui.T("接口密钥", "API keys")})
}

func (p *pages) addKey(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	v := keyView{APIKey: access.APIKey{Org: p.org(r, access.KeyManage), Name: f.Get("name"), Sandbox: f.Get("sandbox") == "yes"}, Codes: f.Get("codes"), Til: f.Get("until")}
	for _, x := range f["permissions"] {
		v.Permissions = append(v.Permissions, access.Permission(x))
	}
	v.APIKey.Codes = words(v.Codes)
	if v.Til != "" {
		day, err := clock.ParseDay(v.Til)
		if err != nil {
			v.Problem = &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("到期日不正确", "The last day is not a day"), Mend: ui.T("按 2026-03-01 填写", "Enter such as 2026-03-01")}
			return p.showKeyForm(w, r, v)
		}
		v.Until = day.AddDays(1).Time() // the day counts whole
	}
	_, secret, err := p.accounts.AddKey(r.Context(), v.APIKey)
	if err == nil {
		return p.showSecret(w, r, v.Org, v.Name, secret)
	}
	if v.Problem, err = inForm(err); err != nil {
		return err
	}
	return p.showKeyForm(w, r, v)
}

// showSecret shows a key's secret, once.
func (p *pages) showSecret(w http.ResponseWriter, r *http.Request, org, name, secret string) error {
	return p.Show(w, r, ui.View{Title: ui.T("密钥", "Key"), Body: secretPage(name, secret), Back: of("/keys", org), BackTo: ui.T("接口密钥", "API keys")})
}

// overlaps are how long both secrets may be good.
var overlaps = []ui.Option{{Value: "24h", Label: ui.T("24小时", "24 hours")}, {Value: "168h", Label: ui.T("7天", "7 days")}, {Value: "720h", Label: ui.T("30天", "30 days")}, {Value: "0s", Label: ui.T("立即失效", "Not at all")}}

func (p *pages) rotateKey(w http.ResponseWriter, r *http.Request) error {
	overlap, err := time.ParseDuration(r.PostForm.Get("overlap"))
	if err != nil {
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("并存时间不正确", "Not a length of time"), Mend: ui.T("从列表中选择", "Choose of the list")}
	}
	secret, err := p.accounts.RotateKey(r.Context(), r.PathValue("id"), overlap)
	if err != nil {
		return told(err)
	}
	return p.showSecret(w, r, p.org(r, access.KeyManage), r.PostForm.Get("name"), secret)
}

func (p *pages) revokeKey(w http.ResponseWriter, r *http.Request) error {
	if err := p.accounts.RevokeKey(r.Context(), r.PathValue("id")); err != nil {
		return told(err)
	}
	return p.Done(w, r, of("/keys", p.org(r, access.KeyManage)), ui.T("密钥已吊销，立即失效", "The key is revoked, at once"))
}
