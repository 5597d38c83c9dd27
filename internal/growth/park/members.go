package park

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Role is what an enterprise is in a place. Its name is stored.
type Role string

// The roles of members.
const (
	Tenant    Role = "tenant"    // 入驻企业 of a park or centre
	Supplier  Role = "supplier"  // 源头工厂、供应商 of a belt
	Incubated Role = "incubated" // 在孵企业 of an incubator
	Served    Role = "served"    // 服务企业 of a warehouse
)

// RoleIn is the role that members of a kind of place have.
func RoleIn(k Kind) Role {
	switch k {
	case Belt:
		return Supplier
	case Incubator:
		return Incubated
	case Overseas, Consolidation:
		return Served
	}
	return Tenant
}

// MemberState is where a membership stands. Its name is stored.
type MemberState string

// The states of a membership.
const (
	Offered  MemberState = "offered"  // the enterprise has not answered 待企业确认
	Active   MemberState = "active"   // 已确认
	Declined MemberState = "declined" // 企业已拒绝
	Ended    MemberState = "ended"    // until is its last day 已结束
)

// Member is an enterprise in a place from a day to a day (入驻).
type Member struct {
	Number     int64
	Place      string
	Enterprise string // customs code
	Role       Role
	State      MemberState
	Since      clock.Day
	Until      clock.Day // last day; 0: open
	Space      int64     // m² 租用面积
	Room       string    // unit, floor
	Published  bool      // in the list of source factories 公开名录; the enterprise said so
	Note       string    // what it makes or does
	OfferedBy  string    // account
	Answered   int64     // µs UTC; 0: not yet
	Revision   uint64
}

// Counts tells whether the membership counts on some day from one to another.
func (m *Member) Counts(from, to clock.Day) bool {
	return (m.State == Active || m.State == Ended) && m.Since <= to && (m.Until == 0 || m.Until >= from)
}

// Offer is what the operator puts before an enterprise.
type Offer struct {
	Place, Enterprise string
	Since, Until      clock.Day
	Space             int64
	Room, Note        string
}

func (o *Offer) check() error {
	if !codePattern.MatchString(o.Enterprise) {
		return wrong("enterprise", "企业海关编码须为 10 位", "the customs code has ten characters", "填写已备案企业的海关编码", "write the code of a filed enterprise")
	}
	if err := span(o.Since, o.Until); err != nil {
		return err
	}
	if o.Space < 0 || o.Space > 10_000_000 {
		return wrong("space", "面积有误", "the area is not in order", "以平方米填写整数", "write whole square metres")
	}
	if r := tooLong("room", o.Room, 60); r != nil {
		return r
	}
	if r := tooLong("note", o.Note, 300); r != nil {
		return r
	}
	return nil
}

// Add offers a membership to a filed enterprise, which answers by Answer. Errors:
// ErrDenied, ErrNotFound, ErrOverlap, *Refusal.
func (s *Service) Add(ctx context.Context, o Offer) (*Member, error) {
	o.Room, o.Note = strings.TrimSpace(o.Room), strings.TrimSpace(o.Note)
	p, err := s.Get(ctx, o.Place)
	if err != nil {
		return nil, err
	}
	if !manages(ctx, p) {
		return nil, s.deny(ctx, "park.member.offer", "place:"+o.Place)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if _, err := s.Filings.ByCode(ctx, o.Enterprise); err != nil {
		return nil, wrong("enterprise", "该企业未在本平台备案", "this enterprise is not filed here", "请企业先办理主体备案", "let it file itself first")
	}
	m := &Member{Place: o.Place, Enterprise: o.Enterprise, Role: RoleIn(p.Kind), State: Offered, Since: o.Since, Until: o.Until, Space: o.Space, Room: o.Room, Note: o.Note, OfferedBy: actor(ctx), Revision: 1}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := free(ctx, tx, m); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from park_members`).Scan(&m.Number); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into park_members (number, place, enterprise, role, state, since, until, space, room, published, note, offered_by, answered, revision)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10, $11, 0, 1)`,
			m.Number, m.Place, m.Enterprise, string(m.Role), string(m.State), int64(m.Since), int64(m.Until), m.Space, m.Room, m.Note, m.OfferedBy); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, "code:"+m.Enterprise, p.Title.ZH+"邀请贵企业入驻，请确认", p.ID+" invites your enterprise: please answer", "/memberships"); err != nil {
			return err
		}
		return s.memberLine(ctx, tx, m, "member.offer", "")
	})
	return m, err
}

// free refuses a membership that meets another of the same enterprise in time.
func free(ctx context.Context, tx *store.Tx, m *Member) error {
	var n int64
	err := tx.QueryRow(ctx, `select count(*) from park_members where place = $1 and enterprise = $2 and number <> $3 and state in ('offered', 'active', 'ended')
		and ($4 = 0 or since <= $4) and (until = 0 or until >= $5)`, m.Place, m.Enterprise, m.Number, int64(m.Until), int64(m.Since)).Scan(&n)
	if err == nil && n > 0 {
		return ErrOverlap
	}
	return err
}

