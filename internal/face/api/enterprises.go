package api

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/registry"
)

// Enterprise is a filing (企业备案).
type Enterprise struct {
	ID           string            `json:"id,omitempty" maxLength:"64" doc:"The registry's own number; the USCC or customs code if left out."`
	CustomsCode  string            `json:"customs_code,omitempty" maxLength:"10" doc:"海关注册登记编号"`
	USCC         string            `json:"uscc,omitempty" maxLength:"18" doc:"统一社会信用代码"`
	Name         string            `json:"name" maxLength:"300"`
	Kinds        []string          `json:"kinds" doc:"Roles: platform, merchant, payment, logistics, agent, warehouse, guarantor, operator, overseas-warehouse." minItems:"1"`
	From         string            `json:"from,omitempty" doc:"First day of validity, YYYY-MM-DD."`
	To           string            `json:"to,omitempty" doc:"Last day of validity."`
	State        string            `json:"state,omitempty" readOnly:"true" doc:"What the filing is worth today."`
	Revision     uint64            `json:"revision,omitempty" readOnly:"true"`
	Certificates []CertificateText `json:"certificates,omitempty" readOnly:"true"`
	Signatures   map[string]string `json:"signatures,omitempty" readOnly:"true" doc:"Signature mode by message name, or default."`
}

// CertificateText is a registered certificate.
type CertificateText struct {
	Fingerprint string   `json:"fingerprint"`
	Serial      string   `json:"serial"`
	Subject     string   `json:"subject" doc:"Masked: it may name the holder of the card."`
	NotBefore   string   `json:"not_before"`
	NotAfter    string   `json:"not_after"`
	Codes       []string `json:"codes,omitempty" doc:"Enterprises beside the owner for which it may sign."`
	Revoked     string   `json:"revoked,omitempty"`
}

type enterpriseOutput struct {
	ETag string `header:"ETag"`
	Body Enterprise
}

type enterpriseListInput struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
	Code   string `query:"code" doc:"Customs code or USCC of the one asked for."`
}

type enterpriseListOutput struct {
	Body struct {
		Enterprises []Enterprise `json:"enterprises"`
		Next        string       `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type enterpriseInput struct {
	Body Enterprise
}

// EnterprisePath names a filing in a path.
type EnterprisePath struct {
	ID string `path:"id" maxLength:"64" doc:"id of the filing."`
}

// EnterpriseChange names a filing that is to be changed, and which state of it
// the caller knows.
type EnterpriseChange struct {
	EnterprisePath
	IfMatch string `header:"If-Match" doc:"ETag of the filing as it was read: 412 if somebody changed it since."`
}

func (c *EnterpriseChange) condition() (id, tag string) { return c.ID, c.IfMatch }

// ifUnchanged does a change of a filing only if it still is as the caller read
// it.
func ifUnchanged[I interface{ condition() (id, tag string) }, O any](s *Server, change func(context.Context, I) (*O, error)) func(context.Context, I) (*O, error) {
	return func(ctx context.Context, in I) (*O, error) {
		id, tag := in.condition()
		if tag == "" {
			return change(ctx, in)
		}
		s.changing.Lock()
		defer s.changing.Unlock()
		f, err := s.zone.Registry.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		revision, _, _ := strings.Cut(strings.Trim(tag, `"`), "-")
		if tag != "*" && revision != revisionTag(f) {
			return nil, problem(412, "changed", "内容已被他人修改", "somebody changed it since it was read", "重新读取后再修改", "read it again, then change it")
		}
		return change(ctx, in)
	}
}

func revisionTag(f *registry.Filing) string { return "r" + strconv.FormatUint(f.Revision, 10) }

// tagOf is the entity tag of a filing: its revision, and the day, by which its
// state may be another.
func (s *Server) tagOf(f *registry.Filing) string {
	return `"` + revisionTag(f) + "-" + s.today().String() + `"`
}

func (s *Server) addEnterprises() {
	base := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"enterprises"}, Summary: summary, Errors: []int{404, 422, 503}}
	}
	add(s, base("list-enterprises", http.MethodGet, "/v1/enterprises", "Filed enterprises / 备案企业"), access.EnterpriseRead, s.enterprises)
	add(s, base("get-enterprise", http.MethodGet, "/v1/enterprises/{id}", "A filing / 一份企业备案"), access.EnterpriseRead, s.oneEnterprise)
	add(s, base("file-enterprise", http.MethodPost, "/v1/enterprises", "File an enterprise, new or changed / 备案新增或变更"), access.FilingEdit, s.file)
	add(s, base("set-enterprise-state", http.MethodPut, "/v1/enterprises/{id}/state", "Suspend or resume / 暂停或恢复备案"), access.FilingEdit, ifUnchanged(s, s.setState))
	add(s, base("add-certificate", http.MethodPost, "/v1/enterprises/{id}/certificates", "Register or revoke a certificate / 登记或注销证书"), access.FilingEdit, ifUnchanged(s, s.addCertificate))
	add(s, base("set-signature-policies", http.MethodPut, "/v1/enterprises/{id}/signature-policies", "Set signature modes / 设置签名策略"), access.FilingEdit, ifUnchanged(s, s.setPolicies))
}

