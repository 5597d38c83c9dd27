package matter

import (
	"bytes"
	"context"
	_ "embed" // the appeal's form
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"text/template"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// appealSuffix makes the id of the matter that appeals against another.
const appealSuffix = "-appeal"

// relationAppeal and relationPart say what a matter is to its parent.
const (
	relationAppeal = "appeal"
	relationPart   = "part"
)

//go:embed appeal.yaml
var appealText string

var appealTemplate = template.Must(template.New("appeal").Funcs(template.FuncMap{"json": func(v any) (string, error) {
	text, err := json.Marshal(v) // what JSON writes is YAML
	return string(text), err
}}).Parse(appealText))

// appealWithin is the time limit of an appeal in working days where the
// definition says none.
const appealWithin = 20

// appealAgainst makes the matter by which decisions of another are appealed
// against: it has the same applicants and days, and the roles that the other
// names.
func appealAgainst(d *Definition) (*Definition, error) {
	within := d.Appeal.Within
	if within == 0 {
		within = appealWithin
	}
	var out bytes.Buffer
	err := appealTemplate.Execute(&out, map[string]any{"ID": d.ID + appealSuffix, "Version": d.Version, "From": d.From.String(), "To": dayOr(d.To), "Category": d.Category, "TitleZH": "申诉：" + d.Title.ZH,
		"TitleEN": "Appeal: " + d.Title.EN, "Law": d.Appeal.Law, "Applicants": d.Applicants, "Roles": d.Appeal.Roles, "Days": within, "Publish": string(d.Publish)})
	if err != nil {
		return nil, err
	}
	a, err := Parse(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("appeal: %w", err)
	}
	a.appealOf = d.ID
	return a, nil
}

func dayOr(d clock.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// Outcome is what a successful appeal does to the decision (申诉结果).
type Outcome string

// The outcomes.
const (
	Overturned Outcome = "overturn" // the refusal becomes an approval, with its effect and letter 撤销并同意
	Reopened   Outcome = "reopen"   // it is decided once more, by another person 重新办理
)

// AppealUntil is the last day on which a decision may be appealed against, 0 if
// it may not be at all.
func (s *Service) AppealUntil(m *Matter) clock.Day {
	d := s.DefinitionOf(m)
	if d == nil || d.Appeal == nil || m.Closed.IsZero() || m.State != Refused && (m.State != Approved || !d.Appeal.Result) {
		return 0
	}
	return clock.DayOf(m.Closed).AddDays(d.Appeal.Days)
}

// BeginAppeal starts an appeal against a decision as a draft: one for each
// decision, within its days.
func (s *Service) BeginAppeal(ctx context.Context, number, key string) (*Matter, error) {
	origin, d, err := s.own(ctx, number)
	if err != nil {
		return nil, err
	}
	until := s.AppealUntil(origin)
	switch {
	case until == 0:
		return nil, Problems{{Code: "state", ZH: "该办件没有可申诉的决定", EN: "there is no decision here that can be appealed against", FixZH: "查看事项说明中的申诉规定", FixEN: "see what the service says of appeals"}}
	case s.Today() > until:
		return nil, Problems{{Code: "late", ZH: "申诉期限已过：" + until.String(), EN: "the time for an appeal was over on " + until.String(), FixZH: "可依法申请行政复议或提起诉讼", FixEN: "ask for review or go to court as the law provides"}}
	}
	def := s.appealDefinition(d)
	if def == nil {
		return nil, ErrNotFound
	}
	m := &Matter{Parent: origin.Number, Relation: relationAppeal, Subject: origin.Subject, Org: origin.Org, Agent: origin.Agent, Client: origin.Client}
	return s.begin(ctx, def, m, key, nil, func(ctx context.Context, tx *store.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `select count(*) from matter_matters where parent = $1 and relation = $2 and state <> 'withdrawn' and created >= $3`, origin.Number, relationAppeal, micros(origin.Closed)).Scan(&n)
		if err != nil {
			return store.Wrap("read matters", err)
		}
		if n > 0 {
			return Problems{{Code: "twice", ZH: "已对该决定提出申诉", EN: "this decision has been appealed against", FixZH: "在原申诉中补充", FixEN: "go on with the appeal that there is"}}
		}
		return nil
	})
}

// appealDefinition is the kept or current appeal of a version.
func (s *Service) appealDefinition(d *Definition) *Definition {
	if a := s.kept.get(d.ID+appealSuffix, d.Version); a != nil {
		return a
	}
	a, err := appealAgainst(d)
	if err != nil { // it was made once when the catalogue was read
		return nil
	}
	return a
}

// another refuses whoever decided before: an appeal is decided by another
// person, and so is a matter that was opened again.
func (s *Service) another(ctx context.Context, tx *store.Tx, m *Matter, act Act) error {
	if !slices.Contains([]Act{Accept, Approve, Refuse, Return}, act) {
		return nil
	}
	numbers, acts := []string{m.Number}, []Act{Approve, Refuse}
	if m.Relation == relationAppeal {
		if access.Of(ctx).Key != "" {
			return Problems{{Code: "person", ZH: "申诉须由人员办理，不能用接口密钥", EN: "a person decides an appeal, not a key", FixZH: "登录后办理", FixEN: "sign in and decide it"}}
		}
		numbers, acts = []string{m.Parent}, []Act{Accept, Approve, Refuse}
	}
	var n int
	for _, number := range numbers {
		for _, a := range acts {
			var some int
			err := tx.QueryRow(ctx, `select count(*) from matter_history h join matter_matters m on m.serial = h.serial where m.number = $1 and h.act = $2 and h.actor = $3`, number, string(a), access.Of(ctx).ID).Scan(&some)
			if err != nil {
				return store.Wrap("read matters", err)
			}
			n += some
		}
	}
	if n > 0 {
		return Problems{{Code: "another", ZH: "须由未参与原决定的人员办理", EN: "whoever took part in the decision cannot decide on it again", FixZH: "指派给其他人员", FixEN: "assign it to somebody else"}}
	}
	return nil
}

// uphold does to the origin of an appeal what its approval says.
func (s *Service) uphold(ctx context.Context, tx *store.Tx, m *Matter, outcome Outcome, reason string) error {
	origin, err := s.load(ctx, tx, m.Parent)
	if err != nil {
		return err
	}
	d := s.DefinitionOf(origin)
	if !origin.State.Closed() || origin.State == Withdrawn {
		return Problems{{Code: "state", ZH: "原办件已重新办理", EN: "the matter is open again", FixZH: "查看原办件", FixEN: "look at the matter itself"}}
	}
	if _, err := tx.Exec(ctx, `update matter_letters set superseded = true where serial = $1`, int64(origin.Serial)); err != nil {
		return err
	}
	l := Line{Act: Overturn, Note: "申诉 " + m.Number + " / appeal " + m.Number}
	switch {
	case outcome == Overturned && origin.State == Refused:
		for at := d.Step(origin.Step); at != nil; at = d.next(at.ID) {
			origin.Step = at.ID
			if err := s.guard(ctx, tx, origin, d); err != nil {
				return err
			}
		}
		origin.Officer = ""
		err = s.close(ctx, tx, origin, d, Approved, closing{reason: reason})
	case outcome == Reopened:
		l.Act = Reopen
		origin.State, origin.Closed, origin.Officer = Open, time.Time{}, ""
		err = s.enter(ctx, tx, origin, d.Step(origin.Step))
	default:
		return Problems{{Code: "outcome", Field: "outcome", ZH: "未选择申诉结果", EN: "what becomes of the decision?", FixZH: "选择“撤销并同意”或“重新办理”；已同意的只能重新办理", FixEN: "choose overturn or reopen; an approval can only be reopened"}}
	}
	if err != nil {
		return err
	}
	origin.Revision++
	origin.Changed = s.now()
	if err := s.update(ctx, tx, origin); err != nil {
		return err
	}
	return s.record(ctx, tx, origin, l, "")
}

// Linked are the appeal, the parts or the origin of a matter, as far as the
// caller may see them, the oldest first.
func (s *Service) Linked(ctx context.Context, m *Matter) ([]Matter, error) {
	numbers, err := s.texts(ctx, `select number from matter_matters where parent = $1 or number = $2 order by serial`, m.Number, m.Parent)
	if err != nil {
		return nil, err
	}
	var out []Matter
	for _, number := range numbers {
		other, err := s.Get(ctx, number)
		if errors.Is(err, ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		out = append(out, *other)
	}
	return out, nil
}