func (s *Service) memberLine(ctx context.Context, tx *store.Tx, m *Member, act, note string) error {
	detail := "enterprise=" + m.Enterprise
	if note != "" {
		detail += " " + note
	}
	if err := s.line(ctx, tx, m.Place, act, detail, ""); err != nil {
		return err
	}
	return s.write(ctx, tx, "park."+act, "place:"+m.Place, detail)
}

// Answer is what the enterprise says to an offer.
type Answer struct {
	Number  int64
	Was     uint64
	Yes     bool
	Share   bool // lets the operator see its figures while it is a member
	Publish bool // stands in the published list (source factories)
}

// purpose is what a member's consent is for; longest is how long it is given for
// at once, in months.
const (
	purpose = "入驻期间的园区统计与认定 Statistics and recognition while a member"
	longest = 60
)

// consentUntil is the last day of a member's consent: that of its membership, five
// years at most.
func (s *Service) consentUntil(m *Member) clock.Day {
	last := s.Today().AddMonths(longest)
	if m.Until >= s.Today() {
		last = min(last, m.Until.AddMonths(12)) // the year's figures are made after its end
	}
	return last
}

// Answer accepts or declines an offer for the enterprise that it is made to.
// Accepting may give the operator consent to see the enterprise's figures, which
// the enterprise can withdraw at any time (package fact). Errors: ErrDenied,
// ErrNotFound, ErrStale, ErrState.
func (s *Service) Answer(ctx context.Context, a Answer) (*Member, error) {
	var m *Member
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if m, err = memberIn(ctx, tx, a.Number); err != nil {
			return err
		}
		if !owns(ctx, access.ConsentGive, m.Enterprise) || access.Of(ctx).Scope(access.ConsentGive) == access.Zone {
			return ErrNotFound // nobody answers for another
		}
		switch {
		case m.Revision != a.Was:
			return ErrStale
		case m.State != Offered:
			return ErrState
		}
		m.State, m.Answered, m.Published = Declined, clock.Micros(s.Clock.Now()), a.Yes && a.Publish
		act := "member.decline"
		if a.Yes {
			m.State, act = Active, "member.accept"
		}
		if err := updateMember(ctx, tx, m); err != nil {
			return err
		}
		if err := s.tellRunners(ctx, tx, m.Place, m.Enterprise+" 已答复入驻邀请", m.Enterprise+" has answered your offer"); err != nil {
			return err
		}
		return s.memberLine(ctx, tx, m, act, "")
	})
	if err != nil {
		return nil, err
	}
	if a.Yes && a.Share {
		p, err := s.place(ctx, m.Place)
		if err != nil {
			return nil, err
		}
		if p.Org != "" {
			if _, err := s.Consents.Give(ctx, m.Enterprise, p.Org, purpose, s.consentUntil(m)); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// Leave ends a membership with its last day: the operator's or the enterprise's
// act. An offer that nobody answered is taken back. Errors: ErrNotFound,
// ErrStale, ErrState, *Refusal.
func (s *Service) Leave(ctx context.Context, number int64, was uint64, last clock.Day, reason string) (*Member, error) {
	var m *Member
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if m, err = memberIn(ctx, tx, number); err != nil {
			return err
		}
		p, err := placeIn(ctx, tx, m.Place)
		if err != nil {
			return err
		}
		if !manages(ctx, p) && !owns(ctx, access.ConsentGive, m.Enterprise) {
			return ErrNotFound
		}
		switch {
		case m.Revision != was:
			return ErrStale
		case m.State == Offered:
			m.State = Declined
		case m.State != Active:
			return ErrState
		default:
			if err := span(m.Since, last); err != nil || last == 0 {
				return errors.Join(err, wrong("until", "须填写最后一日", "the last day is needed", "填写不早于入驻日的日期", "write a day not before its first"))
			}
			m.State, m.Until, m.Published = Ended, last, false
		}
		if err := updateMember(ctx, tx, m); err != nil {
			return err
		}
		if err := s.unshare(ctx, tx, m, p); err != nil {
			return err
		}
		return s.memberLine(ctx, tx, m, "member.leave", strings.TrimSpace(reason))
	})
	return m, err
}

// unshare lets the consent that came with a membership end with it: what the year's
// figures need is left, as of a membership whose last day was known. Another
// membership with the same operator keeps it.
func (s *Service) unshare(ctx context.Context, tx *store.Tx, m *Member, p *Place) error {
	if m.State != Ended || p.Org == "" {
		return nil
	}
	var others int64
	if err := tx.QueryRow(ctx, `select count(*) from park_members m join park_places p on p.id = m.place where m.enterprise = $1 and p.org = $2 and m.state = 'active'`, m.Enterprise, p.Org).Scan(&others); err != nil || others > 0 {
		return err
	}
	return s.Consents.EndBy(ctx, tx, m.Enterprise, p.Org, purpose, m.Until.AddMonths(12))
}

