package talent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Fit is a person for a vacancy, or a vacancy for a person, with its score of 100.
type Fit struct {
	Profile *Profile             `json:"profile,omitempty" doc:"Masked."`
	Vacancy *Vacancy             `json:"vacancy,omitempty"`
	Points  int64                `json:"points"`
	Reasons []cultivation.Reason `json:"reasons"`
}

// fit holds a person against a vacancy. Without one of the skills they do not fit.
func fit(v *Vacancy, p *Profile, weights map[string]int64) (int64, []cultivation.Reason) {
	var total int64
	var reasons []cultivation.Reason
	add := func(criterion string, share int64, zh, en string) {
		r := cultivation.Reason{Criterion: criterion, Weight: weights[criterion], Points: weights[criterion] * share / 100, Words: cultivation.Said{ZH: zh, EN: en}}
		total += r.Points
		reasons = append(reasons, r)
	}
	have, missing := split(v.Skills, p.Skills)
	if len(have) == 0 {
		return 0, nil
	}
	zh, en := "具备技能："+strings.Join(have, "、"), "has the skills: "+strings.Join(have, ", ")
	if len(missing) > 0 {
		zh, en = zh+"；缺少："+strings.Join(missing, "、"), en+"; lacks: "+strings.Join(missing, ", ")
	}
	add("skills", int64(len(have))*100/int64(len(v.Skills)), zh, en)
	if len(v.Languages) == 0 {
		add("languages", 100, "未要求语种", "no language is asked for")
	} else {
		have, missing = split(v.Languages, p.Languages)
		add("languages", int64(len(have))*100/int64(len(v.Languages)), fmt.Sprintf("所需语种 %d 种，具备 %d 种", len(v.Languages), len(have)), fmt.Sprintf("%d of %d languages", len(have), len(have)+len(missing)))
	}
	switch {
	case v.Place == "" || len(p.Places) == 0:
		add("place", 50, "一方未限定地点", "one side names no place")
	case slices.Contains(p.Places, v.Place):
		add("place", 100, "地点符合", "the place fits")
	default:
		add("place", 0, "期望地点不同", "another place is wanted")
	}
	return total, reasons
}

// split parts what is wanted into what is there and what is not.
func split(want, have []string) (there, missing []string) {
	for _, w := range want {
		if slices.Contains(have, w) {
			there = append(there, w)
		} else {
			missing = append(missing, w)
		}
	}
	return there, missing
}

// People are those who fit a vacancy of the caller, masked, the best first. Errors:
// cultivation.ErrNotFound.
func (s *Service) People(ctx context.Context, id int64) ([]Fit, error) {
	v, err := s.Vacancy(ctx, id)
	if err != nil {
		return nil, err
	}
	if !owns(ctx, v.Party) {
		return nil, cultivation.ErrNotFound
	}
	list, err := cultivation.All(ctx, s.Reader(), scanProfile, `select `+profileColumns+` from talent_profiles where shown order by number`)
	var out []Fit
	weights := cultivation.Weights(s.Rules(), "talent", s.Today())
	for i := range list {
		points, reasons := fit(v, &list[i], weights)
		if points == 0 {
			continue
		}
		if err := s.open(&list[i], false); err != nil {
			return nil, err
		}
		out = append(out, Fit{Profile: &list[i], Points: points, Reasons: reasons})
	}
	slices.SortStableFunc(out, func(a, b Fit) int { return int(b.Points - a.Points) })
	return out[:min(len(out), 50)], err
}

