package forms

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/form"
)

// In makes a text of a definition's words.
func In(w form.Words) ui.Text { return ui.T(w.ZH, w.EN) }

// Filled is a form with what stands in it and the faults that are to be shown
// (none while it is first filled in).
type Filled struct {
	Form     *form.Form
	Values   map[string]any
	Problems form.Problems
	// Notes stand beside fields, by name: what an officer asks to be completed.
	Notes map[string]string
}

// Field is the input for a field of a form.
func Field(v Filled, f *form.Field) ui.Field {
	out := ui.Field{Name: f.Name, Label: In(f.Label), Hint: In(f.Hint), Required: f.Required && f.Kind != form.YesNoField, Max: f.MaxLen}
	value := v.Values[f.Name]
	switch f.Kind {
	case form.SetField:
		out.Kind, out.Required = "checks", false
		list, _ := value.([]any)
		for _, x := range list {
			out.Values = append(out.Values, fmt.Sprint(x))
		}
		out.Options = Options(f)
	case form.ChoiceField:
		out.Kind, out.Options = "select", append([]ui.Option{{Label: ui.T("请选择", "Choose")}}, Options(f)...)
		out.Value, _ = value.(string)
	case form.YesNoField:
		out.Kind = "checkbox"
		if value == true {
			out.Value = "yes"
		}
	default:
		out.Value = f.Text(value).ZH
		out.Kind, out.Mode, out.Autocomplete = kind(f)
	}
	for _, p := range v.Problems {
		if p.Field == f.Name {
			out.Error = ui.T(p.ZH+"："+p.FixZH, p.EN+": "+p.FixEN)
			break
		}
	}
	return out
}

func kind(f *form.Field) (kind, mode, autocomplete string) {
	switch {
	case f.Long:
		return "textarea", "", ""
	case f.Kind == form.NumberField:
		return "text", "numeric", ""
	}
	switch f.Format {
	case "email":
		return "email", "", "email"
	case "day":
		return "date", "", ""
	case "phone":
		return "text", "tel", "tel"
	case "money":
		return "text", "decimal", ""
	case "bank-account":
		return "text", "numeric", "off"
	}
	return "text", "", ""
}

// Options are the values of a choice with their words.
func Options(f *form.Field) []ui.Option {
	out := make([]ui.Option, len(f.Enum))
	for i, v := range f.Enum {
		out[i] = ui.Option{Value: v, Label: In(f.Options[v])}
	}
	return out
}

// Facts are the fields of a section that are filled in.
func Facts(s *form.Section, values map[string]any) []ui.Fact {
	var out []ui.Fact
	for i := range s.Fields {
		f := &s.Fields[i]
		v, ok := values[f.Name]
		if !ok {
			continue
		}
		w := f.Text(v)
		value := ui.Data(w.ZH)
		if w.ZH != w.EN {
			value = ui.Words(In(w))
		}
		out = append(out, ui.Fact{Name: In(f.Label), Value: value})
	}
	return out
}

// Formats says as which types a paper is taken.
func Formats(doc *form.Document) string {
	list := doc.Accept
	if len(list) == 0 {
		list = blob.Types()
	}
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = strings.ToUpper(t.Extension())
	}
	return strings.Join(out, ", ")
}

// Accepts is the same for the attribute accept of a file input.
func Accepts(doc *form.Document) string {
	return "." + strings.ReplaceAll(strings.ToLower(Formats(doc)), ", ", ",.")
}

// run is a stretch of a text, in Chinese characters or in others.
type run struct {
	text string
	han  bool
}

// runs cuts a text where Chinese begins and ends: names stand in English texts
// as they are.
func runs(text string) []run {
	var out []run
	for _, r := range text {
		han := unicode.Is(unicode.Han, r)
		if len(out) == 0 || out[len(out)-1].han != han {
			out = append(out, run{han: han})
		}
		out[len(out)-1].text += string(r)
	}
	return out
}

// Mixed is a text in both languages whose English may hold Chinese names, which
// are set apart.
func Mixed(t ui.Text) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if !ui.English(ctx) {
			_, err := io.WriteString(w, templ.EscapeString(t.ZH))
			return err
		}
		var b strings.Builder
		for _, r := range runs(t.EN) {
			if r.han {
				b.WriteString(`<span lang="zh">` + templ.EscapeString(r.text) + `</span>`)
			} else {
				b.WriteString(templ.EscapeString(r.text))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}
