package form

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
)

// formats are what a text can be asked to be. A code whose check digit fails
// passes here: probes ask the register about it.
var formats = []*jsonschema.Format{
	textFormat("uscc", func(s string) error { return hard(ident.CheckUSCC(s)) }),
	textFormat("customs-code", func(s string) error { _, err := ident.ParseCustomsCode(s); return hard(err) }),
	textFormat("day", func(s string) error {
		if len(s) != len("2006-01-02") {
			return errors.New("YYYY-MM-DD")
		}
		_, err := clock.ParseDay(s)
		return err
	}),
	textFormat("money", func(s string) error { _, err := money.ParseFen(s); return err }),
	textFormat("phone", match(`^(\+?[0-9]{1,4}[- ]?)?[0-9][0-9 -]{5,18}[0-9]$`)),
	textFormat("bank-account", match(`^[0-9]{8,30}$`)),
	textFormat("email", func(s string) error {
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s || len(s) > 254 {
			return errors.New("name@example.com")
		}
		return nil
	}),
}

var formatWords = map[string][4]string{
	"uscc":         {"统一社会信用代码有误", "this is no unified social credit code", "照营业执照填写18位代码", "write the 18 characters of the business licence"},
	"customs-code": {"海关注册编码有误", "this is no customs registration code", "填写10位海关注册编码", "write the 10 characters of the customs registration"},
	"day":          {"日期有误", "this is no date", "按 2026-03-01 的格式填写", "write it as 2026-03-01"},
	"money":        {"金额有误", "this is no amount", "填写元，最多两位小数，如 1200.00", "write yuan with at most two decimals, such as 1200.00"},
	"phone":        {"电话号码有误", "this is no telephone number", "只填数字，可带区号", "write digits, with an area code if there is one"},
	"bank-account": {"银行账号有误", "this is no account number", "填写8至30位数字，不含空格", "write its 8 to 30 digits without blanks"},
	"email":        {"电子邮箱有误", "this is no mail address", "按 name@example.com 的格式填写", "write it as name@example.com"},
}

func knownFormat(name string) bool { _, ok := formatWords[name]; return ok }

func hard(err error) error {
	if ident.IsWarning(err) {
		return nil
	}
	return err
}

func match(expr string) func(string) error {
	re := regexp.MustCompile(expr)
	return func(s string) error {
		if !re.MatchString(s) {
			return errors.New(expr)
		}
		return nil
	}
}

func textFormat(name string, check func(string) error) *jsonschema.Format {
	return &jsonschema.Format{Name: name, Validate: func(v any) error {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		return check(s)
	}}
}

// Check returns all that is wrong with a form, in the order of the form.
func (f *Form) Check(values map[string]any) Problems {
	var invalid *jsonschema.ValidationError
	if err := f.schema.Validate(plain(values)); err == nil {
		return nil
	} else if !errors.As(err, &invalid) {
		return Problems{{Code: "form", ZH: "表单无法读取", EN: "the form cannot be read", FixZH: "重新填写", FixEN: "fill it in again"}}
	}
	var out Problems
	f.collect(invalid, &out)
	order := map[string]int{}
	for i, field := range f.Fields() {
		order[field.Name] = i
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return order[a.Field] - order[b.Field] })
	return slices.CompactFunc(out, func(a, b Problem) bool { return a.Field == b.Field && a.Code == b.Code })
}

// plain is a form as the validator takes it: lists of any.
func plain(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for k, v := range values {
		switch list := v.(type) {
		case []string:
			items := make([]any, len(list))
			for i, s := range list {
				items[i] = s
			}
			out[k] = items
		default:
			out[k] = v
		}
	}
	return out
}

func (f *Form) collect(e *jsonschema.ValidationError, out *Problems) {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			f.collect(c, out)
		}
		return
	}
	field := ""
	if len(e.InstanceLocation) > 0 {
		field = e.InstanceLocation[0]
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			*out = append(*out, f.missing(name))
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			*out = append(*out, f.missing(name))
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			*out = append(*out, Problem{Code: "unknown", Field: name, ZH: "表单中没有此字段", EN: "the form has no such field", FixZH: "去掉此字段", FixEN: "leave it out"})
		}
	default:
		*out = append(*out, f.fault(field, e.ErrorKind))
	}
}

func (f *Form) label(name string) Words {
	if field := f.fields[name]; field != nil {
		return field.Label
	}
	return Words{name, name}
}

func (f *Form) missing(name string) Problem {
	w := f.label(name)
	return Problem{Code: "required", Field: name, ZH: "未填写" + w.ZH, EN: w.EN + " is missing", FixZH: "填写" + w.ZH, FixEN: "fill it in"}
}