func updateMember(ctx context.Context, tx *store.Tx, m *Member) error {
	m.Revision++
	_, err := tx.Exec(ctx, `update park_members set state = $2, until = $3, published = $4, answered = $5, revision = $6 where number = $1`,
		m.Number, string(m.State), int64(m.Until), m.Published, m.Answered, int64(m.Revision))
	return err
}

const memberColumns = `number, place, enterprise, role, state, since, until, space, room, published, note, offered_by, answered, revision`

func scanMember(scan func(...any) error) (*Member, error) {
	var m Member
	err := scan(&m.Number, &m.Place, &m.Enterprise, &m.Role, &m.State, &m.Since, &m.Until, &m.Space, &m.Room, &m.Published, &m.Note, &m.OfferedBy, &m.Answered, &m.Revision)
	return &m, err
}

func memberIn(ctx context.Context, q queryer, number int64) (*Member, error) {
	m, err := scanMember(q.QueryRow(ctx, `select `+memberColumns+` from park_members where number = $1`, number).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return m, err
}

func (s *Service) members(ctx context.Context, where string, args ...any) ([]*Member, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select `+memberColumns+` from park_members where `+where, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []*Member
	for rows.Next() {
		m, err := scanMember(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, m)
	}
	return out, wrap(rows.Err())
}

// membersOf are the members of a place that ever counted, for programs of the
// house.
func (s *Service) membersOf(ctx context.Context, place string) ([]*Member, error) {
	return s.members(ctx, `place = $1 and state in ('active', 'ended') order by enterprise, since`, place)
}

// Members returns the members of a place over time, for who is inside; the
// newest first.
func (s *Service) Members(ctx context.Context, place string) ([]*Member, error) {
	p, err := s.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) {
		return nil, ErrNotFound
	}
	return s.members(ctx, `place = $1 order by since desc, number desc`, place)
}

// MineOf returns the memberships of the caller's own enterprises, the newest
// first.
func (s *Service) MineOf(ctx context.Context) ([]*Member, error) {
	var out []*Member
	who := access.Of(ctx)
	if who.Scope(access.FigureRead) != access.Own {
		return nil, nil
	}
	for _, code := range who.Codes {
		list, err := s.members(ctx, `enterprise = $1 order by number desc`, code)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Member returns a membership that the caller may see: inside the place, or the
// enterprise's own.
func (s *Service) Member(ctx context.Context, number int64) (*Member, error) {
	m, err := memberIn(ctx, reader{s.DB.Read()}, number)
	if err != nil {
		return nil, wrap(err)
	}
	p, err := s.place(ctx, m.Place)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) && !(access.Of(ctx).Scope(access.FigureRead) == access.Own && owns(ctx, access.FigureRead, m.Enterprise)) {
		return nil, ErrNotFound
	}
	return m, nil
}

// Factory is a source factory as published (源头工厂).
type Factory struct {
	Enterprise string // customs code
	Name       string // as filed
	Belt       string // id
	BeltTitle  string
	Note       string // what it makes
	Since      clock.Day
}

// Factories are the source factories that said they want to be in the published
// list, by belt and name; text is searched in name, code and what they make.
func (s *Service) Factories(ctx context.Context, belt, text string) ([]Factory, error) {
	today := s.Today()
	list, err := s.members(ctx, `role = 'supplier' and state = 'active' and published = $1 and since <= $2 and (until = 0 or until >= $2) order by place, enterprise`, true, int64(today))
	if err != nil {
		return nil, err
	}
	text = strings.ToLower(strings.TrimSpace(text))
	titles := map[string]*Place{}
	var out []Factory
	for _, m := range list {
		p := titles[m.Place]
		if p == nil {
			if p, err = s.place(ctx, m.Place); err != nil {
				return nil, err
			}
			titles[m.Place] = p
		}
		if p.State == Closed || belt != "" && p.ID != belt {
			continue
		}
		f := Factory{Enterprise: m.Enterprise, Name: s.name(ctx, m.Enterprise), Belt: p.ID, BeltTitle: p.Title.ZH, Note: m.Note, Since: m.Since}
		if strings.Contains(strings.ToLower(f.Name+" "+f.Enterprise+" "+f.Note+" "+p.Title.ZH+" "+p.Title.EN), text) {
			out = append(out, f)
		}
	}
	return out, nil
}

// name is the filed name of an enterprise, its code without one.
func (s *Service) name(ctx context.Context, code string) string {
	if f, err := s.Filings.ByCode(ctx, code); err == nil && f.Name != "" {
		return f.Name
	}
	return code
}

// PlaceOf is the place of a membership that the caller may see (Member, MineOf).
func (s *Service) PlaceOf(ctx context.Context, m *Member) (*Place, error) {
	if _, err := s.Member(ctx, m.Number); err != nil {
		return nil, err
	}
	return s.place(ctx, m.Place)
}
