package directories

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pilotzone/internal/face/console/forms"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/form"
)

// object is the page of one entry.
type object struct {
	d          *directory.Definition
	e          *directory.Entry
	acts       []directory.Act
	history    []directory.Revision
	who        func(ctx context.Context, id string) string
	children   []child
	parent     *directory.Entry
	ratings    []directory.Rating
	served     int
	year       int
	mayRate    bool
	own, edits bool
	owner      func(string) string
	today      clock.Day
	evaluation *listing.Evaluation
	fault      *ui.Problem
}

// child is what belongs to an entry in another directory.
type child struct {
	d    *directory.Definition
	page *directory.Page
}

func (p *pages) entry(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *pages) show(w http.ResponseWriter, r *http.Request, fault *ui.Problem) error {
	o, err := p.object(r)
	if err != nil {
		return err
	}
	o.fault = fault
	v := ui.View{Title: ui.T(orID(o.e), orID(o.e)), Body: page(o), Back: "/directories/" + o.d.ID, BackTo: in(o.d.Title)}
	if fault != nil {
		v.Status = fault.Status
	}
	return p.Show(w, r, v)
}

func (p *pages) object(r *http.Request) (*object, error) {
	ctx := r.Context()
	e, err := p.dirs.Get(ctx, r.PathValue("directory"), r.PathValue("entry"))
	if err != nil {
		return nil, fault(err)
	}
	o := &object{d: p.dirs.Define(e.Directory), e: e, acts: p.dirs.Acts(ctx, e), own: p.dirs.Mine(ctx, e), edits: p.dirs.Edits(ctx), owner: p.ownerName(ctx), today: p.today(), who: p.who, year: p.today().Year()}
	if o.history, err = p.dirs.History(ctx, e.Directory, e.ID); err != nil {
		return nil, fault(err)
	}
	slices.Reverse(o.history)
	if err := p.relatives(ctx, o); err != nil {
		return nil, fault(err)
	}
	if o.d.Rated {
		if err := p.rated(ctx, o); err != nil {
			return nil, fault(err)
		}
	}
	if o.d.ID == listing.Brands && (o.own || o.edits) {
		if o.evaluation, err = p.zone.Listing.Evaluate(ctx, e.ID); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// relatives are the entry that this one belongs to, and those that belong to it.
func (p *pages) relatives(ctx context.Context, o *object) error {
	if o.d.Parent != nil && o.e.Text(o.d.Parent.Field) != "" {
		if parent, err := p.dirs.Get(ctx, o.d.Parent.Directory, o.e.Text(o.d.Parent.Field)); err == nil {
			o.parent = parent // who may not see it is not shown it
		}
	}
	for _, d := range p.dirs.Definitions(ctx) {
		if d.Parent == nil || d.Parent.Directory != o.d.ID {
			continue
		}
		page, err := p.dirs.List(ctx, directory.Query{Directory: d.ID, Parent: o.e.ID, Limit: 200})
		if err != nil {
			return err
		}
		o.children = append(o.children, child{d, page})
	}
	return nil
}

func (p *pages) rated(ctx context.Context, o *object) (err error) {
	if o.ratings, err = p.dirs.Ratings(ctx, o.d.ID, o.e.ID, 100); err != nil {
		return err
	}
	if o.served, err = p.dirs.Served(ctx, o.e, o.year); err != nil {
		return err
	}
	who := access.Of(ctx)
	o.mayRate = who.Scope(access.ListingEdit) == access.Own && len(directory.OwnerOf(who)) == 10 && !o.own
	return nil
}

// who is the name of an account as the reader may see it.
func (p *pages) who(ctx context.Context, id string) string {
	if name, err := p.zone.Accounts.NameOf(ctx, id); err == nil && name != "" {
		return name
	}
	return id
}

// back leads to the entry again: with a word once it is done, with the fault
// else.
func (p *pages) back(w http.ResponseWriter, r *http.Request, err error, what ui.Text) error {
	if err != nil {
		var shown *ui.Problem
		if q, ok := fault(err).(*ui.Problem); ok {
			shown = q
		}
		if shown == nil || shown.Status == http.StatusNotFound || shown.Status == http.StatusForbidden {
			return fault(err)
		}
		return p.show(w, r, shown)
	}
	return p.Done(w, r, "/directories/"+url.PathEscape(r.PathValue("directory"))+"/"+url.PathEscape(r.PathValue("entry")), what)
}

func (p *pages) act(w http.ResponseWriter, r *http.Request) error {
	revision, _ := strconv.ParseUint(r.PostForm.Get("revision"), 10, 64) // one that is none is an old one
	act := directory.Act(r.PostForm.Get("act"))
	_, err := p.dirs.Act(r.Context(), directory.Doing{Directory: r.PathValue("directory"), ID: r.PathValue("entry"), Act: act, Revision: revision, Reason: r.PostForm.Get("reason")})
	if err == nil && act == directory.Remove && !p.dirs.Edits(r.Context()) {
		return p.Done(w, r, "/directories/mine", ui.T("已移出名录", "It was removed"))
	}
	return p.back(w, r, err, ui.T("已办理："+done(act).ZH, "Done: "+done(act).EN))
}

func (p *pages) rate(w http.ResponseWriter, r *http.Request) error {
	stars, _ := strconv.ParseInt(r.PostForm.Get("stars"), 10, 64) // none is said to be missing
	year, _ := strconv.Atoi(r.PostForm.Get("year"))
	err := p.dirs.Rate(r.Context(), r.PathValue("directory"), r.PathValue("entry"), year, stars, r.PostForm.Get("words"))
	return p.back(w, r, err, ui.T("评价已发布", "Your rating is published"))
}

func (p *pages) answer(w http.ResponseWriter, r *http.Request) error {
	year, _ := strconv.Atoi(r.PostForm.Get("year"))
	err := p.dirs.AnswerRating(r.Context(), r.PathValue("directory"), r.PathValue("entry"), r.PostForm.Get("rater"), year, r.PostForm.Get("answer"))
	return p.back(w, r, err, ui.T("答复已发布", "Your answer is published"))
}

func (p *pages) hide(w http.ResponseWriter, r *http.Request) error {
	year, _ := strconv.Atoi(r.PostForm.Get("year"))
	hidden := r.PostForm.Get("hidden") == "yes"
	err := p.dirs.HideRating(r.Context(), r.PathValue("directory"), r.PathValue("entry"), r.PostForm.Get("rater"), year, hidden, r.PostForm.Get("reason"))
	if hidden {
		return p.back(w, r, err, ui.T("评价已隐藏", "The rating is hidden"))
	}
	return p.back(w, r, err, ui.T("评价已恢复显示", "The rating is shown again"))
}

// factsOf are the fields of an entry that are filled in.
func factsOf(d *directory.Definition, e *directory.Entry) []ui.Fact {
	var out []ui.Fact
	for i := range d.Form.Sections {
		out = append(out, forms.Facts(&d.Form.Sections[i], e.Fields)...)
	}
	return out
}

// shownFacets are the choices that a list shows as columns.
func shownFacets(d *directory.Definition) []string { return d.Facets[:min(3, len(d.Facets))] }

func entryAddress(e *directory.Entry) string {
	return "/directories/" + url.PathEscape(e.Directory) + "/" + url.PathEscape(e.ID)
}

// orID is what an entry is called; its id where its name is empty.
func orID(e *directory.Entry) string { return cmp.Or(e.Name, e.ID) }

func iconOf(d *directory.Definition) string { return cmp.Or(d.Icon, "book") }

func titleOf(dirs *directory.Service, id string) ui.Text {
	if d := dirs.Define(id); d != nil {
		return in(d.Title)
	}
	return ui.T(id, id)
}

// goodsOf is the goods that a measure is about.
func goodsOf(e *directory.Entry) ui.Text {
	if hs := e.Text("hs"); hs != "" {
		return names.Goods(hs)
	}
	return ui.T("全部商品", "all goods")
}

// onDay is the day that a list is asked for.
func onDay(v *listView) string {
	if v.q.On == 0 {
		return v.today.String()
	}
	return v.q.On.String()
}

func exportAddress(v *listView, kind string) string {
	q := v.q
	q.After = ""
	return address("/directories/"+v.d.ID+"/export."+kind, q)
}

// years are those of which a client may rate.
func years(o *object) []ui.Option {
	var out []ui.Option
	for _, y := range []int{o.year, o.year - 1} {
		text := strconv.Itoa(y)
		out = append(out, ui.Option{Value: text, Label: ui.T(text+"年", text)})
	}
	return out
}

var starOptions = func() []ui.Option {
	words := []ui.Text{ui.T("很不满意", "very poor"), ui.T("不满意", "poor"), ui.T("一般", "fair"), ui.T("满意", "good"), ui.T("很满意", "very good")}
	var out []ui.Option
	for i := 5; i >= 1; i-- {
		out = append(out, ui.Option{Value: strconv.Itoa(i), Label: ui.T(fmt.Sprintf("%d星 %s", i, words[i-1].ZH), fmt.Sprintf("%d stars, %s", i, words[i-1].EN))})
	}
	return out
}()

// columnsOf are the fields that a table of what belongs to an entry shows beside
// the name: the first five short ones that everybody who sees the list sees.
func columnsOf(d *directory.Definition) []*form.Field {
	var out []*form.Field
	for _, f := range d.Form.Fields() {
		if len(out) < 5 && f.Name != d.Name && f.Name != d.Parent.Field && !f.Long && !f.Personal && d.Fields[f.Name] == "" {
			out = append(out, f)
		}
	}
	return out
}

// newChild is where something that belongs to an entry is put in.
func newChild(o *object, c child) string {
	if c.d.Closed && len(c.d.Enter) > 0 && !o.edits {
		return "/services/" + c.d.Enter[0].Matter
	}
	return "/directories/" + c.d.ID + "/new?" + url.Values{c.d.Parent.Field: {o.e.ID}}.Encode()
}

// reasonNeeded tells whether an act of an office says why.
func reasonNeeded(o *object, a directory.Act) bool {
	return o.edits && slices.Contains([]directory.Act{directory.Return, directory.Suspend, directory.Remove}, a)
}

func revisionText(e *directory.Entry) string { return strconv.FormatUint(e.Revision, 10) }