// Fitting are the open vacancies that fit the caller's own profile, the best first.
// Errors: cultivation.ErrNotFound without a profile.
func (s *Service) Fitting(ctx context.Context) ([]Fit, error) {
	p, err := s.Own(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Vacancies(ctx, false)
	var out []Fit
	weights := cultivation.Weights(s.Rules(), "talent", s.Today())
	for i := range list {
		if points, reasons := fit(&list[i], p, weights); points > 0 {
			out = append(out, Fit{Vacancy: &list[i], Points: points, Reasons: reasons})
		}
	}
	slices.SortStableFunc(out, func(a, b Fit) int { return int(b.Points - a.Points) })
	return out[:min(len(out), 50)], err
}

// State is how an application stands. Its name is stored.
type State string

// The states of applications.
const (
	Asked    State = "asked"    // the employer asks; the person is masked still
	Agreed   State = "agreed"   // the person applied or agreed
	Declined State = "declined" // by either
	Hired    State = "hired"
)

// Words are the state's names.
func (s State) Words() pack.Text {
	return map[State]pack.Text{Asked: {ZH: "待本人同意", EN: "waits for the person"}, Agreed: {ZH: "已投递", EN: "applied"}, Declined: {ZH: "已谢绝", EN: "declined"}, Hired: {ZH: "已录用", EN: "hired"}}[s]
}

// Application is a person and a vacancy brought together (应聘).
type Application struct {
	ID      int64    `json:"id"`
	State   State    `json:"state"`
	At      int64    `json:"at" doc:"µs UTC"`
	Vacancy *Vacancy `json:"vacancy"`
	Profile *Profile `json:"profile" doc:"Masked for the employer until the person agrees."`
	Mine    bool     `json:"mine" doc:"The caller is the person."`

	vacancy, profile int64
}

const applicationColumns = `id, vacancy, profile, state, at`

func scanApplication(r cultivation.Row, v *Application) error {
	return r.Scan(&v.ID, &v.vacancy, &v.profile, (*string)(&v.State), &v.At)
}

// fill reads vacancy and profile, whole where the reader may see it so. It is
// ErrNotFound for who is neither the person nor the employer nor an office.
func (s *Service) fill(ctx context.Context, q cultivation.Querier, a *Application) (err error) {
	if a.Vacancy, err = vacancy(ctx, q, a.vacancy); err != nil {
		return err
	}
	if a.Profile, err = cultivation.One(ctx, q, scanProfile, `select `+profileColumns+` from talent_profiles where number = $1`, a.profile); err != nil {
		return err
	}
	a.Mine = a.Profile.account == access.Of(ctx).ID
	sees, office := cultivation.Reach(ctx, access.TalentUse, a.Vacancy.Party)
	if !a.Mine && !sees {
		return cultivation.ErrNotFound
	}
	return s.open(a.Profile, a.Mine || !office && (a.State == Agreed || a.State == Hired))
}

// Applications are those of the caller as a person, and those to its vacancies.
func (s *Service) Applications(ctx context.Context) ([]Application, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	where, args := "1 = 1", []any{access.Of(ctx).ID}
	if access.Of(ctx).Scope(access.TalentUse) == access.Own {
		var more []any
		where, more = cultivation.In("v.party", cultivation.Parties(ctx), 2)
		args = append(args, more...)
	}
	list, err := cultivation.All(ctx, s.Reader(), scanApplication, `select a.id, a.vacancy, a.profile, a.state, a.at from talent_applications a join talent_vacancies v on v.id = a.vacancy
		join talent_profiles p on p.number = a.profile where p.account = $1 or `+where+` order by a.id desc limit 500`, args...)
	for i := range list {
		if err == nil {
			err = s.fill(ctx, s.Reader(), &list[i])
		}
	}
	return list, err
}

// Apply applies for a vacancy with the caller's own profile, which the employer then
// sees whole. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Apply(ctx context.Context, id int64) (*Application, error) {
	p, err := s.Own(ctx)
	if err != nil {
		return nil, err
	}
	return s.bring(ctx, id, p.Number, Agreed)
}

// Ask asks a person, known by the number of a profile, whether they want a vacancy of
// the caller. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Ask(ctx context.Context, id, profile int64) (*Application, error) {
	v, err := s.Vacancy(ctx, id)
	if err != nil {
		return nil, err
	}
	if !owns(ctx, v.Party) {
		return nil, cultivation.ErrNotFound
	}
	return s.bring(ctx, id, profile, Asked)
}

func (s *Service) bring(ctx context.Context, id, profile int64, as State) (*Application, error) {
	a := &Application{vacancy: id, profile: profile, State: as}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := vacancy(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err := cultivation.One(ctx, tx, scanProfile, `select `+profileColumns+` from talent_profiles where number = $1`, profile)
		switch {
		case err != nil:
			return err
		case as == Asked && !p.Shown:
			return cultivation.ErrNotFound
		case v.State != "open" || v.Until < s.Today():
			return cultivation.ErrState
		}
		if a.ID, err = s.Number(ctx, tx, "application"); err != nil {
			return err
		}
		a.At = s.Now()
		if _, err := tx.Exec(ctx, `insert into talent_applications (`+applicationColumns+`) values ($1, $2, $3, $4, $5)`, a.ID, id, profile, string(as), a.At); err != nil {
			return err
		}
		if err := s.fill(ctx, tx, a); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a, as); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "application", ID: a.ID, Act: string(as), Note: v.Title})
	})
	if store.KindOf(err) == store.ErrDuplicate {
		return nil, cultivation.ErrState
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// tell puts what the caller did about an application to the bell of the other side:
// the person by account, the employer by its code. Nobody is named.
func (s *Service) tell(ctx context.Context, tx *store.Tx, a *Application, to State) error {
	words := map[State]pack.Text{Asked: {ZH: "企业邀请您应聘：", EN: "An enterprise asks you to apply: "}, Agreed: {ZH: "有人应聘：", EN: "Somebody applies: "},
		Declined: {ZH: "对方已谢绝：", EN: "The other side declined: "}, Hired: {ZH: "企业已录用：", EN: "You are hired: "}}[to]
	party := a.Vacancy.Party
	if !a.Mine {
		party = "person:" + a.Profile.account
	}
	return s.Tell(ctx, tx, party, cultivation.News{Link: "/talent", Act: fmt.Sprintf("%s %d", to, a.ID), Words: pack.Text{ZH: words.ZH + a.Vacancy.Title, EN: words.EN + a.Vacancy.Title}})
}

// Answer moves an application: the person agrees or declines, the employer declines
// or hires. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Answer(ctx context.Context, id int64, to State) (*Application, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	var out *Application
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := cultivation.One(ctx, tx, scanApplication, `select `+applicationColumns+` from talent_applications where id = $1`, id)
		if err != nil {
			return err
		}
		if err := s.fill(ctx, tx, a); err != nil {
			return err
		}
		employer := owns(ctx, a.Vacancy.Party)
		fits := a.Mine && a.State == Asked && (to == Agreed || to == Declined) || a.Mine && a.State == Agreed && to == Declined || employer && a.State == Agreed && (to == Hired || to == Declined)
		if !fits {
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update talent_applications set state = $1 where id = $2`, string(to), id); err != nil {
			return err
		}
		a.State, out = to, a
		if err := s.fill(ctx, tx, a); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a, to); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "application", ID: id, Act: string(to), Note: a.Vacancy.Title})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
