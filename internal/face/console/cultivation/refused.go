package cultivation

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
)

// refused is a form that was sent and not taken.
type refused struct {
	action string // path that it was sent to
	form   url.Values
	why    *cultivation.Refusal
}

type refusedKey struct{}

// refusalOf is the refusal that a page is shown again for, nil if there is none.
func refusalOf(ctx context.Context) *refused {
	no, _ := ctx.Value(refusedKey{}).(*refused)
	return no
}

// form registers what a form of a page does. If it is refused, the page is shown
// again with what was typed and the fault beside its field.
func (p *pages) form(path string, need access.Permission, h, page ui.Handler) {
	p.Post(path, need, func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		var why *cultivation.Refusal
		if !errors.As(err, &why) || why.Cause == cultivation.CauseMissing || why.Cause == cultivation.CauseDenied || ui.Partial(r) {
			return inWords(err)
		}
		again := r.WithContext(context.WithValue(r.Context(), refusedKey{}, &refused{r.URL.Path, r.PostForm, why}))
		if page(w, again) != nil {
			return inWords(err) // the sender does not see the page: the refusal alone
		}
		return nil
	})
}

// Show shows a page, with the refusal above it that it is shown again for.
func (p *pages) Show(w http.ResponseWriter, r *http.Request, v ui.View) error {
	if no := refusalOf(r.Context()); no != nil {
		why := problem(no.why)
		v.Status, v.Body = why.Status, refusedAbove(why, v.Body)
	}
	return p.Shell.Show(w, r, v)
}

// typed is the form as it was sent, if it is the one that was refused. Hidden fields
// stay the page's.
func (f form) typed(ctx context.Context) (form, bool) {
	no := refusalOf(ctx)
	if no == nil || no.action != f.action || !f.sent(no.form) {
		return f, false
	}
	fields := make([]ui.Field, len(f.fields))
	for i, v := range f.fields {
		name := f.prefix + "-" + v.Name
		if v.Kind != "hidden" {
			v.Value, v.Values = no.form.Get(name), no.form[name]
		}
		if v.Name == no.why.Field {
			v.Error = ui.T(no.why.ZH+"。"+no.why.FixZH, no.why.EN+". "+no.why.FixEN)
		}
		fields[i] = v
	}
	f.fields = fields
	return f, true
}

// sent tells whether a form has fields of this one.
func (f form) sent(form url.Values) bool {
	for _, v := range f.fields {
		if form.Has(f.prefix + "-" + v.Name) {
			return true
		}
	}
	return false
}
