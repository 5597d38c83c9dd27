package policy

import (
	"context"
	"database/sql"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// ObjectionState is what became of an objection. Its number is stored.
type ObjectionState int64

// The states of an objection.
const (
	ObjectionOpen ObjectionState = 1 // 待处理
	Upheld        ObjectionState = 2 // 成立
	Dismissed     ObjectionState = 3 // 不成立
)

// Objection is what somebody has against an award that is published (公示异议).
type Objection struct {
	ID       string
	Claim    string
	Account  string // "" a visitor
	State    ObjectionState
	At       time.Time
	Answered time.Time
	Answerer string
	Text     string
	Contact  string // how to reach the person; "" the account
	Answer   string
}

type objectionWords struct {
	Text    string `json:"text"`
	Contact string `json:"contact"`
}

// Publish publishes a claim that passed the panel: applicant, clause and amount
// stand at /policy/publications for the days of the pack's setting, counted from
// tomorrow.
func (s *Service) Publish(ctx context.Context, number string) error {
	if err := s.may(ctx, access.ClaimWork, "claim.publish", "matter:"+number); err != nil {
		return err
	}
	if err := s.step(ctx, number, "publication"); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := s.claimIn(ctx, inside{tx}, number)
		switch {
		case err != nil:
			return err
		case c.PublicFrom != 0:
			return &Refusal{"published", "已公示", "it is published already", "", ""}
		case c.Proposed == nil && c.Frozen.Clause.Kind != Priority:
			return &Refusal{"amount", "尚未提出拟支持金额", "no amount is proposed yet", "先填写拟支持金额", "propose an amount first"}
		}
		from := s.Today().AddDays(1)
		to := from.AddDays(s.Settings().PublicationDays - 1)
		if err := s.update(ctx, tx, number, `public_from = $3, public_to = $4`, int64(from), int64(to)); err != nil {
			return err
		}
		if err := s.matters.AddNote(ctx, tx, number, "公示期 "+from.String()+" 至 "+to.String(), "published from "+from.String()+" to "+to.String()); err != nil {
			return err
		}
		return s.write(ctx, tx, "claim.publish", "matter:"+number, "to="+to.String())
	})
}

// Unpublish ends a publication, such as after an objection that was upheld; the
// amount may then be changed and the claim published anew.
func (s *Service) Unpublish(ctx context.Context, number, reason string) error {
	if err := s.may(ctx, access.ClaimWork, "claim.unpublish", "matter:"+number); err != nil {
		return err
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	if err := s.step(ctx, number, "publication"); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.update(ctx, tx, number, `public_from = 0, public_to = 0`); err != nil {
			return err
		}
		if err := s.matters.AddNote(ctx, tx, number, "撤回公示："+reason, "publication ended: "+reason); err != nil {
			return err
		}
		return s.write(ctx, tx, "claim.unpublish", "matter:"+number)
	})
}

// Publication is a claim as the public sees it (公示): no account, no contact.
type Publication struct {
	Claim
	Objections int // open ones
}

// Publications are claims that were published and not ended without an award, the
// newest first, for anybody. With current only those whose days are not over.
func (s *Service) Publications(ctx context.Context, current bool, before string, limit int) ([]Publication, error) {
	last := clock.Day(0)
	if current {
		last = s.Today()
	}
	list, err := s.claims(ctx, outside{s.db}, `where public_from <> 0 and state <> $1 and public_to >= $2 and ($3 = '' or number < $3) order by number desc limit $4`,
		int64(Over), int64(last), before, int64(limit))
	if err != nil {
		return nil, err
	}
	out := make([]Publication, len(list))
	for i, c := range list {
		out[i].Claim = c
	}
	return out, nil
}

