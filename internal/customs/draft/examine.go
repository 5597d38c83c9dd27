package draft

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
)

// Finding is what the checks of a document by itself found.
type Finding struct {
	Doc     clearance.Doc
	Defects []Defect
}

// Examine checks drafts as the platform checks what it takes in: against the
// schema and by the rules for a document by itself. It hands the finding of each
// draft, in their order, to each. Drafts are completed first.
func Examine(ctx context.Context, x *clearance.Extractor, now time.Time, drafts []*Draft, each func(int, Finding) error) error {
	for at := 0; at < len(drafts); {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := at + 1
		for end < len(drafts) && end-at < MostDocuments && drafts[end].Kind == drafts[at].Kind {
			end++
		}
		for i, f := range examine(x, now, drafts[at:end]) {
			if err := each(at+i, f); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// examine checks drafts of one kind, as many as a message holds.
func examine(x *clearance.Extractor, now time.Time, drafts []*Draft) []Finding {
	k := drafts[0].Kind
	for _, d := range drafts {
		d.Complete(now)
	}
	sender := Sender{Code: "0", Name: "0"}
	if s := drafts[0].Senders(); len(s) > 0 {
		sender = s[0]
	}
	if sender.Name == "" {
		sender.Name = sender.Code
	}
	m, err := ceb.Decode(AppendMessage(nil, k, sender, drafts))
	if err == nil && len(m.Docs) != len(drafts) {
		err = fmt.Errorf("%d documents became %d (单证无法生成报文)", len(drafts), len(m.Docs))
	}
	if err != nil {
		if len(drafts) == 1 {
			return []Finding{{Defects: []Defect{drafts[0].unreadable(err)}}}
		}
		out := make([]Finding, 0, len(drafts)) // one of them spoils the message: find it
		for _, d := range drafts {
			out = append(out, examine(x, now, []*Draft{d})...)
		}
		return out
	}
	out := make([]Finding, len(drafts))
	docs := x.Docs(m, clock.Micros(now), nil)
	for i := range docs {
		out[i] = Finding{Doc: docs[i], Defects: drafts[i].defects(&m.Docs[i], &docs[i], m.Edition())}
	}
	return out
}

func (d *Draft) unreadable(err error) Defect {
	return d.stamp(Defect{Code: ceb.CodeXML, Severity: Refuses, ZH: "无法写成报文：" + err.Error(), EN: "can't be written as a message: " + err.Error(),
		FixZH: "删除不可见字符", FixEN: "remove characters that can't be seen"}.At(d.Place(0, "")))
}

func (d *Draft) stamp(f Defect) Defect {
	f.Kind, f.Number, f.File = int(d.Kind), d.Number(), d.File
	return f
}

// defects are the schema's, or, of a document that follows it, the platform's.
func (d *Draft) defects(raw *ceb.Doc, doc *clearance.Doc, e ceb.Edition) (out []Defect) {
	if doc.Schema {
		bad := raw.Under(e)
		for i := range bad {
			_, line, field := OfPath(d.Kind, bad[i].Path)
			out = append(out, d.stamp(OfSchema(&bad[i]).At(d.Place(line, field))))
		}
		return out
	}
	say := func(rs []clearance.Reason, s Severity) {
		for _, r := range rs {
			line, field := FieldOf(d.Kind, r)
			out = append(out, d.stamp(OfReason(r, s).At(d.Place(line, field))))
		}
	}
	say(doc.Faults, Refuses)
	say(doc.Notes, Notes)
	return out
}

// Refused tells whether one of the defects refuses its document.
func Refused(defects []Defect) bool {
	return slices.ContainsFunc(defects, func(d Defect) bool { return d.Severity == Refuses })
}
