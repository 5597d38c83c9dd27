package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/passport"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// Passport is a consumer's passport (个人额度护照).
type Passport struct {
	Since    string `json:"since" doc:"When you first came; from then on you are told of each new use."`
	Frozen   bool   `json:"frozen" doc:"While it is, lists that name you are held for review (本人冻结身份)."`
	FrozenAt string `json:"frozen_at,omitempty"`
	Letters  bool   `json:"letters" doc:"Whether you are also told by mail."`
}

type passportOutput struct{ Body Passport }

// PassportYear is what a consumer has used of the allowance of a year, by the
// zone's own count. Customs' count, over all zones, is another one and binds.
type PassportYear struct {
	AllowanceAnswer
	Uses   int    `json:"uses" doc:"Lists of this zone that named you in the year."`
	Amount string `json:"amount" doc:"Yuan that they charge or reserve."`
}

type passportAllowanceOutput struct {
	Body struct {
		Count  string         `json:"count" doc:"Whose count this is: the zone's own."`
		Binds  string         `json:"binds" doc:"Whose count binds."`
		Notice string         `json:"notice"`
		ZH     string         `json:"notice_zh"`
		Years  []PassportYear `json:"years" doc:"Newest first."`
	}
}

// PassportUse is one use of a consumer's identity (身份使用记录).
type PassportUse struct {
	Parcel   uint64 `json:"parcel"`
	At       string `json:"at"`
	Day      string `json:"day"`
	OrderNo  string `json:"order_no"`
	InvtNo   string `json:"invt_no,omitempty"`
	Platform string `json:"platform"`
	Merchant string `json:"merchant"`
	Seller   string `json:"seller,omitempty" doc:"The merchant's filed name."`
	Goods    string `json:"goods,omitempty"`
	Amount   string `json:"amount" doc:"Dutiable value, yuan."`
	Tax      string `json:"tax"`
	Reserved string `json:"reserved" doc:"Of the year's allowance, while the list is held."`
	Charged  string `json:"charged" doc:"Of the year's allowance, once it is released."`
	State    string `json:"state"`
	StateZH  string `json:"state_zh"`
	Standing bool   `json:"standing" doc:"False: a later version of the list names somebody else."`
	Dispute  string `json:"dispute" enum:"none,open,upheld,dismissed,withdrawn"`
	Matter   string `json:"matter,omitempty" doc:"Number of the matter of the dispute."`
}

type passportUsesInput struct {
	Cursor string `query:"cursor" maxLength:"50" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

type passportUsesOutput struct {
	Body struct {
		Uses []PassportUse `json:"uses"`
		Next string        `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type passportUseInput struct {
	Parcel uint64 `path:"parcel"`
}

type passportUseOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         PassportUse
}

// PassportNotice is one thing that a consumer was told.
type PassportNotice struct {
	Parcel uint64 `json:"parcel"`
	Kind   string `json:"kind" enum:"used,held,dispute_upheld,dispute_dismissed"`
	At     string `json:"at"`
	Text   string `json:"text"`
	TextZH string `json:"text_zh"`
}

type passportNoticesOutput struct {
	Body struct {
		Notices []PassportNotice `json:"notices"`
		Next    string           `json:"next,omitempty"`
	}
}

type passportFreezeInput struct {
	Body struct {
		Frozen bool `json:"frozen" doc:"true freezes the identity, false lifts the freeze."`
	}
}

type passportAddressInput struct {
	Body struct {
		Address string `json:"address" maxLength:"200" doc:"Mail address; empty: no letters."`
	}
}

type passportDisputeInput struct {
	Parcel uint64 `path:"parcel"`
	Body   struct {
		Reason    string `json:"reason" enum:"not-mine,not-known,number-lent,other"`
		Statement string `json:"statement,omitempty" maxLength:"2000" doc:"In your own words; sealed."`
		Reported  bool   `json:"reported,omitempty" doc:"You have reported it to the police."`
		Truthful  bool   `json:"truthful" doc:"true: you say that this is true."`
	}
}

type passportDisputeOutput struct {
	Body struct {
		Matter string `json:"matter" doc:"Its number: the same use answers with it."`
		Due    string `json:"due" doc:"Last day of the office's step."`
	}
}

type personChecksOutput struct {
	Body struct {
		Open  int    `json:"open" doc:"Persons that the core asks about and that have no answer yet."`
		Since string `json:"since,omitempty" doc:"Since when the oldest question is open."`
	}
}

