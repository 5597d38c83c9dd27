package directory

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Sort is an order of entries (排序).
type Sort string

// The orders.
const (
	SortName   Sort = "name"
	SortNewest Sort = "newest" // the last changed first
	SortEnds   Sort = "ends"   // those that end soonest first
	SortRating Sort = "rating" // the best rated first
)

// sorts are the columns of orders, and whether they fall.
var sorts = map[Sort]struct {
	column string
	falls  bool
}{SortName: {"e.name", false}, SortNewest: {"e.changed", true}, SortEnds: {"e.valid_to", false}, SortRating: {"e.score", true}}

// Query chooses entries. The zero value but Directory is all that is published
// and in force today.
type Query struct {
	Directory string
	Text      string // words that all stand in name or searched fields
	Values    map[string][]string
	Parent    string
	Owner     string
	Mine      bool // the caller's own, in any state
	// Work: what waits for an office, in all directories if Directory is empty.
	Work bool
	// Due: published entries to be looked at again until that day, for offices.
	Due clock.Day
	// All: in any state, and ended ones too, for offices.
	All bool
	// On is the day on which entries count; 0: today.
	On    clock.Day
	Sort  Sort
	After string // cursor of the page before
	Limit int    // 1 to 200; 40 if 0
}

// Count is how many entries have a value.
type Count struct {
	Value string
	N     int
}

// Page is a part of a directory.
type Page struct {
	Entries []Entry
	Total   int
	Next    string // cursor of the next page; "" at the end
	Facets  map[string][]Count
}

// where builds a condition.
type where struct {
	parts []string
	args  []any
}

// add joins a condition in which each ? is the next argument.
func (w *where) add(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.parts = append(w.parts, cond)
}

func (w *where) String() string { return strings.Join(w.parts, " and ") }

// like is words as a pattern.
var like = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// condition is the query as SQL, without the facet that is being counted.
func (s *Service) condition(p *access.Principal, q Query, but string) *where {
	w := &where{}
	if q.Directory != "" {
		w.add("e.directory = ?", q.Directory)
	}
	today := int64(s.Today())
	if q.On != 0 {
		today = int64(q.On)
	}
	switch {
	case q.Mine:
		owners := ownersOf(p)
		w.add("e.owner in ("+marks(len(owners))+")", owners...)
		w.add("e.state <> 'removed'")
	case q.Work && edits(p):
		w.add("(e.state = 'waiting' or e.proposed = 'waiting')")
	case q.Due != 0 && edits(p):
		w.add("e.state = 'published' and e.due > 0 and e.due <= ?", int64(q.Due))
	case q.All && edits(p):
	default:
		w.add("e.state = 'published' and e.valid_from <= ? and (e.valid_to = 0 or e.valid_to >= ?)", today, today)
	}
	if q.Owner != "" {
		w.add("e.owner = ?", q.Owner)
	}
	if q.Parent != "" {
		w.add("e.parent = ?", q.Parent)
	}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		w.add(`e.search like ? escape '\'`, "%"+like.Replace(word)+"%")
	}
	for _, field := range slices.Sorted(maps.Keys(q.Values)) {
		values := q.Values[field]
		if field == but || len(values) == 0 {
			continue
		}
		args := []any{field}
		for _, v := range values {
			args = append(args, v)
		}
		w.add("exists (select 1 from directory_values v where v.serial = e.serial and v.field = ? and v.value in ("+marks(len(values))+"))", args...)
	}
	return w
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// ownersOf are the names under which a caller may hold entries.
func ownersOf(p *access.Principal) []any {
	out := []any{"#nobody"}
	if p.Scope(access.ListingEdit) != access.Own {
		return out
	}
	if p.Org != "" {
		out = append(out, p.Org)
	}
	for _, c := range p.Codes {
		out = append(out, c)
	}
	return out
}