// Object enters an objection against a published claim, by anybody while its days
// run. A visitor says how to be reached.
func (s *Service) Object(ctx context.Context, number, text, contact string) (*Objection, error) {
	text, err := words(text)
	if err != nil {
		return nil, err
	}
	account := ""
	if p := access.Of(ctx); p != nil {
		account = p.ID
	}
	if contact = strings.TrimSpace(contact); contact != "" || account == "" {
		if contact, err = words(contact); err != nil {
			return nil, &Refusal{"contact", "请留下联系方式", "say how we can reach you", "填写电话或邮箱", "give a telephone number or mail address"}
		}
	}
	o := &Objection{Claim: number, Account: account, State: ObjectionOpen, At: s.c.Clock.Now(), Text: text, Contact: contact}
	if o.ID, err = s.id("ob_"); err != nil {
		return nil, err
	}
	return o, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := s.claimIn(ctx, inside{tx}, number)
		if err != nil {
			return err
		}
		if today := s.Today(); c.PublicFrom == 0 || c.State != Asked || today > c.PublicTo {
			return &Refusal{"publication", "该申领不在公示期", "the claim is not published now", "公示期满后可向主管部门反映", "after that, turn to the department"}
		}
		if err := roomFor(ctx, tx, number, account); err != nil {
			return err
		}
		sealed, err := s.seal(objectionWords{text, contact}, "objection", o.ID)
		if err != nil {
			return err
		}
		none, err := s.seal("", "answer", o.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into policy_objections (id, claim, account, state, at, answered, answerer, words, answer) values ($1, $2, $3, $4, $5, 0, '', $6, $7)`,
			o.ID, number, account, int64(ObjectionOpen), clock.Micros(o.At), sealed, none); err != nil {
			return err
		}
		return s.write(ctx, tx, "claim.object", "matter:"+number, "objection="+o.ID)
	})
}

// Bounds of the objections that wait for an answer at once: of one account, and of
// all against a claim, so that nobody buries a publication under them.
const (
	mostOfOne      = 3
	mostObjections = 300
)

func roomFor(ctx context.Context, tx *store.Tx, number, account string) error {
	var own, all int64
	if err := tx.QueryRow(ctx, `select count(case when account = $3 and account <> '' then 1 end), count(*) from policy_objections where claim = $1 and state = $2`, number, int64(ObjectionOpen), account).Scan(&own, &all); err != nil {
		return err
	}
	if own >= mostOfOne || all >= mostObjections {
		return &Refusal{"many", "待处理的异议过多", "too many objections wait for an answer", "等待答复，或直接向主管部门反映", "wait for the answers, or turn to the department"}
	}
	return nil
}

// Objections are those against a claim, for those who work claims.
func (s *Service) Objections(ctx context.Context, number string) ([]Objection, error) {
	if access.Of(ctx).Scope(access.ClaimWork) != access.Zone {
		return nil, ErrDenied
	}
	return s.objections(ctx, outside{s.db}, number)
}

func (s *Service) objections(ctx context.Context, q querier, number string) (out []Objection, err error) {
	err = rows(ctx, q, func(r *sql.Rows) error {
		var o Objection
		var state, at, answered int64
		var said, answer []byte
		if err := r.Scan(&o.ID, &o.Claim, &o.Account, &state, &at, &answered, &o.Answerer, &said, &answer); err != nil {
			return err
		}
		o.State, o.At = ObjectionState(state), clock.FromMicros(at)
		if answered != 0 {
			o.Answered = clock.FromMicros(answered)
		}
		var w objectionWords
		if err := s.unseal(said, &w, "objection", o.ID); err != nil {
			return err
		}
		o.Text, o.Contact = w.Text, w.Contact
		if err := s.unseal(answer, &o.Answer, "answer", o.ID); err != nil {
			return err
		}
		out = append(out, o)
		return nil
	}, `select id, claim, account, state, at, answered, answerer, words, answer from policy_objections where claim = $1 order by at, id`, number)
	return out, err
}

// Resolve answers an objection, upheld or not.
func (s *Service) Resolve(ctx context.Context, id string, upheld bool, answer string) error {
	if err := s.may(ctx, access.ClaimWork, "claim.resolve", "objection:"+id); err != nil {
		return err
	}
	answer, err := words(answer)
	if err != nil {
		return err
	}
	state := Dismissed
	if upheld {
		state = Upheld
	}
	who, _ := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		sealed, err := s.seal(answer, "answer", id)
		if err != nil {
			return err
		}
		res, err := tx.Exec(ctx, `update policy_objections set state = $1, answered = $2, answerer = $3, answer = $4 where id = $5 and state = $6`, int64(state), s.now(), who, sealed, id, int64(ObjectionOpen))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return &Refusal{"resolved", "没有这条异议，或已处理", "there is no such objection, or it is resolved", "刷新页面", "look again"}
		}
		return s.write(ctx, tx, "claim.resolve", "objection:"+id, "upheld="+yesNo(upheld))
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// publicationDone is the guard of the publication's step: its days are over, and
// no objection is open or stands.
func (s *Service) publicationDone(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	c, err := s.claimIn(ctx, inside{tx}, m.Number)
	switch {
	case err != nil:
		return err
	case c.PublicFrom == 0:
		return problem("publication", "", "尚未公示", "it is not published yet", "在申领页点击“公示”", "publish it on the claim's page")
	case s.Today() <= c.PublicTo:
		return problem("publication", "", "公示期至 "+c.PublicTo.String(), "it is published until "+c.PublicTo.String(), "公示期满后再办理", "go on after that")
	}
	list, err := s.objections(ctx, inside{tx}, m.Number)
	if err != nil {
		return err
	}
	for _, o := range list {
		switch {
		case o.State == ObjectionOpen:
			return problem("objection", "", "有未处理的异议", "an objection is open", "先处理异议", "resolve it first")
		case o.State == Upheld && !o.At.Before(c.PublicFrom.AddDays(-1).Time()):
			return problem("objection-upheld", "", "有成立的异议", "an objection was upheld", "不予通过，或撤回公示、改正后重新公示", "refuse the claim, or end the publication, mend it and publish it anew")
		}
	}
	return nil
}

// id draws an id that nobody can guess.
func (s *Service) id(prefix string) (string, error) {
	b := make([]byte, 10)
	if _, err := io.ReadFull(s.c.Random, b); err != nil {
		return "", err
	}
	return prefix + hex.EncodeToString(b), nil
}

// Confirmation is an office's word that a clause is in force, where its pack is
// not sure (效力确认).
type Confirmation struct {
	Pack     string    `json:"pack"`
	Clause   string    `json:"clause"`
	Until    clock.Day `json:"until,omitempty"` // 0: open
	Document string    `json:"document"`        // that confirms it
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
}

// Confirm enters the document that confirms a clause's validity.
func (s *Service) Confirm(ctx context.Context, clause, document string, until clock.Day) error {
	if err := s.may(ctx, access.BudgetManage, "clause.confirm", "clause:"+clause); err != nil {
		return err
	}
	document, err := words(document)
	if err != nil {
		return err
	}
	book, err := s.Book()
	if err != nil {
		return err
	}
	c := book.Find(clause, s.Today())
	if c == nil {
		return ErrNotFound
	}
	who, _ := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into policy_confirmations (pack, clause, until, document, at, actor) values ($1, $2, $3, $4, $5, $6)
			on conflict (pack, clause) do update set until = excluded.until, document = excluded.document, at = excluded.at, actor = excluded.actor`, c.Pack, c.ID, int64(until), document, s.now(), who); err != nil {
			return err
		}
		return s.write(ctx, tx, "clause.confirm", "clause:"+c.Pack+"/"+c.ID, "document="+document)
	})
}

// Confirmations are what offices confirmed, by pack and clause.
func (s *Service) Confirmations(ctx context.Context) (map[string]*Confirmation, error) {
	out := map[string]*Confirmation{}
	return out, readConfirmations(ctx, outside{s.db}, out)
}