// fault says one fault of one field in words.
func (f *Form) fault(name string, why jsonschema.ErrorKind) Problem {
	p := Problem{Code: "value", Field: name, ZH: f.label(name).ZH + "的值不可用", EN: f.label(name).EN + ": this value cannot be taken", FixZH: "按提示改正", FixEN: "correct it as the hint says"}
	say := func(code, zh, en, fixZH, fixEN string) Problem { return Problem{code, name, zh, en, fixZH, fixEN} }
	switch k := why.(type) {
	case *kind.Format:
		if w, ok := formatWords[k.Want]; ok {
			return say("format", w[0], w[1], w[2], w[3])
		}
	case *kind.MaxLength:
		return say("long", fmt.Sprintf("超过%d个字", k.Want), fmt.Sprintf("longer than %d characters", k.Want), "删减", "make it shorter")
	case *kind.MinLength:
		return say("short", fmt.Sprintf("不足%d个字", k.Want), fmt.Sprintf("shorter than %d characters", k.Want), "补充", "write more")
	case *kind.MinItems:
		return say("few", fmt.Sprintf("至少选择%d项", k.Want), fmt.Sprintf("choose at least %d", k.Want), "补选", "choose more")
	case *kind.Enum, *kind.Const:
		return say("choice", "不在可选范围内", "this is not one of the choices", "从列出的选项中选择", "choose one of those listed")
	case *kind.Type:
		return say("type", "类型不对", "this is of another type", "按提示填写", "fill it in as the hint says")
	case *kind.Minimum:
		return say("low", "不得小于 "+k.Want.RatString(), "not below "+k.Want.RatString(), "改正数值", "correct it")
	case *kind.Maximum:
		return say("high", "不得大于 "+k.Want.RatString(), "not above "+k.Want.RatString(), "改正数值", "correct it")
	}
	return p
}

// FromValues makes a form of what a page sends: all texts, by field name. Empty
// ones are left out.
func (f *Form) FromValues(values map[string][]string) map[string]any {
	out := map[string]any{}
	for name, field := range f.fields {
		list := slices.DeleteFunc(slices.Clone(values[name]), func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(list) == 0 {
			continue
		}
		text := strings.TrimSpace(list[0])
		switch field.Kind {
		case SetField:
			items := make([]any, len(list))
			for i, s := range list {
				items[i] = s
			}
			out[name] = items
		case YesNoField:
			out[name] = text == "true" || text == "on" || text == "yes"
		case NumberField:
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				out[name] = float64(n)
			} else {
				out[name] = text // said to be of another type
			}
		default:
			out[name] = text
		}
	}
	return out
}

// maxFormText bounds each text of a draft in bytes, before anything is checked.
const maxFormText = 16 << 10

// Keep takes of a draft what the form has fields for, bounded.
func (f *Form) Keep(values map[string]any) map[string]any {
	out := map[string]any{}
	for name := range f.fields {
		switch v := values[name].(type) {
		case string:
			if len(v) <= maxFormText && v != "" {
				out[name] = v
			}
		case bool, float64:
			out[name] = v
		case int:
			out[name] = float64(v)
		case []any:
			if len(v) <= 100 {
				out[name] = v
			}
		case []string:
			if len(v) <= 100 {
				out[name] = plain(map[string]any{"": v})[""]
			}
		}
	}
	return out
}

// Text is a value as it is stored in words: options by their names in both
// languages, others as they are.
func (f *Field) Text(v any) Words {
	one := func(s string) Words {
		if w, ok := f.Options[s]; ok {
			return w
		}
		return Words{s, s}
	}
	switch v := v.(type) {
	case nil:
		return Words{}
	case bool:
		if v {
			return Words{"是", "yes"}
		}
		return Words{"否", "no"}
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		return Words{s, s}
	case []any:
		var zh, en []string
		for _, x := range v {
			w := one(fmt.Sprint(x))
			zh, en = append(zh, w.ZH), append(en, w.EN)
		}
		return Words{strings.Join(zh, "、"), strings.Join(en, ", ")}
	}
	return one(fmt.Sprint(v))
}

// Mask hides what is personal in a form.
func (f *Form) Mask(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for name, v := range values {
		field := f.fields[name]
		if field == nil {
			continue
		}
		if s, ok := v.(string); ok && field.Personal {
			v = maskText(field, s)
		}
		out[name] = v
	}
	return out
}

func maskText(f *Field, s string) string {
	switch {
	case f.Format == "phone":
		return keys.MaskPhone(s)
	case f.Format == "email":
		name, host, _ := strings.Cut(s, "@")
		return keys.MaskName(name) + "@" + host
	case f.Format == "bank-account":
		return keys.MaskID(s)
	case strings.Contains(f.Name, "address"):
		return keys.MaskAddress(s)
	case strings.Contains(f.Name, "id_number"):
		return keys.MaskID(s)
	case f.Long:
		return "****"
	}
	return keys.MaskName(s)
}

// Personal tells whether any personal field is filled in.
func (f *Form) Personal(values map[string]any) bool {
	for name := range values {
		if field := f.fields[name]; field != nil && field.Personal {
			return true
		}
	}
	return false
}