func (s *Server) today() clock.Day { return clock.DayOf(s.zone.Config.Clock.Now()) }

func (s *Server) enterprise(f *registry.Filing) Enterprise {
	e := Enterprise{ID: f.ID, CustomsCode: f.CustomsCode, USCC: f.USCC, Name: f.Name, Kinds: f.Kinds.Names(), From: dayText(f.From), To: dayText(f.To),
		State: f.State(s.today()).String(), Revision: f.Revision}
	for _, c := range f.Certificates {
		e.Certificates = append(e.Certificates, CertificateText{Fingerprint: c.Fingerprint, Serial: c.Serial, Subject: keys.MaskName(c.Subject),
			NotBefore: c.NotBefore.Format(time.RFC3339), NotAfter: c.NotAfter.Format(time.RFC3339), Codes: c.Codes, Revoked: dayText(c.Revoked)})
	}
	for _, p := range f.Policies {
		if e.Signatures == nil {
			e.Signatures = make(map[string]string)
		}
		e.Signatures[policyName(p.Kind)] = p.Mode.String()
	}
	return e
}

func policyName(k ceb.Kind) string {
	if k == 0 {
		return "default"
	}
	return k.String()
}

func dayText(d clock.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (s *Server) enterprises(ctx context.Context, in *enterpriseListInput) (*enterpriseListOutput, error) {
	out := &enterpriseListOutput{}
	out.Body.Enterprises = []Enterprise{}
	within := reachOf(ctx, access.EnterpriseRead)
	if in.Code != "" || !within.all {
		list, err := s.filingsOf(ctx, within, in.Code)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			out.Body.Enterprises = append(out.Body.Enterprises, s.enterprise(f))
		}
		return out, nil
	}
	list, err := s.zone.Registry.List(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	for i := range list {
		out.Body.Enterprises = append(out.Body.Enterprises, s.enterprise(&list[i]))
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = list[n-1].ID
	}
	return out, nil
}

// filingsOf is the filing of a code, or, of no code, those of the caller's own
// enterprises; what is out of reach is not there.
func (s *Server) filingsOf(ctx context.Context, within reach, code string) ([]*registry.Filing, error) {
	codes := within.parties
	if code != "" {
		codes = []string{code}
	}
	var out []*registry.Filing
	for _, c := range codes {
		f, err := s.zone.Registry.ByCode(ctx, c)
		switch {
		case errors.Is(err, registry.ErrNotFiled) && code == "":
		case err != nil:
			return nil, err
		case !within.sees(f.CustomsCode, f.USCC):
			return nil, registry.ErrNotFiled
		case !slices.ContainsFunc(out, func(o *registry.Filing) bool { return o.ID == f.ID }):
			out = append(out, f)
		}
	}
	return out, nil
}

// oneEnterprise is a filing by its id, if it is within the caller's reach.
func (s *Server) oneEnterprise(ctx context.Context, in *EnterprisePath) (*enterpriseOutput, error) {
	f, err := s.zone.Registry.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !reachOf(ctx, access.EnterpriseRead).sees(f.CustomsCode, f.USCC) {
		return nil, registry.ErrNotFiled
	}
	return &enterpriseOutput{ETag: s.tagOf(f), Body: s.enterprise(f)}, nil
}

func author(ctx context.Context, note string) registry.Author {
	return registry.Author{By: caller(ctx), Note: note}
}

// done answers with the filing once the core decides by it.
func (s *Server) done(ctx context.Context, id string) (*enterpriseOutput, error) {
	if err := s.zone.Settle(ctx); err != nil {
		return nil, err
	}
	f, err := s.zone.Registry.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &enterpriseOutput{ETag: s.tagOf(f), Body: s.enterprise(f)}, nil
}

// file files an enterprise. Certificates, policies and suspensions of one that
// is filed already stay as they are.
func (s *Server) file(ctx context.Context, in *enterpriseInput) (*enterpriseOutput, error) {
	b := in.Body
	f := registry.Filing{ID: b.ID, CustomsCode: b.CustomsCode, USCC: b.USCC, Name: b.Name}
	if f.ID == "" {
		f.ID = f.USCC
	}
	if f.ID == "" {
		f.ID = f.CustomsCode
	}
	for _, name := range b.Kinds {
		k := registry.Role(name)
		if k == 0 {
			return nil, registry.Faults{{ID: f.ID, Field: "kinds", ZH: "未知备案类型: " + name, EN: "unknown kind: " + name}}
		}
		f.Kinds |= k
	}
	for _, d := range []struct {
		text string
		to   *clock.Day
	}{{b.From, &f.From}, {b.To, &f.To}} {
		if d.text == "" {
			continue
		}
		day, err := dayOr(d.text, time.Time{})
		if err != nil {
			return nil, err
		}
		*d.to = day
	}
	_, err := s.zone.Registry.Change(ctx, author(ctx, ""), f.ID, func(old *registry.Filing) error {
		old.CustomsCode, old.USCC, old.Name, old.Kinds, old.From, old.To = f.CustomsCode, f.USCC, f.Name, f.Kinds, f.From, f.To
		return nil
	})
	if errors.Is(err, registry.ErrNotFiled) {
		err = s.zone.Registry.File(ctx, author(ctx, ""), f)
	}
	if err != nil {
		return nil, err
	}
	return s.done(ctx, f.ID)
}

type stateInput struct {
	EnterpriseChange
	Body struct {
		State  string `json:"state" enum:"active,suspended"`
		From   string `json:"from,omitempty" doc:"From which day; today in Beijing if left out."`
		Reason string `json:"reason,omitempty" maxLength:"300"`
	}
}

func (s *Server) setState(ctx context.Context, in *stateInput) (*enterpriseOutput, error) {
	from, err := dayOr(in.Body.From, s.zone.Config.Clock.Now())
	if err != nil {
		return nil, err
	}
	if in.Body.State == "suspended" {
		_, err = s.zone.Registry.Suspend(ctx, author(ctx, in.Body.Reason), in.ID, from, in.Body.Reason)
	} else {
		_, err = s.zone.Registry.Resume(ctx, author(ctx, in.Body.Reason), in.ID, from)
	}
	if err != nil {
		return nil, err
	}
	return s.done(ctx, in.ID)
}

type certificateInput struct {
	EnterpriseChange
	Body struct {
		PEM         string   `json:"pem,omitempty" maxLength:"20000" doc:"Certificate to register, in PEM form."`
		Codes       []string `json:"codes,omitempty" maxItems:"200" doc:"Enterprises beside the owner for which it may sign."`
		Revoke      string   `json:"revoke,omitempty" doc:"Fingerprint of a registered certificate to revoke instead."`
		RevokedFrom string   `json:"revoked_from,omitempty" doc:"From which day; today in Beijing if left out."`
	}
}

func (s *Server) addCertificate(ctx context.Context, in *certificateInput) (*enterpriseOutput, error) {
	if in.Body.Revoke != "" {
		from, err := dayOr(in.Body.RevokedFrom, s.zone.Config.Clock.Now())
		if err != nil {
			return nil, err
		}
		if _, err := s.zone.Registry.RevokeCertificate(ctx, author(ctx, ""), in.ID, in.Body.Revoke, from); err != nil {
			return nil, err
		}
		return s.done(ctx, in.ID)
	}
	bad := problem(422, "certificate", "证书有误，应为 PEM 格式", "the certificate is not one in PEM form", "提供以 -----BEGIN CERTIFICATE----- 开头的证书", "send one that begins with -----BEGIN CERTIFICATE-----")
	block, _ := pem.Decode([]byte(in.Body.PEM))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, bad
	}
	c, err := registry.NewCertificate(block.Bytes, in.Body.Codes...)
	if err != nil {
		return nil, bad
	}
	if _, err := s.zone.Registry.AddCertificate(ctx, author(ctx, ""), in.ID, c); err != nil {
		return nil, err
	}
	return s.done(ctx, in.ID)
}