func (s *Server) addPassport() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"passport"}, Summary: summary, Errors: []int{401, 403, 404, 422, 503}}
	}
	add(s, op("get-passport", http.MethodGet, "/v1/passport", "Your allowance passport / 个人额度护照"), access.PassportUse, s.passport)
	add(s, op("get-passport-allowance", http.MethodGet, "/v1/passport/allowance", "Your allowance of this year and the last, by the zone's count / 本人额度"), access.PassportUse, s.passportAllowance)
	add(s, op("list-passport-uses", http.MethodGet, "/v1/passport/uses", "Every use of your identity in this zone, newest first / 身份使用记录"), access.PassportUse, s.passportUses)
	add(s, op("get-passport-use", http.MethodGet, "/v1/passport/uses/{parcel}", "One use / 一笔使用"), access.PassportUse, s.passportUse)
	add(s, op("list-passport-notices", http.MethodGet, "/v1/passport/notices", "What you were told, newest first / 通知"), access.PassportUse, s.passportNotices)
	add(s, op("freeze-identity", http.MethodPost, "/v1/passport/freeze", "Freeze your identity, or lift the freeze / 冻结与解冻"), access.PassportUse, s.passportFreeze)
	add(s, op("set-passport-address", http.MethodPost, "/v1/passport/address", "Where letters go / 通知邮箱"), access.PassportUse, s.passportAddress)
	add(s, op("dispute-passport-use", http.MethodPost, "/v1/passport/uses/{parcel}/dispute", "Dispute a use: hand the matter in / 提出异议"), access.PassportUse, s.passportDispute)
	add(s, huma.Operation{OperationID: "get-person-checks", Method: http.MethodGet, Path: "/v1/persons/checks", Tags: []string{"system"},
		Summary: "Questions to the service that verifies identities / 身份核验待答", Errors: []int{401, 403, 503}}, access.SystemRead, s.personChecks)
}

// ofPassport puts the passport's errors into problems.
func ofPassport(err error) error {
	switch {
	case errors.Is(err, passport.ErrDenied):
		return problem(403, "no_person", "须由通过实名认证的本人使用", "only a consumer who proved who they are", "请通过实名认证登录", "sign in with a provider that proves who you are")
	case errors.Is(err, passport.ErrNotFound):
		return problem(404, "not_found", "没有该笔身份使用记录", "there is no such use of your identity", "核对包裹号", "check the parcel number")
	case errors.Is(err, passport.ErrAddress):
		return problem(422, "address", "邮箱地址无效", "that is no mail address", "填写邮箱地址，或留空", "give a mail address, or none")
	}
	return err
}

func (s *Server) passport(ctx context.Context, _ *struct{}) (*passportOutput, error) {
	h, err := s.zone.Passport.Enter(ctx)
	if err != nil {
		return nil, ofPassport(err)
	}
	out := &passportOutput{Body: Passport{Since: stamp(h.Since.UnixMicro()), Frozen: !h.Frozen.IsZero(), Letters: h.Address != ""}}
	if out.Body.Frozen {
		out.Body.FrozenAt = stamp(h.Frozen.UnixMicro())
	}
	return out, nil
}

func (s *Server) passportAllowance(ctx context.Context, _ *struct{}) (*passportAllowanceOutput, error) {
	years, err := s.zone.Passport.Allowance(ctx)
	if err != nil {
		return nil, ofPassport(err)
	}
	out := &passportAllowanceOutput{}
	out.Body.Count, out.Body.Binds = "zone", "customs"
	out.Body.Notice = "This is the zone's own count. Customs' count, over all zones, is the one that binds."
	out.Body.ZH = "此为本综试区的统计；个人年度额度以海关全国统计为准。"
	for i := range years {
		y := &years[i]
		out.Body.Years = append(out.Body.Years, PassportYear{AllowanceAnswer: allowanceOf(&y.Allowance), Uses: y.Uses, Amount: y.Amount.String()})
	}
	return out, nil
}

func (s *Server) useOf(u *passport.Use) PassportUse {
	return PassportUse{Parcel: u.Parcel, At: stamp(u.At), Day: u.Day.String(), OrderNo: u.OrderNo, InvtNo: u.InvtNo, Platform: u.Platform, Merchant: u.Merchant,
		Seller: s.zone.EnterpriseName(u.Merchant), Goods: u.Goods, Amount: u.Amount.String(), Tax: u.Tax.String(), Reserved: u.Reserved.String(), Charged: u.Charged.String(),
		State: u.State.String(), StateZH: u.State.Chinese(), Standing: u.Standing, Dispute: u.Dispute.String(), Matter: u.Matter}
}

