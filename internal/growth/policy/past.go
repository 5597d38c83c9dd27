package policy

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

// held is a claim of the past as the rules of frequency see it.
type held struct {
	number, pack, clause string
	subject              fact.Subject
	year                 int
	state                State
	granted              money.Fen
	first                int
}

// use is a fact that an award used up.
type use struct{ key, programme, claim string }

// past is what a beneficiary has had, or asks for.
type past struct {
	claims     []held
	uses       []use
	confirmed  map[string]*Confirmation
	enterprise string
	subject    fact.Subject
}

// within is what was granted of a clause in the window of its cumulative cap in
// which a year lies, and the window's first year.
func (p *past) within(c *Clause, year int) (money.Fen, int) {
	first := year
	for _, h := range p.claims {
		if h.of(c) && h.state.stands() && h.first != 0 && h.first <= year && year < h.first+c.Cumulative.Years {
			first = min(first, h.first)
		}
	}
	var sum money.Fen
	for _, h := range p.claims {
		if h.of(c) && h.state.stands() && h.first == first {
			sum += h.granted
		}
	}
	return sum, first
}

// granted is what was granted of a clause for a year.
func (p *past) granted(c *Clause, year int) (sum money.Fen) {
	for _, h := range p.claims {
		if h.of(c) && h.year == year && h.subject == p.subject && h.state.stands() {
			sum += h.granted
		}
	}
	return sum
}

func (h *held) of(c *Clause) bool { return h.pack == c.Pack && h.clause == c.ID }

// asked is the claim that stands in the way of another for the same clause.
func (p *past) asked(c *Clause, year int) *held {
	for i := range p.claims {
		h := &p.claims[i]
		if h.of(c) && h.subject == p.subject && (h.state == Asked || h.state.stands()) && (c.OnceOnly() || h.year == year) {
			return h
		}
	}
	return nil
}

// other is an award under a clause that excludes c.
func (p *past) other(c *Clause) *held {
	for i := range p.claims {
		h := &p.claims[i]
		if h.pack == c.Pack && slices.Contains(c.Exclusive, h.clause) && h.subject == p.subject && h.state.stands() {
			return h
		}
	}
	return nil
}

// used is a fact of a year that another programme used up.
func (p *past) used(c *Clause, year int) (use, bool) {
	for _, f := range c.Uses {
		for _, u := range p.uses {
			if strings.HasPrefix(u.key, factKey(p.subject, f, year)) && u.programme != programme(c) {
				return u, true
			}
		}
	}
	return use{}, false
}

// programme is the programme of a clause, within its pack.
func programme(c *Clause) string { return c.Pack + "/" + c.Programme }

// factKey is how the names of the uses of a fact of a year begin.
func factKey(who fact.Subject, name string, year int) string {
	return "fact/" + string(who.Kind) + "/" + who.ID + "/" + name + "/" + itoa(year) + "/"
}

// onceKey names what an award may happen once: ever, or in a year.
func onceKey(c *Clause, who fact.Subject, year int) string {
	key := "once/" + c.Pack + "/" + c.ID + "/" + string(who.Kind) + "/" + who.ID
	if !c.OnceOnly() {
		key += "/" + itoa(year)
	}
	return key
}

// querier reads, inside of a transaction or outside.
type querier interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

type outside struct{ db *store.DB }

func (o outside) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return o.db.Read().QueryContext(ctx, text, args...)
}

type inside struct{ tx *store.Tx }

func (i inside) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return i.tx.Query(ctx, text, args...)
}

// past reads what a beneficiary has had.
func (s *Service) past(ctx context.Context, h *Holder) (*past, error) {
	return readPast(ctx, outside{s.db}, h)
}

