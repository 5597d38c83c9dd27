package repository

import (
	"context"
	"fmt"
	"slices"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Visit is what an officer did with an enterprise (走访联系).
type Visit struct {
	Number  int64     `json:"number,omitempty" readOnly:"true"`
	Day     clock.Day `json:"day"`
	Kind    string    `json:"kind" enum:"visit,call,meeting,note"`
	Name    string    `json:"name,omitempty" readOnly:"true" doc:"Of the officer."`
	Note    string    `json:"note" maxLength:"1000" doc:"Stored sealed; offices alone read it."`
	NextDay clock.Day `json:"next_day,omitempty" doc:"When to come back to it."`

	sealed []byte
}

// VisitKinds are the kinds of visits with their names.
func VisitKinds() []string { return []string{"visit", "call", "meeting", "note"} }

// Milestone is a step of an application for status (资质申报跟踪).
type Milestone struct {
	Kind  string    `json:"kind" enum:"high-tech,little-giant,specialised,advanced-service"`
	Stage string    `json:"stage" enum:"planned,preparing,applied,recognised,refused"`
	Day   clock.Day `json:"day"`
	Note  string    `json:"note,omitempty" maxLength:"200"`
}

// StatusKinds are the kinds of status that are followed: national high-tech
// enterprise, "little giant", specialised enterprise, advanced technology service.
func StatusKinds() []string {
	return []string{"high-tech", "little-giant", "specialised", "advanced-service"}
}

// Stages are the stages of an application for status.
func Stages() []string { return []string{"planned", "preparing", "applied", "recognised", "refused"} }

var words = map[string]pack.Text{
	"visit": {ZH: "走访", EN: "visit"}, "call": {ZH: "电话", EN: "call"}, "meeting": {ZH: "会商", EN: "meeting"}, "note": {ZH: "备注", EN: "note"},
	"high-tech": {ZH: "高新技术企业", EN: "High-tech enterprise"}, "little-giant": {ZH: "专精特新“小巨人”", EN: "Little giant"}, "specialised": {ZH: "专精特新中小企业", EN: "Specialised enterprise"}, "advanced-service": {ZH: "技术先进型服务企业", EN: "Advanced technology service"},
	"planned": {ZH: "拟申报", EN: "planned"}, "preparing": {ZH: "准备中", EN: "preparing"}, "applied": {ZH: "已申报", EN: "applied"}, "recognised": {ZH: "已认定", EN: "recognised"}, "refused": {ZH: "未通过", EN: "refused"},
}

// Words are the names of a kind of visit, of status, or of a stage.
func Words(name string) pack.Text { return words[name] }

// change runs f for an office on an entry in one transaction.
func (s *Service) change(ctx context.Context, code string, d cultivation.Did, f func(context.Context, *store.Tx, *Entry) error) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return cultivation.ErrDenied
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := cultivation.One(ctx, tx, scan, `select `+columns+` from repository_enterprises where code = $1`, code)
		if err != nil {
			return err
		}
		if err := f(ctx, tx, e); err != nil {
			return err
		}
		d.Room, d.Note = "repository", code+" "+d.Note
		return s.Wrote(ctx, tx, d)
	})
}

// Assign puts an officer in charge of an enterprise; of "", nobody. Offices do.
// Errors: cultivation.ErrDenied, ErrNotFound.
func (s *Service) Assign(ctx context.Context, code, account string) error {
	name := ""
	if account != "" {
		var ok bool
		if name, ok = s.Officer(ctx, account); !ok {
			return cultivation.Invalid("officer", "没有该账号，或其不能担任服务专员", "there is no such account, or it can't be in charge", "从工作人员中选择", "choose one of the officers").At("account")
		}
	}
	return s.change(ctx, code, cultivation.Did{Act: "assigned", Note: name}, func(ctx context.Context, tx *store.Tx, _ *Entry) error {
		_, err := tx.Exec(ctx, `update repository_enterprises set officer = $1, name = $2, since = $3 where code = $4`, account, name, s.Now(), code)
		return err
	})
}

// Mark makes an enterprise a key one with a service card, or not. Offices do.
// Errors: cultivation.ErrDenied, ErrNotFound.
func (s *Service) Mark(ctx context.Context, code string, key bool) error {
	act := map[bool]string{true: "marked", false: "unmarked"}[key]
	return s.change(ctx, code, cultivation.Did{Act: act}, func(ctx context.Context, tx *store.Tx, _ *Entry) error {
		_, err := tx.Exec(ctx, `update repository_enterprises set is_key = $1 where code = $2`, key, code)
		return err
	})
}

