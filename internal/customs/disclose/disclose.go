// Package disclose gives personal data in clear (个人信息明文查阅): the personal
// fields of a document of a parcel, or its bytes as they came in, to a caller who
// may read them and says why. Everywhere else they are masked.
//
// Invariants: nothing is given out before the audit entry with the purpose is
// durable; without a purpose from the list and a word of explanation nothing is
// given at all; a refusal is an entry too. Legal base: 个人信息保护法 art. 6
// (purpose, necessity), 51 (access by rights), 54 (audits).
package disclose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/store"
)

// Purpose is why personal data is read (查阅目的). Its code is stored.
type Purpose struct{ Code, ZH, EN string }

var purposes = []Purpose{
	{"inspection", "布控查验、核实申报", "inspection, checking a declaration"},
	{"mismatch", "三单信息不符，核对更正", "documents that do not match, to be corrected"},
	{"tax", "税款、额度核查", "checking tax or allowance"},
	{"subject", "应消费者本人请求", "at the request of the consumer"},
	{"dispute", "处理投诉、争议或冒用", "complaint, dispute or misuse of an identity"},
	{"law", "依法协助调查", "assistance to an investigation by law"},
}

// Purposes are the purposes that can be chosen.
func Purposes() []Purpose { return slices.Clone(purposes) }

// PurposeOf finds a purpose by its code.
func PurposeOf(code string) (Purpose, bool) {
	i := slices.IndexFunc(purposes, func(p Purpose) bool { return p.Code == code })
	if i < 0 {
		return Purpose{}, false
	}
	return purposes[i], true
}

// Bounds of the explanation, in characters.
const (
	MinNote = 4
	MaxNote = 200
)

// Why nothing is given out.
var (
	ErrPurpose = &access.Refusal{Code: "purpose", ZH: "请选择查阅目的", EN: "a purpose is needed", FixZH: "从列表中选择查阅目的", FixEN: "choose a purpose from the list"}
	ErrNote    = &access.Refusal{Code: "purpose_note", ZH: fmt.Sprintf("请说明查阅原因（%d 至 %d 字）", MinNote, MaxNote), EN: fmt.Sprintf("say why, in %d to %d characters", MinNote, MaxNote),
		FixZH: "写明事由，如查验单号、投诉单号", FixEN: "name the case, such as the number of the inspection or complaint"}
	ErrDenied = &access.Refusal{Code: "personal_denied", ZH: "无权查阅个人信息明文", EN: "personal data in clear is not open to this account", FixZH: "由管理员授予相应角色", FixEN: "ask the administrator for a role that may"}
)

// Documents gives raw documents; *intake.Reader does.
type Documents interface {
	Raw(ctx context.Context, input uint64) (*intake.Raw, error)
}

// Log writes audit entries; *audit.Log does.
type Log interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
	Record(ctx context.Context, e audit.Entry) error
}

// Service discloses.
type Service struct {
	Index     *lookup.Index
	Documents Documents
	DB        *store.DB // services, where the audit chain is
	Audit     Log
}

// Request asks for one document of a parcel.
type Request struct {
	Parcel  uint64
	Input   uint64 // input number of the document
	Purpose string // code of a Purpose
	Note    string // the case, in words
	Raw     bool   // the bytes as they came in instead of the fields
}

// Disclosed is what was given out. It is to be shown once and not kept.
type Disclosed struct {
	Kind   string  // of the message, such as CEB621
	Fields []Field // in the order of the document
	Raw    []byte  // when asked for
}

// Object is how a parcel is named in the audit chain.
func Object(parcel uint64) string { return fmt.Sprintf("parcel:%d", parcel) }

// Open gives a document's personal data in clear to the caller of the context.
// Errors: ErrPurpose, ErrNote, ErrDenied, and lookup.ErrNotFound also for what
// belongs to others.
func (s *Service) Open(ctx context.Context, r Request) (*Disclosed, error) {
	p := access.Of(ctx)
	if err := s.allowed(ctx, p, r); err != nil {
		return nil, err
	}
	r.Note = strings.TrimSpace(r.Note)
	if _, ok := PurposeOf(r.Purpose); !ok {
		return nil, ErrPurpose
	}
	if n := utf8.RuneCountInString(r.Note); n < MinNote || n > MaxNote {
		return nil, ErrNote
	}
	out, err := s.read(ctx, r)
	if err != nil {
		return nil, err
	}
	e := entry(p, r, audit.Done)
	e.Detail = fmt.Sprintf("document=%d kind=%s %s", r.Input, out.Kind, what(r, out))
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.Audit.Write(ctx, tx, e) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// allowed tells whether the caller may have it; a refusal is entered.
func (s *Service) allowed(ctx context.Context, p *access.Principal, r Request) error {
	refusal := error(ErrDenied)
	if p.May(access.PersonalClear) {
		parcel, _, err := s.Index.Parcel(ctx, r.Parcel)
		switch {
		case err != nil:
			return err
		case p.Sees(access.PersonalClear, parcel.Merchant, parcel.Platform, parcel.Agent, parcel.Carrier, parcel.Guarantor):
			return nil
		}
		refusal = lookup.ErrNotFound // what belongs to others is as if it were not there
	}
	if err := s.Audit.Record(ctx, entry(p, r, audit.Denied)); err != nil {
		return errors.Join(refusal, err)
	}
	return refusal
}

func entry(p *access.Principal, r Request, outcome audit.Outcome) audit.Entry {
	e := audit.Entry{Act: "personal.read", Object: Object(r.Parcel), Outcome: outcome, Purpose: strings.TrimSpace(r.Purpose + " " + r.Note)}
	if p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return e
}

func (s *Service) read(ctx context.Context, r Request) (*Disclosed, error) {
	docs, err := s.Index.Documents(ctx, r.Parcel)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(docs, func(d lookup.Document) bool { return d.Input == r.Input })
	if i < 0 {
		return nil, lookup.ErrNotFound
	}
	raw, err := s.Documents.Raw(ctx, r.Input)
	if err != nil {
		return nil, err
	}
	out := &Disclosed{Kind: raw.Kind.String()}
	if r.Raw {
		parcel, _, err := s.Index.Parcel(ctx, r.Parcel)
		if err != nil {
			return nil, err
		}
		out.Raw, err = Part(access.Of(ctx), access.PersonalClear, raw.Document, docs[i].Sender, parcel.WaybillNo)
		return out, err
	}
	if out.Fields, err = fields(raw.Document); err != nil {
		return nil, fmt.Errorf("document %d: %w", r.Input, err)
	}
	return out, nil
}

// what names what was read, never its content.
func what(r Request, d *Disclosed) string {
	if r.Raw {
		return "raw"
	}
	names := make([]string, len(d.Fields))
	for i, f := range d.Fields {
		names[i] = f.Element
	}
	return "fields=" + strings.Join(names, ",")
}
