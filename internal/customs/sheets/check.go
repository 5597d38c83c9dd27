package sheets

import (
	"context"
	"slices"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
)

// Checked is what the check of a whole book found.
type Checked struct {
	Rows      int            `json:"rows"`
	Documents int            `json:"documents"`
	Good      int            `json:"good"`   // documents that can be sent
	Refused   int            `json:"faulty"` // documents that can't
	Defects   []draft.Defect `json:"defects"`
	More      int            `json:"more,omitempty"` // defects that are counted and not kept
	bad       []bool         // by group
}

func (c *Checked) add(ds ...draft.Defect) {
	room := mostDefects - len(c.Defects)
	if len(ds) > room {
		c.More += len(ds) - room
		ds = ds[:room]
	}
	c.Defects = append(c.Defects, ds...)
}

// checking holds documents of a kind until a message is full: they are checked
// together, which is what makes it fast.
type checking struct {
	x      *clearance.Extractor
	now    time.Time
	out    *Checked
	may    func(*draft.Draft) *draft.Defect // nil: everybody may send everything
	held   map[ceb.Kind][]*draft.Draft
	groups map[ceb.Kind][]int
}

// Check checks every cell of a book: by the schema and the rules for a document
// by itself. may says that the sender may not send a document; progress is told
// the rows read so far. Errors: *Unreadable, ErrRows, the context's.
func Check(ctx context.Context, b *Book, x *clearance.Extractor, now time.Time, may func(*draft.Draft) *draft.Defect, progress func(rows int)) (*Checked, error) {
	c := &checking{x: x, now: now, out: &Checked{}, may: may, held: make(map[ceb.Kind][]*draft.Draft), groups: make(map[ceb.Kind][]int)}
	err := b.EachGroup(ctx, func(drafts []*draft.Draft) error {
		n := len(c.out.bad)
		c.out.bad = append(c.out.bad, false)
		for _, d := range drafts {
			c.out.Documents++
			k := d.Kind
			c.held[k], c.groups[k] = append(c.held[k], d), append(c.groups[k], n)
			if len(c.held[k]) == draft.MostDocuments {
				if err := c.flush(ctx, k); err != nil {
					return err
				}
			}
		}
		if progress != nil && n%256 == 0 {
			progress(b.Rows())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, k := range ceb.Kinds() {
		if err := c.flush(ctx, k); err != nil {
			return nil, err
		}
	}
	c.finish(b)
	return c.out, nil
}

func (c *checking) flush(ctx context.Context, k ceb.Kind) error {
	drafts, groups := c.held[k], c.groups[k]
	c.held[k], c.groups[k] = nil, nil
	return draft.Examine(ctx, c.x, c.now, drafts, func(i int, f draft.Finding) error {
		if c.may != nil {
			if d := c.may(drafts[i]); d != nil {
				f.Defects = append(f.Defects, *d)
			}
		}
		if draft.Refused(f.Defects) {
			c.out.Refused++
			c.out.bad[groups[i]] = true
		}
		for _, d := range f.Defects {
			if d.Severity == draft.Refuses {
				c.out.add(d)
			}
		}
		return nil
	})
}

// finish adds what the reading itself found: a defect of a cell spoils the
// documents of its row, which the schema may not notice.
func (c *checking) finish(b *Book) {
	c.out.Rows = b.Rows()
	c.out.Defects = append(slices.Clone(b.Defects()), c.out.Defects...)
	for i, at := range b.spoilt {
		if at < len(c.out.bad) && !c.out.bad[at] {
			c.out.bad[at] = true
			c.out.Refused += b.spoiltDocs[i]
		}
	}
	c.out.Good = c.out.Documents - c.out.Refused
}

// Faultless tells whether everything in the book can be sent.
func (c *Checked) Faultless() bool { return c.Refused == 0 && len(c.Defects) == 0 }
