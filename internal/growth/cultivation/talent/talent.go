// Package talent brings people and work together (人才服务): vacancies matched with
// profiles by skills, languages and place; training to order of an enterprise with
// a school (订单式培养); employment records, and from them who has served
// cross-border enterprises for three years (000 III(四)13).
//
// Invariants: a profile is its person's alone; an employer sees it masked until
// the person agrees, and whole from then on; identity numbers are never kept, only
// their keyed hash; days of service are counted once however many records cover
// them, and only in records that an office confirmed. Seeds: 000 III(13)(14), 001
// (8), 002 (4), 003 III(八), 004 3(四)3.
package talent

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "talent", FS: files}}
}

// Vacancy is work that is offered (岗位). Vacancies are shown to all who use the room.
type Vacancy struct {
	ID         int64     `json:"id,omitempty" readOnly:"true"`
	Party      string    `json:"party,omitempty" maxLength:"18" doc:"Enterprise; the caller's own if left out."`
	Title      string    `json:"title" maxLength:"60"`
	Place      string    `json:"place,omitempty" maxLength:"6" doc:"Division code."`
	Skills     []string  `json:"skills" minItems:"1" maxItems:"20" doc:"Such as operation, live-streaming, customs."`
	Languages  []string  `json:"languages,omitempty" maxItems:"10" doc:"ISO 639 codes: en, es, ar, …"`
	People     int64     `json:"people" minimum:"1" maximum:"10000"`
	SalaryFrom money.Fen `json:"salary_from,omitempty" doc:"Yuan a month."`
	SalaryTo   money.Fen `json:"salary_to,omitempty"`
	Until      clock.Day `json:"until"`
	State      string    `json:"state,omitempty" readOnly:"true" doc:"open or closed."`
}

// Profile is what a person says of themselves (人才档案). Name, telephone, mail and
// about are personal.
type Profile struct {
	Number    int64    `json:"number,omitempty" readOnly:"true"`
	Name      string   `json:"name" maxLength:"40"`
	Phone     string   `json:"phone,omitempty" maxLength:"20"`
	Mail      string   `json:"mail,omitempty" maxLength:"100"`
	About     string   `json:"about,omitempty" maxLength:"1000"`
	Skills    []string `json:"skills" minItems:"1" maxItems:"20"`
	Languages []string `json:"languages,omitempty" maxItems:"10"`
	Places    []string `json:"places,omitempty" maxItems:"10" doc:"Division codes."`
	Degree    string   `json:"degree,omitempty" enum:",vocational,college,bachelor,master,doctor"`
	Shown     bool     `json:"shown" doc:"Offered to employers, masked."`

	account string
	sealed  []byte
}

// body is the personal part of a profile as it is sealed.
type body struct{ Name, Phone, Mail, About string }

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	filed func(ctx context.Context, code string) (bool, error)
}

// New makes the room on a store in which Migrations have run; filed tells whether
// an enterprise is filed.
func New(d *cultivation.Desk, filed func(ctx context.Context, code string) (bool, error)) *Service {
	return &Service{d, filed}
}

// allowed is an error unless the caller uses the room.
func allowed(ctx context.Context) error {
	if !access.Of(ctx).May(access.TalentUse) {
		return cultivation.ErrDenied
	}
	return nil
}

const vacancyColumns = `id, party, title, place, skills, languages, people, salary_from, salary_to, until, state`

func scanVacancy(r cultivation.Row, v *Vacancy) error {
	var skills, languages string
	if err := r.Scan(&v.ID, &v.Party, &v.Title, &v.Place, &skills, &languages, &v.People, (*int64)(&v.SalaryFrom), (*int64)(&v.SalaryTo), (*int32)(&v.Until), &v.State); err != nil {
		return err
	}
	v.Skills, v.Languages = strings.Fields(skills), strings.Fields(languages)
	return nil
}