// List returns a page of a directory, as the caller may see it, with its counts.
func (s *Service) List(ctx context.Context, q Query) (*Page, error) {
	p := access.Of(ctx)
	var d *Definition
	if q.Directory != "" {
		var err error
		if d, err = s.define(ctx, q.Directory); err != nil {
			return nil, err
		}
		q.Values = maps.Clone(q.Values)
		maps.DeleteFunc(q.Values, func(f string, _ []string) bool { return !slices.Contains(d.Facets, f) })
		q.Mine = q.Mine || d.Visibility.rank() > reader(p).rank() // what is not shown to the caller is its own alone
	} else if !q.Mine && !(edits(p) && (q.Work || q.Due != 0)) {
		return nil, ErrNotFound
	}
	page := &Page{}
	if err := s.entries(ctx, q, d, page); err != nil {
		return nil, err
	}
	if d == nil {
		return page, nil
	}
	page.Facets = map[string][]Count{}
	for _, field := range d.Facets {
		counts, err := s.count(ctx, s.condition(p, q, field), field)
		if err != nil {
			return nil, err
		}
		page.Facets[field] = counts
	}
	return page, nil
}

type cursor struct {
	Key    json.RawMessage `json:"k"`
	Serial int64           `json:"s"`
}

func (s *Service) entries(ctx context.Context, q Query, d *Definition, page *Page) error {
	p := access.Of(ctx)
	w := s.condition(p, q, "")
	if err := s.db.Read().QueryRowContext(ctx, `select count(*) from directory_entries e where `+w.String(), w.args...).Scan(&page.Total); err != nil {
		return store.Wrap("read directories", err)
	}
	sort := q.Sort
	if _, ok := sorts[sort]; !ok {
		sort = SortNewest
		if d != nil {
			sort = d.Sort
		}
	}
	by := sorts[sort]
	order, sign := "asc", ">"
	if by.falls {
		order, sign = "desc", "<"
	}
	if key, serial, ok := after(q.After); ok {
		w.add("("+by.column+" "+sign+" ? or "+by.column+" = ? and e.serial > ?)", key, key, serial)
	}
	limit := q.Limit
	if limit < 1 || limit > 200 {
		limit = 40
	}
	rows, err := s.db.Read().QueryContext(ctx, `select `+columns+` from directory_entries e where `+w.String()+
		fmt.Sprintf(` order by %s %s, e.serial limit %d`, by.column, order, limit+1), w.args...)
	if err != nil {
		return store.Wrap("read directories", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := s.scan(rows)
		if err != nil {
			return err
		}
		if len(page.Entries) == limit {
			last := page.Entries[limit-1]
			page.Next = next(sort, &last)
			break
		}
		if of := s.Define(e.Directory); of != nil && s.sees(p, of, e) {
			page.Entries = append(page.Entries, *s.shown(p, of, e))
		}
	}
	return store.Wrap("read directories", rows.Err())
}

// after reads a cursor; one that is none begins anew.
func after(text string) (key any, serial int64, ok bool) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	var c cursor
	if err != nil || text == "" || json.Unmarshal(data, &c) != nil {
		return nil, 0, false
	}
	var name string
	if json.Unmarshal(c.Key, &name) == nil {
		return name, c.Serial, true
	}
	var n int64
	if json.Unmarshal(c.Key, &n) != nil {
		return nil, 0, false
	}
	return n, c.Serial, true
}

func next(sort Sort, e *Entry) string {
	var key any
	switch sort {
	case SortName:
		key = e.Name
	case SortNewest:
		key = clock.Micros(e.Changed)
	case SortEnds:
		key = int64(e.To)
	case SortRating:
		key = score(e.Stars, e.Ratings)
	}
	raw, err := json.Marshal(key)
	if err != nil {
		return "" // texts and numbers can be written
	}
	data, err := json.Marshal(cursor{raw, int64(e.Serial)})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// count counts the entries of a condition by the values of a field, the most
// frequent first.
func (s *Service) count(ctx context.Context, w *where, field string) ([]Count, error) {
	args := append(slices.Clone(w.args), field)
	rows, err := s.db.Read().QueryContext(ctx, `select v.value, count(*) from directory_entries e join directory_values v on v.serial = e.serial where `+
		w.String()+fmt.Sprintf(` and v.field = $%d group by v.value order by count(*) desc, v.value limit 300`, len(args)), args...)
	if err != nil {
		return nil, store.Wrap("count directories", err)
	}
	defer rows.Close()
	var out []Count
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Value, &c.N); err != nil {
			return nil, store.Wrap("count directories", err)
		}
		out = append(out, c)
	}
	return out, store.Wrap("count directories", rows.Err())
}