// passportPage reads a cursor: time, parcel and, of notices, kind.
func passportPage(in *passportUsesInput) (passport.Page, error) {
	p := passport.Page{Limit: in.Limit}
	if in.Cursor == "" {
		return p, nil
	}
	var kind uint64
	parts := strings.Split(in.Cursor, ".")
	bad := problem(422, "cursor", "翻页标记无效", "that is no cursor of this list", "原样使用上一页返回的 next", "give next of the page before as it is")
	if len(parts) != 3 {
		return p, bad
	}
	for i, to := range []*uint64{new(uint64), &p.Parcel, &kind} {
		n, err := strconv.ParseUint(parts[i], 10, 63)
		if err != nil {
			return p, bad
		}
		if *to = n; i == 0 {
			p.At = int64(n)
		}
	}
	p.Kind = passport.Kind(min(kind, 255))
	return p, nil
}

func cursorOf(at int64, parcel uint64, kind passport.Kind) string {
	return strconv.FormatInt(at, 10) + "." + strconv.FormatUint(parcel, 10) + "." + strconv.Itoa(int(kind))
}

func (s *Server) passportUses(ctx context.Context, in *passportUsesInput) (*passportUsesOutput, error) {
	page, err := passportPage(in)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Passport.Uses(ctx, page)
	if err != nil {
		return nil, ofPassport(err)
	}
	out := &passportUsesOutput{}
	out.Body.Uses = make([]PassportUse, len(list))
	for i := range list {
		out.Body.Uses[i] = s.useOf(&list[i])
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = cursorOf(list[n-1].At, list[n-1].Parcel, 0)
	}
	return out, nil
}

func (s *Server) passportUse(ctx context.Context, in *passportUseInput) (*passportUseOutput, error) {
	u, err := s.zone.Passport.Use(ctx, in.Parcel)
	if err != nil {
		return nil, ofPassport(err)
	}
	return &passportUseOutput{CacheControl: "no-store", Body: s.useOf(u)}, nil
}

func (s *Server) passportNotices(ctx context.Context, in *passportUsesInput) (*passportNoticesOutput, error) {
	page, err := passportPage(in)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Passport.Notices(ctx, page)
	if err != nil {
		return nil, ofPassport(err)
	}
	out := &passportNoticesOutput{}
	out.Body.Notices = make([]PassportNotice, len(list))
	for i, n := range list {
		w := n.Kind.Words()
		out.Body.Notices[i] = PassportNotice{Parcel: n.Parcel, Kind: n.Kind.String(), At: stamp(n.At), Text: w.EN, TextZH: w.ZH}
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = cursorOf(list[n-1].At, list[n-1].Parcel, list[n-1].Kind)
	}
	return out, nil
}

func (s *Server) passportFreeze(ctx context.Context, in *passportFreezeInput) (*passportOutput, error) {
	if err := s.zone.Passport.Freeze(ctx, in.Body.Frozen); err != nil {
		return nil, ofPassport(err)
	}
	return s.passport(ctx, nil)
}

func (s *Server) passportAddress(ctx context.Context, in *passportAddressInput) (*passportOutput, error) {
	if err := s.zone.Passport.WriteTo(ctx, in.Body.Address); err != nil {
		return nil, ofPassport(err)
	}
	return s.passport(ctx, nil)
}

func (s *Server) passportDispute(ctx context.Context, in *passportDisputeInput) (*passportDisputeOutput, error) {
	form := map[string]any{"reason": in.Body.Reason, "truthful": in.Body.Truthful, "reported": in.Body.Reported}
	if in.Body.Statement != "" {
		form["statement"] = in.Body.Statement
	}
	m, err := s.zone.Passport.Dispute(ctx, s.zone.Matters, in.Parcel, form)
	var faults matter.Problems
	switch {
	case errors.As(err, &faults):
		p := problem(422, "dispute", "异议未能提交", "the dispute could not be handed in", "按各项提示修改", "mend each of these")
		for _, f := range faults {
			p.Errors = append(p.Errors, ProblemItem{Path: f.Field, Code: f.Code, Message: f.EN, MessageZH: f.ZH, Fix: f.FixEN, FixZH: f.FixZH})
		}
		return nil, p
	case err != nil:
		return nil, ofPassport(err)
	}
	out := &passportDisputeOutput{}
	out.Body.Matter, out.Body.Due = m.Number, m.Due.String()
	return out, nil
}

func (s *Server) personChecks(ctx context.Context, _ *struct{}) (*personChecksOutput, error) {
	n, since, err := s.zone.PersonCheck.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	out := &personChecksOutput{}
	out.Body.Open = n
	if n > 0 {
		out.Body.Since = stamp(since.UnixMicro())
	}
	return out, nil
}