// words puts words of a list into one form: lower case, sorted, each once.
func words(list []string) []string {
	var out []string
	for _, w := range list {
		if w = strings.ToLower(strings.Join(strings.Fields(w), "-")); w != "" && len(w) <= 60 {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Vacancies are the open ones; with mine, the caller's own, closed ones too.
func (s *Service) Vacancies(ctx context.Context, mine bool) ([]Vacancy, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	where, args := "state = 'open' and until >= $1", []any{int64(s.Today())}
	if mine {
		where, args = cultivation.In("party", cultivation.Parties(ctx), 1)
	}
	return cultivation.All(ctx, s.Reader(), scanVacancy, `select `+vacancyColumns+` from talent_vacancies where `+where+` order by id desc limit 500`, args...)
}

// Vacancy is one by its number. Errors: cultivation.ErrNotFound, ErrDenied.
func (s *Service) Vacancy(ctx context.Context, id int64) (*Vacancy, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	return vacancy(ctx, s.Reader(), id)
}

func vacancy(ctx context.Context, q cultivation.Querier, id int64) (*Vacancy, error) {
	return cultivation.One(ctx, q, scanVacancy, `select `+vacancyColumns+` from talent_vacancies where id = $1`, id)
}

// owns tells whether the caller speaks for a party of the room.
func owns(ctx context.Context, party string) bool {
	sees, _ := cultivation.Reach(ctx, access.TalentUse, party)
	return sees
}

// Offer offers work. Errors: cultivation.ErrDenied, ErrNotOwn, refusals of what is
// not in order.
func (s *Service) Offer(ctx context.Context, v Vacancy) (*Vacancy, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	party, err := enterprise(ctx, v.Party)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&v.Title, "title", pack.Text{ZH: "岗位名称", EN: "the title"}, 2, 60); err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&v.Place, "place", pack.Text{ZH: "工作地点", EN: "the place"}, 0, 6); err != nil {
		return nil, err
	}
	v.Skills, v.Languages, v.Party, v.State = words(v.Skills), words(v.Languages), party, "open"
	if at := cultivation.Wrong("skills people from to until", len(v.Skills) == 0 || len(v.Skills) > 20, v.People < 1, v.SalaryFrom < 0, v.SalaryTo != 0 && v.SalaryTo < v.SalaryFrom, !v.Until.Valid() || v.Until < s.Today()); at != "" {
		return nil, cultivation.Invalid("vacancy", "技能、人数、薪酬或截止日有误", "skills, people, salary or last day are not in order", "至少一项技能、一人，薪酬上限不低于下限，截止日不早于今日", "at least one skill and person, a highest salary not below the lowest, a last day not in the past").At(at)
	}
	return &v, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if v.ID, err = s.Number(ctx, tx, "vacancy"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into talent_vacancies (`+vacancyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			v.ID, v.Party, v.Title, v.Place, strings.Join(v.Skills, " "), strings.Join(v.Languages, " "), v.People, int64(v.SalaryFrom), int64(v.SalaryTo), int64(v.Until), v.State); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "vacancy", ID: v.ID, Act: "opened", Note: v.Title})
	})
}

// enterprise is the enterprise for which the caller acts; people are none.
func enterprise(ctx context.Context, asked string) (string, error) {
	party, err := cultivation.Party(ctx, asked)
	if err == nil && strings.Contains(party, ":") {
		err = cultivation.Invalid("enterprise", "须由企业办理", "an enterprise does this", "使用企业账号，或填写受托企业代码", "use an account of an enterprise, or name a client's code")
	}
	return party, err
}

// Close takes a vacancy down. Errors: cultivation.ErrNotFound, ErrState.
func (s *Service) Close(ctx context.Context, id int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := vacancy(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case !owns(ctx, v.Party):
			return cultivation.ErrNotFound
		case v.State != "open":
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update talent_vacancies set state = 'closed' where id = $1`, id); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "vacancy", ID: id, Act: "closed", Note: v.Title})
	})
}

