package traffic

import "bytes"

// template is a business node rendered once for a basket, with the places where
// parcels differ. It is made from the very document builder that it stands for,
// so the two cannot drift apart.
type template struct {
	text  []byte
	parts []part
}

// part is constant text up to end, followed by a slot.
type part struct {
	end  int
	slot slot
}

// mark begins and ends a slot in the rendering; it occurs in no data.
const mark = 0x01

// newTemplate renders a document whose varying texts are marks and cuts it at
// the marks.
func newTemplate(f *facts, s step) template {
	d := f.document(s)
	var t template
	for rest := d.Append(nil); ; {
		i := bytes.IndexByte(rest, mark)
		if i < 0 {
			t.text = append(t.text, rest...)
			return t
		}
		t.text = append(t.text, rest[:i]...)
		t.parts = append(t.parts, part{len(t.text), slot(rest[i+1] - 'A')})
		rest = rest[i+3:]
	}
}

// markedFacts are facts whose varying texts are marks.
func (g *Gen) markedFacts(r *Route, b *Basket) *facts {
	f := &facts{route: r, basket: b, day: g.day, appType: "1"}
	for s := range slotCount {
		f.v[s] = string([]byte{mark, 'A' + byte(s), mark})
	}
	return f
}

// newTemplates renders the documents of every basket.
func (g *Gen) newTemplates() {
	for _, r := range g.routes {
		for _, b := range r.Baskets {
			f := g.markedFacts(r, b)
			var set [stepStatus + 1]template
			for s := range set {
				if kindOf(step(s), r.Import) != 0 {
					set[s] = newTemplate(f, step(s))
				}
			}
			g.templates = append(g.templates, set)
		}
	}
}

// appendTemplate writes the document st.step of a parcel.
func (g *Gen) appendTemplate(dst []byte, st *stamp) []byte {
	t := &g.templates[st.basket.index][st.step]
	from := 0
	for _, p := range t.parts {
		dst = append(dst, t.text[from:p.end]...)
		dst = g.appendSlot(dst, p.slot, st)
		from = p.end
	}
	return append(dst, t.text[from:]...)
}