func readPast(ctx context.Context, q querier, h *Holder) (*past, error) {
	p := &past{confirmed: map[string]*Confirmation{}, enterprise: h.Enterprise, subject: h.Subject}
	err := rows(ctx, q, func(r *sql.Rows) error {
		var v held
		var state, year, granted, first int64
		var kind string
		if err := r.Scan(&v.number, &v.pack, &v.clause, &kind, &v.subject.ID, &year, &state, &granted, &first); err != nil {
			return err
		}
		v.subject.Kind, v.year, v.state, v.granted, v.first = fact.Kind(kind), int(year), State(state), money.Fen(granted), int(first)
		p.claims = append(p.claims, v)
		return nil
	}, `select number, pack, clause, kind, subject, year, state, granted, first_year from policy_claims
		where (kind = $1 and subject = $2) or (enterprise <> '' and enterprise = $3) order by number`, string(h.Subject.Kind), h.Subject.ID, h.Enterprise)
	if err != nil {
		return nil, err
	}
	err = rows(ctx, q, func(r *sql.Rows) error {
		var u use
		if err := r.Scan(&u.key, &u.programme, &u.claim); err != nil {
			return err
		}
		p.uses = append(p.uses, u)
		return nil
	}, `select u.use_key, u.programme, u.claim from policy_uses u join policy_claims c on c.number = u.claim where c.kind = $1 and c.subject = $2 and u.programme <> '' order by u.use_key`,
		string(h.Subject.Kind), h.Subject.ID)
	if err != nil {
		return nil, err
	}
	return p, readConfirmations(ctx, q, p.confirmed)
}

func readConfirmations(ctx context.Context, q querier, into map[string]*Confirmation) error {
	return rows(ctx, q, func(r *sql.Rows) error {
		var k Confirmation
		var until, at int64
		if err := r.Scan(&k.Pack, &k.Clause, &until, &k.Document, &at, &k.Actor); err != nil {
			return err
		}
		k.Until, k.At = clock.Day(until), clock.FromMicros(at)
		into[k.Pack+"/"+k.Clause] = &k
		return nil
	}, `select pack, clause, until, document, at, actor from policy_confirmations`)
}

// rows reads all rows of a query.
func rows(ctx context.Context, q querier, each func(*sql.Rows) error, text string, args ...any) error {
	r, err := q.query(ctx, text, args...)
	if err != nil {
		return store.Wrap("incentives", err)
	}
	defer r.Close()
	for r.Next() {
		if err := each(r); err != nil {
			return store.Wrap("incentives", err)
		}
	}
	return store.Wrap("incentives", r.Err())
}

// timely puts a reason to an entry whose clause is not in force on the day.
func (w *weigher) timely(e *Entry) {
	c := e.Clause
	switch e.Force {
	case Ended:
		e.stop(NotNow, Reason{Code: "ended", ZH: "条款已于 " + c.To.String() + " 失效", EN: "the clause ended on " + c.To.String()})
	case Coming:
		e.stop(NotNow, Reason{Code: "coming", ZH: "条款自 " + c.From.String() + " 起生效", EN: "the clause begins on " + c.From.String()})
	}
}

func (e *Entry) stop(to Standing, r Reason) {
	e.Reasons = append(e.Reasons, r)
	e.Standing = to
}

// block puts reasons to an entry that have nothing to do with its figures.
func (w *weigher) block(e *Entry) {
	c := e.Clause
	w.timely(e)
	if !c.Window.openTo(w.day) && e.Standing == Claimable {
		e.stop(Nearly, Reason{Code: "window", ZH: "申报期为每年 " + c.Window.From + " 至 " + c.Window.To, EN: "it can be claimed from " + c.Window.From + " to " + c.Window.To + " of a year", FixZH: "在申报期内申报", FixEN: "apply then"})
	}
	if h := w.past.other(c); h != nil {
		e.Number = h.number
		e.stop(NotNow, Reason{Code: "exclusive", ZH: "已按互斥条款获得支持（" + h.number + "）", EN: "an award under a clause that excludes this one was given (" + h.number + ")"})
	}
	if u, ok := w.past.used(c, e.Year); ok && !w.settings.OneFactTwoProgrammes {
		e.stop(NotNow, Reason{Code: "fact-used", ZH: "同一指标已用于另一项目（" + u.claim + "）", EN: "the same figure served another programme (" + u.claim + ")"})
	}
	if h := w.past.asked(c, e.Year); h != nil {
		e.Number = h.number
		if h.state == Asked {
			e.stop(Running, Reason{Code: "running", ZH: "申请 " + h.number + " 办理中", EN: "application " + h.number + " is under way"})
		} else {
			e.stop(Claimed, Reason{Code: "had", ZH: "已获支持（" + h.number + "）", EN: "it was given already (" + h.number + ")"})
		}
	}
	if c.Cumulative != nil && e.Standing == Claimable && e.Most.Amount != nil && *e.Most.Amount == 0 {
		e.stop(NotNow, Reason{Code: "cumulative", ZH: "累计上限已用完", EN: "the cumulative cap is used up"})
	}
}
