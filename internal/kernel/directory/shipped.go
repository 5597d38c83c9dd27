package directory

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// shipped is an item of kind `entries`: an entry that a pack ships (随包条目).
type shipped struct {
	Directory string         `yaml:"directory"`
	Fields    map[string]any `yaml:"fields"`
	Owner     string         `yaml:"owner"`
}

// values are the item's fields as a form takes them.
func (sh *shipped) values() map[string]any {
	out := make(map[string]any, len(sh.Fields))
	for k, v := range sh.Fields {
		switch n := v.(type) {
		case int:
			out[k] = float64(n)
		case int64:
			out[k] = float64(n)
		default:
			out[k] = v
		}
	}
	return out
}

// checkShipped holds an item of kind `entries` against its directory.
func (b *book) checkShipped(item *pack.Item) pack.Faults {
	mend := pack.Text{ZH: "按名录的表单填写", EN: "write it as the directory's form asks"}
	var sh shipped
	if err := item.Decode(&sh); err != nil {
		return pack.Faults{item.Fault(pack.Text{ZH: "条目无法读取：" + err.Error(), EN: "the entry cannot be read: " + err.Error()}, mend)}
	}
	d := b.find(sh.Directory, max(item.From, 20200101))
	if d == nil {
		d = b.newest(sh.Directory)
	}
	if d == nil {
		return pack.Faults{item.FaultAt(pack.Text{ZH: "没有名录 " + sh.Directory, EN: "there is no directory " + sh.Directory}, pack.Text{ZH: "写 directories 中的编号", EN: "give an id of kind directories"}, "directory")}
	}
	var out pack.Faults
	for _, p := range d.Form.Check(sh.values()) {
		out = append(out, item.FaultAt(pack.Text{ZH: p.Field + "：" + p.ZH, EN: p.Field + ": " + p.EN}, pack.Text{ZH: p.FixZH, EN: p.FixEN}, "fields", p.Field))
	}
	return out
}

// newest is the last version of a directory.
func (b *book) newest(id string) (out *Definition) {
	for _, d := range b.list {
		if d.ID == id {
			out = d
		}
	}
	return out
}

// Sync brings the entries that the set in force ships into the directories: new
// ones come in, changed ones get a revision, and those that no pack ships any
// more, or that are not in force, are removed. It returns how many changed.
func (s *Service) Sync(ctx context.Context) (int, error) {
	set, today, changed := s.c.Rules(), s.Today(), 0
	want := map[[2]string]*pack.Item{}
	for _, item := range set.ItemsOn("entries", today) {
		var sh shipped
		if err := item.Decode(&sh); err != nil {
			return 0, err
		}
		want[[2]string{sh.Directory, item.ID}] = item
	}
	have, err := s.shippedNow(ctx)
	if err != nil {
		return 0, err
	}
	for _, key := range slices.SortedFunc(maps.Keys(want), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		done, err := s.ship(ctx, key, want[key])
		if err != nil {
			return changed, err
		}
		if done {
			changed++
		}
		delete(have, key)
	}
	for _, key := range slices.SortedFunc(maps.Keys(have), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if err := s.unship(ctx, key); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// shippedNow are the shipped entries that are published.
func (s *Service) shippedNow(ctx context.Context) (map[[2]string]bool, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select directory, id from directory_entries where shipped <> '' and state = 'published'`)
	if err != nil {
		return nil, store.Wrap("read directories", err)
	}
	defer rows.Close()
	out := map[[2]string]bool{}
	for rows.Next() {
		var key [2]string
		if err := rows.Scan(&key[0], &key[1]); err != nil {
			return nil, store.Wrap("read directories", err)
		}
		out[key] = true
	}
	return out, store.Wrap("read directories", rows.Err())
}

// ship brings one item in; false if it stands as it is.
func (s *Service) ship(ctx context.Context, key [2]string, item *pack.Item) (changed bool, err error) {
	d := s.Define(key[0])
	if d == nil {
		return false, nil // its directory is not in force
	}
	var sh shipped
	if err := item.Decode(&sh); err != nil {
		return false, err
	}
	fields := d.clean(sh.values())
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		changed = false
		e, err := s.load(ctx, tx, d.ID, key[1])
		if err == ErrNotFound {
			now := s.c.Clock.Now()
			e, err = &Entry{Directory: d.ID, ID: key[1], Created: now}, nil
		}
		if err != nil {
			return err
		}
		source, mark := item.Source.String(), item.Mark.String()
		if e.State == Published && reflect.DeepEqual(e.Fields, fields) && e.Source == source && e.Mark == mark && e.Owner == sh.Owner && (item.From == 0 || e.From == item.From) {
			return nil
		}
		e.Owner, e.State, e.Fields, e.From, e.To, e.Shipped, e.Source, e.Mark, e.Reason = sh.Owner, Published, fields, item.From, item.To, item.Pack, source, mark, ""
		changed = true
		return s.store(ctx, tx, d, e, Ship, "") // an entry without a day of its own ends with the item
	})
	return changed, err
}

func (s *Service) unship(ctx context.Context, key [2]string) error {
	d := s.Define(key[0])
	if d == nil {
		return nil // it is not shown without its directory
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := s.load(ctx, tx, key[0], key[1])
		if err != nil {
			return err
		}
		e.State, e.Reason = Removed, "规则包不再收录 / no pack in force ships it any more"
		return s.store(ctx, tx, d, e, Remove, e.Reason)
	})
}