// Visited records a visit. Offices do. Errors: cultivation.ErrDenied, ErrNotFound,
// refusals of what is not in order.
func (s *Service) Visited(ctx context.Context, code string, v Visit) error {
	if err := cultivation.Clean(&v.Note, "note", pack.Text{ZH: "记录", EN: "the note"}, 2, 1000); err != nil {
		return err
	}
	if at := cultivation.Wrong("kind day next", !slices.Contains(VisitKinds(), v.Kind), !v.Day.Valid() || v.Day > s.Today(), v.NextDay != 0 && (!v.NextDay.Valid() || v.NextDay < v.Day)); at != "" {
		return cultivation.Invalid("visit", "方式或日期有误", "kind or days are not in order", "日期不晚于今日，下次不早于本次", "a day not in the future, the next one not before it").At(at)
	}
	who := access.Of(ctx)
	return s.change(ctx, code, cultivation.Did{Act: v.Kind}, func(ctx context.Context, tx *store.Tx, _ *Entry) (err error) {
		if v.Number, err = s.Number(ctx, tx, "visit:"+code); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into repository_visits (code, number, day, kind, account, name, next_day, note) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			code, v.Number, int64(v.Day), v.Kind, who.ID, who.Name, int64(v.NextDay), s.Keys.Seal(nil, []byte(v.Note), cultivation.Bound("visit", code, v.Number)))
		return err
	})
}

// Visits are the visits of an enterprise, the newest first; their notes for offices
// alone. Errors: cultivation.ErrNotFound.
func (s *Service) Visits(ctx context.Context, code string) ([]Visit, error) {
	sees, _ := cultivation.Reach(ctx, access.FigureRead, code)
	if !sees {
		return nil, cultivation.ErrNotFound
	}
	office := access.Of(ctx).Scope(access.Cultivate) == access.Zone
	list, err := cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Visit) error {
		return r.Scan(&v.Number, (*int32)(&v.Day), &v.Kind, &v.Name, (*int32)(&v.NextDay), &v.sealed)
	}, `select number, day, kind, name, next_day, note from repository_visits where code = $1 order by day desc, number desc limit 200`, code)
	for i := range list {
		if !office {
			continue
		}
		plain, err := s.Keys.Open(nil, list[i].sealed, cultivation.Bound("visit", code, list[i].Number))
		if err != nil {
			return nil, fmt.Errorf("visit %d of %s: %w", list[i].Number, code, err)
		}
		list[i].Note = string(plain)
	}
	return list, err
}

// Reach records that an application for status has come to a stage. Offices do.
// Errors: cultivation.ErrDenied, ErrNotFound, refusals of what is not in order.
func (s *Service) Reach(ctx context.Context, code string, m Milestone) error {
	if err := cultivation.Clean(&m.Note, "note", pack.Text{ZH: "说明", EN: "the note"}, 0, 200); err != nil {
		return err
	}
	if at := cultivation.Wrong("kind stage day", !slices.Contains(StatusKinds(), m.Kind), !slices.Contains(Stages(), m.Stage), !m.Day.Valid() || m.Day > s.Today()); at != "" {
		return cultivation.Invalid("milestone", "类别、阶段或日期有误", "kind, stage or day are not in order", "从选项中选择，日期不晚于今日", "choose from those offered, a day not in the future").At(at)
	}
	return s.change(ctx, code, cultivation.Did{Act: "milestone", Note: m.Kind + " " + m.Stage}, func(ctx context.Context, tx *store.Tx, _ *Entry) error {
		_, err := tx.Exec(ctx, `insert into repository_milestones (code, kind, stage, day, note) values ($1, $2, $3, $4, $5)
			on conflict (code, kind, stage) do update set day = excluded.day, note = excluded.note`, code, m.Kind, m.Stage, int64(m.Day), m.Note)
		return err
	})
}

// Milestones are the stages that an enterprise's applications for status came to, by
// kind and day. Errors: cultivation.ErrNotFound.
func (s *Service) Milestones(ctx context.Context, code string) ([]Milestone, error) {
	if sees, _ := cultivation.Reach(ctx, access.FigureRead, code); !sees {
		return nil, cultivation.ErrNotFound
	}
	return cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Milestone) error {
		return r.Scan(&v.Kind, &v.Stage, (*int32)(&v.Day), &v.Note)
	}, `select kind, stage, day, note from repository_milestones where code = $1 order by kind, day, stage`, code)
}
