package matters

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/matter"
)

// in makes a text of a definition's words.
func in(w matter.Words) ui.Text { return ui.T(w.ZH, w.EN) }

var categories = map[string]ui.Text{"filing": ui.T("备案与认证", "Filing and certification"), "policy": ui.T("政策服务", "Policy"), "person": ui.T("个人服务", "For persons")}

func category(c string) ui.Text {
	if t, ok := categories[c]; ok {
		return t
	}
	return ui.T(c, c)
}

// tone is the colour, icon and word of a state.
func tone(s matter.State) (string, string, ui.Text) {
	words := ui.T(s.ZH(), s.EN())
	switch s {
	case matter.Open:
		return "blue", "hourglass", words
	case matter.Returned:
		return "amber", "pencil", words
	case matter.Approved:
		return "green", "circle-check", words
	case matter.Refused:
		return "red", "circle-x", words
	case matter.Withdrawn:
		return "grey", "ban", words
	}
	return "grey", "pencil", words
}

// who says who may apply.
func who(applicants []string) ui.Text {
	var zh, en []string
	for _, a := range applicants {
		switch a {
		case "organisation":
			zh, en = append(zh, "企业和单位"), append(en, "organisations")
		case "consumer":
			zh, en = append(zh, "个人（消费者）"), append(en, "persons (consumers)")
		}
	}
	return ui.T(strings.Join(zh, "、"), strings.Join(en, ", "))
}

// formats says as which types a document is taken.
func formats(doc *matter.Document) string {
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

// accepts is the same for a file input.
func accepts(doc *matter.Document) string {
	return "." + strings.ReplaceAll(strings.ToLower(formats(doc)), ", ", ",.")
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// field is an input for a field of a form.
func field(v *draft, f *matter.Field) ui.Field {
	out := ui.Field{Name: f.Name, Label: in(f.Label), Hint: in(f.Hint), Required: f.Required && f.Kind != matter.YesNoField, Max: f.MaxLen}
	value := v.m.Form[f.Name]
	switch f.Kind {
	case matter.SetField:
		out.Kind, out.Required = "checks", false
		list, _ := value.([]any)
		for _, x := range list {
			out.Values = append(out.Values, fmt.Sprint(x))
		}
		out.Options = options(f)
	case matter.ChoiceField:
		out.Kind, out.Options = "select", append([]ui.Option{{Label: ui.T("请选择", "Choose")}}, options(f)...)
		out.Value, _ = value.(string)
	case matter.YesNoField:
		out.Kind = "checkbox"
		if value == true {
			out.Value = "yes"
		}
	default:
		out.Value = f.Text(value).ZH
		out.Kind, out.Mode, out.Autocomplete = kind(f)
	}
	if v.check {
		for _, p := range v.problems {
			if p.Field == f.Name {
				out.Error = ui.T(p.ZH+"："+p.FixZH, p.EN+": "+p.FixEN)
				break
			}
		}
	}
	return out
}

func kind(f *matter.Field) (kind, mode, autocomplete string) {
	switch {
	case f.Long:
		return "textarea", "", ""
	case f.Kind == matter.NumberField:
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

func options(f *matter.Field) []ui.Option {
	out := make([]ui.Option, len(f.Enum))
	for i, v := range f.Enum {
		out[i] = ui.Option{Value: v, Label: in(f.Options[v])}
	}
	return out
}

// filesOf are the files under one of the documents asked for.
func filesOf(files []blob.File, document string) []blob.File {
	var out []blob.File
	for _, f := range files {
		if f.Slot == document {
			out = append(out, f)
		}
	}
	return out
}

// facts are the fields of a section that are filled in.
func facts(m *matter.Matter, s *matter.Section) []ui.Fact {
	var out []ui.Fact
	for i := range s.Fields {
		f := &s.Fields[i]
		v, ok := m.Form[f.Name]
		if !ok {
			continue
		}
		w := f.Text(v)
		value := ui.Data(w.ZH)
		if w.ZH != w.EN {
			value = words(in(w))
		}
		out = append(out, ui.Fact{Name: in(f.Label), Value: value})
	}
	return out
}

// note is a comment of the history; what programs wrote has both languages.
func note(l *line) (ui.Text, bool) {
	if l.Act != matter.Note {
		return ui.Text{}, false
	}
	zh, en, ok := strings.Cut(l.Note, " / ")
	return ui.T(zh, en), ok
}

// target leads from a fault to the place where it is mended.
func target(m *matter.Matter, p matter.Problem) string {
	if strings.HasPrefix(p.Field, "document:") {
		return address(m.Number, "papers")
	}
	if p.Field == "" {
		return address(m.Number, "form") + "?check=1"
	}
	return address(m.Number, "form") + "?check=1#" + p.Field
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

// mixed is a text in both languages whose English may hold Chinese names, which
// are set apart.
func mixed(t ui.Text) templ.Component {
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