type policiesInput struct {
	EnterpriseChange
	Body map[string]string `doc:"Mode (required, optional, off) by message name such as CEB621Message, or default. What is not named loses its mode."`
}

func (s *Server) setPolicies(ctx context.Context, in *policiesInput) (*enterpriseOutput, error) {
	var list []registry.Policy
	for name, mode := range in.Body {
		var kind ceb.Kind
		if name != "default" {
			k, ok := ceb.ParseKind(name)
			if !ok {
				return nil, registry.Faults{{ID: in.ID, Field: "policies", ZH: "未知报文: " + name, EN: "unknown message: " + name}}
			}
			kind = k
		}
		m, err := registry.ParseMode(mode)
		if err != nil {
			return nil, registry.Faults{{ID: in.ID, Field: "policies", ZH: "未知签名策略: " + mode, EN: "unknown signature mode: " + mode}}
		}
		list = append(list, registry.Policy{Kind: kind, Mode: m})
	}
	slices.SortFunc(list, func(a, b registry.Policy) int { return int(a.Kind) - int(b.Kind) })
	if _, err := s.zone.Registry.Change(ctx, author(ctx, ""), in.ID, func(f *registry.Filing) error {
		f.Policies = list
		return nil
	}); err != nil {
		return nil, err
	}
	return s.done(ctx, in.ID)
}
