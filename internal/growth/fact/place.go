package fact

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Placing says in which county an enterprise counts from a day on (归属县区).
type Placing struct {
	Enterprise string
	County     string // division code, six digits; "": unknown again
	From       clock.Day
	Actor      string
	At         time.Time
	Note       string
}

// County is the division code of the county in which an enterprise counts today,
// "" if nobody knows.
func (s *Service) County(ctx context.Context, enterprise string) string {
	var county string
	err := s.db.Read().QueryRowContext(ctx, `select county from fact_places where enterprise = $1 and from_day <= $2 order by from_day desc, number desc limit 1`,
		enterprise, int64(s.today())).Scan(&county)
	if err != nil {
		return ""
	}
	return county
}

// Counties are the counties of all enterprises on a day, in one query; an
// enterprise whose county nobody knows is left out.
func (s *Service) Counties(ctx context.Context, day clock.Day) (map[string]string, error) {
	out := make(map[string]string)
	err := s.each(ctx, func(rows *sql.Rows) error {
		var enterprise, county string
		if err := rows.Scan(&enterprise, &county); err != nil {
			return err
		}
		out[enterprise] = county
		if county == "" {
			delete(out, enterprise)
		}
		return nil
	}, `select enterprise, county from fact_places where from_day <= $1 order by enterprise, from_day, number`, int64(day))
	return out, err
}

// Placings are all that was said of an enterprise's county, the newest first.
func (s *Service) Placings(ctx context.Context, enterprise string) (out []Placing, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		p := Placing{Enterprise: enterprise}
		var at int64
		err := rows.Scan(&p.County, &p.From, &p.Actor, &at, &p.Note)
		p.At = clock.FromMicros(at)
		out = append(out, p)
		return err
	}, `select county, from_day, actor, at, note from fact_places where enterprise = $1 order by number desc`, enterprise)
	return out, err
}

// SetCounty says in which county an enterprise counts from a day on. The caller
// keeps the enterprise repository of the zone. What can be mended is returned as
// matter.Problems.
func (s *Service) SetCounty(ctx context.Context, p Placing) error {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return s.deny(ctx, "enterprise.place", "enterprise:"+p.Enterprise, ErrDenied)
	}
	var bad matter.Problems
	if name := s.countyName(p.County); p.County != "" && name == "" {
		bad = append(bad, problem("county", "county", "没有该县级行政区划代码", "there is no county with this division code", "填写六位代码，如 410702", "give its six digits, such as 410702"))
	}
	if !p.From.Valid() || p.From > s.today() {
		bad = append(bad, problem("from", "from", "起始日须是不晚于今天的日期", "the first day must be a day not after today", "写作 2026-01-01", "write it as 2026-01-01"))
	}
	if bad != nil {
		return bad
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.PlaceIn(ctx, tx, p) })
}

// PlaceIn is SetCounty within the transaction of an act that has the right, such
// as the review of a filing.
func (s *Service) PlaceIn(ctx context.Context, tx *store.Tx, p Placing) error {
	var last sql.NullInt64
	err := tx.QueryRow(ctx, `select max(number) from fact_places where enterprise = $1`, p.Enterprise).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	by, _ := actor(ctx)
	if _, err := tx.Exec(ctx, `insert into fact_places (enterprise, number, county, from_day, actor, at, note) values ($1, $2, $3, $4, $5, $6, $7)`,
		p.Enterprise, last.Int64+1, p.County, int64(p.From), by, s.now(), cut(p.Note, 200)); err != nil {
		return err
	}
	return s.write(ctx, tx, "enterprise.place", "enterprise:"+p.Enterprise, "county="+p.County, "from="+p.From.String())
}

// divisions is the table of divisions 行政区划代码.
const divisions = "code_division"

// countyName is the Chinese name of a county, "" if there is none.
func (s *Service) countyName(code string) string {
	t, ok := s.c.Rules().Table(divisions)
	if !ok || len(code) != 6 {
		return ""
	}
	row, ok := t.Get(s.today(), code)
	if !ok || row.Text("level") != "county" {
		return ""
	}
	return row.Text("name_zh")
}