const profileColumns = `number, account, skills, languages, places, degree, shown, body`

func scanProfile(r cultivation.Row, v *Profile) error {
	var skills, languages, places string
	if err := r.Scan(&v.Number, &v.account, &skills, &languages, &places, &v.Degree, &v.Shown, &v.sealed); err != nil {
		return err
	}
	v.Skills, v.Languages, v.Places = strings.Fields(skills), strings.Fields(languages), strings.Fields(places)
	return nil
}

// open reads the personal part: whole, or masked.
func (s *Service) open(p *Profile, whole bool) error {
	plain, err := s.Keys.Open(nil, p.sealed, cultivation.Bound("profile", p.Number))
	if err != nil {
		return fmt.Errorf("profile %d: %w", p.Number, err)
	}
	var b body
	if err := json.Unmarshal(plain, &b); err != nil {
		return err
	}
	p.Name, p.Phone, p.Mail, p.About = b.Name, b.Phone, b.Mail, b.About
	if !whole {
		p.Name, p.Phone, p.Mail, p.About = keys.MaskName(b.Name), "", "", ""
	}
	return nil
}

// Own is the caller's own profile. Errors: cultivation.ErrNotFound.
func (s *Service) Own(ctx context.Context) (*Profile, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	p, err := cultivation.One(ctx, s.Reader(), scanProfile, `select `+profileColumns+` from talent_profiles where account = $1`, access.Of(ctx).ID)
	if err != nil {
		return nil, err
	}
	return p, s.open(p, true)
}

// SaveOwn writes the caller's own profile. Errors: cultivation.ErrDenied, refusals of
// what is not in order.
func (s *Service) SaveOwn(ctx context.Context, p Profile) (*Profile, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	for _, v := range []struct {
		text        *string
		field       string
		words       pack.Text
		least, most int
	}{{&p.Name, "name", pack.Text{ZH: "姓名", EN: "the name"}, 2, 40}, {&p.Phone, "phone", pack.Text{ZH: "电话", EN: "the telephone"}, 0, 20}, {&p.Mail, "mail", pack.Text{ZH: "邮箱", EN: "the mail"}, 0, 100}, {&p.About, "about", pack.Text{ZH: "简介", EN: "the text"}, 0, 1000}} {
		if err := cultivation.Clean(v.text, v.field, v.words, v.least, v.most); err != nil {
			return nil, err
		}
	}
	p.Skills, p.Languages, p.Places, p.account = words(p.Skills), words(p.Languages), words(p.Places), access.Of(ctx).ID
	if at := cultivation.Wrong("skills degree", len(p.Skills) == 0 || len(p.Skills) > 20, !slices.Contains(Degrees(), p.Degree)); at != "" {
		return nil, cultivation.Invalid("profile", "至少填写一项技能，学历从选项中选择", "at least one skill, and a degree of those offered", "补充后重新提交", "add them and send it again").At(at)
	}
	plain, err := json.Marshal(body{p.Name, p.Phone, p.Mail, p.About})
	if err != nil {
		return nil, err
	}
	return &p, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		list, err := cultivation.All(ctx, tx, scanProfile, `select `+profileColumns+` from talent_profiles where account = $1`, p.account)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			p.Number = list[0].Number
		} else if p.Number, err = s.Number(ctx, tx, "profile"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into talent_profiles (`+profileColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict (number) do update set skills = excluded.skills, languages = excluded.languages, places = excluded.places, degree = excluded.degree, shown = excluded.shown, body = excluded.body`,
			p.Number, p.account, strings.Join(p.Skills, " "), strings.Join(p.Languages, " "), strings.Join(p.Places, " "), p.Degree, p.Shown, s.Keys.Seal(nil, plain, cultivation.Bound("profile", p.Number))); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "profile", ID: p.Number, Act: "saved"})
	})
}

// Degrees are the degrees that a profile may name.
func Degrees() []string { return []string{"", "vocational", "college", "bachelor", "master", "doctor"} }
