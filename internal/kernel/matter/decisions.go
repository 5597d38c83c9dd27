package matter

import (
	"context"
	"fmt"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Decision is a result that is published (办理结果公开): of an organisation's
// matter, never of a person's, and without a word of its form.
type Decision struct {
	Serial    uint64
	Number    string
	Title     Words
	Applicant string // name of the organisation
	Result    State
	Day       clock.Day
	Letter    string // code by which anybody verifies it; "" without a letter
}

// Decisions are the published results, the newest first; before is the serial
// of the last one of the page before, 0 for the first page. It is for anybody.
func (s *Service) Decisions(ctx context.Context, definition string, before uint64, limit int) ([]Decision, error) {
	if limit < 1 || limit > 200 {
		limit = 40
	}
	where, args := s.published(definition)
	if where == "" {
		return nil, nil
	}
	if before != 0 {
		args = append(args, int64(before))
		where += fmt.Sprintf(" and m.serial < $%d", len(args))
	}
	args = append(args, limit)
	rows, err := s.db.Read().QueryContext(ctx, fmt.Sprintf(`select m.serial, m.number, m.definition, m.version, m.org, m.state, m.closed, coalesce((select max(l.code) from matter_letters l where l.serial = m.serial and not l.superseded), '')
		from matter_matters m where %s order by m.serial desc limit $%d`, where, len(args)), args...)
	if err != nil {
		return nil, store.Wrap("read matters", err)
	}
	defer rows.Close()
	var out []Decision
	for rows.Next() {
		var d Decision
		var m Matter
		var closed int64
		if err := rows.Scan(&d.Serial, &d.Number, &m.Definition, &m.Version, &m.Org, &d.Result, &closed, &d.Letter); err != nil {
			return nil, store.Wrap("read matters", err)
		}
		d.Day, d.Applicant = clock.DayOf(instant(closed)), s.applicant(ctx, &m)
		if def := s.DefinitionOf(&m); def != nil {
			d.Title = def.Title
		}
		out = append(out, d)
	}
	return out, store.Wrap("read matters", rows.Err())
}

// published is the condition for what is published; "" if nothing is.
func (s *Service) published(definition string) (string, []any) {
	var args []any
	var kinds []string
	for _, d := range s.kept.all() {
		if d.Publish == PublishedDecisions && (definition == "" || definition == d.ID) {
			args = append(args, d.ID, d.Version)
			kinds = append(kinds, fmt.Sprintf("(m.definition = $%d and m.version = $%d)", len(args)-1, len(args)))
		}
	}
	if len(kinds) == 0 {
		return "", nil
	}
	return "m.state in ('approved', 'refused') and m.org <> '' and (" + strings.Join(kinds, " or ") + ")", args
}
