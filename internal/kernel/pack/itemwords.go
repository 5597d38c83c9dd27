package pack

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// typeWords are the types of JSON Schema in Chinese.
var typeWords = map[string]string{"object": "键值表", "array": "列表", "string": "文字", "integer": "整数", "number": "数", "boolean": "true 或 false", "null": "空"}

// english writes what the library says where this file has no words of its own.
var english = message.NewPrinter(language.English)

// schemaWords says in both languages what a schema has against a value and how
// to mend it; ok is false for an error that only groups others.
func schemaWords(e *jsonschema.ValidationError) (what, mend Text, ok bool) {
	say := func(zh, en, mendZH, mendEN string) (Text, Text, bool) {
		return Text{zh, en}, Text{mendZH, mendEN}, true
	}
	key := "?"
	if n := len(e.InstanceLocation); n > 0 {
		key = e.InstanceLocation[n-1]
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		names := strings.Join(k.Missing, ", ")
		return say("缺少键 "+names, "missing: "+names, "补上", "add it")
	case *kind.DependentRequired:
		names := strings.Join(k.Missing, ", ")
		return say(fmt.Sprintf("写了 %s 就须有 %s", k.Prop, names), fmt.Sprintf("with %s there must be %s", k.Prop, names), "补上", "add it")
	case *kind.FalseSchema:
		return say(fmt.Sprintf("此处没有键 %q", key), fmt.Sprintf("%q is not a key here", key), "删除它，或按 pilotzone pack schema 的说明改名", "remove it, or rename it as pilotzone pack schema says")
	case *kind.AdditionalProperties:
		names := strings.Join(k.Properties, ", ")
		return say("此处没有键 "+names, "not a key here: "+names, "删除它，或按 pilotzone pack schema 的说明改名", "remove it, or rename it as pilotzone pack schema says")
	case *kind.Type:
		zh := make([]string, len(k.Want))
		for i, w := range k.Want {
			zh[i] = typeWords[w]
		}
		return say(fmt.Sprintf("%s 应为%s", key, strings.Join(zh, "或")), fmt.Sprintf("%s must be: %s", key, strings.Join(k.Want, " or ")), "按类型改写；文字遇到像数字的内容时加引号", "write it in that type; put a text that looks like a number into quotes")
	case *kind.Enum:
		return say(fmt.Sprintf("%s 的值不在可用范围", key), fmt.Sprintf("%s has a value that is not known", key), "可用："+list(k.Want), "use one of: "+list(k.Want))
	case *kind.Const:
		return say(fmt.Sprintf("%s 须为 %v", key, k.Want), fmt.Sprintf("%s must be %v", key, k.Want), "改正", "mend it")
	case *kind.Pattern:
		return say(fmt.Sprintf("%s 的值 %q 形式不对", key, k.Got), fmt.Sprintf("%s %q has the wrong form", key, k.Got), "应符合 "+k.Want, "it must match "+k.Want)
	case *kind.Format:
		return say(fmt.Sprintf("%s 的值 %v 不是 %s", key, k.Got, k.Want), fmt.Sprintf("%s %v is not a %s", key, k.Got, k.Want), formatMend(k.Want).ZH, formatMend(k.Want).EN)
	case *kind.Minimum:
		return say(fmt.Sprintf("%s 小于 %s", key, exact(k.Want)), fmt.Sprintf("%s is below %s", key, exact(k.Want)), "改大", "write a larger value")
	case *kind.Maximum:
		return say(fmt.Sprintf("%s 大于 %s", key, exact(k.Want)), fmt.Sprintf("%s is above %s", key, exact(k.Want)), "改小", "write a smaller value")
	case *kind.MinItems:
		return say(fmt.Sprintf("%s 至少 %d 项", key, k.Want), fmt.Sprintf("%s needs at least %d entries", key, k.Want), "补上", "add some")
	case *kind.MinLength:
		return say(fmt.Sprintf("%s 至少 %d 字", key, k.Want), fmt.Sprintf("%s needs at least %d characters", key, k.Want), "补上", "write more")
	case *kind.MaxLength:
		return say(fmt.Sprintf("%s 至多 %d 字", key, k.Want), fmt.Sprintf("%s takes at most %d characters", key, k.Want), "缩短", "shorten it")
	case *kind.UniqueItems:
		return say(key+" 中有重复", key+" holds the same twice", "只留一个", "keep one of them")
	case *kind.AllOf, *kind.Group, *kind.Reference, *kind.Schema:
		return what, mend, false
	}
	en := e.ErrorKind.LocalizedString(english)
	return say(fmt.Sprintf("%s 不合规定：%s", key, en), key+": "+en, "按 pilotzone pack schema 的说明改写", "write it as pilotzone pack schema says")
}

func formatMend(name string) Text {
	switch name {
	case "day", "date":
		return Text{"写成 2026-01-01 的形式，且日期须存在", "write it as 2026-01-01; the date must exist"}
	case "money":
		return Text{"以元为单位加引号书写，至多两位小数，如 \"200000.00\"", `write yuan in quotes with at most two decimals: "200000.00"`}
	case "rate":
		return Text{"写成小数并加引号，如 \"0.80\"", `write a decimal in quotes: "0.80"`}
	}
	return Text{"按该格式改写", "write it in that form"}
}

func list(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ", ")
}

func exact(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	f, _ := r.Float64()
	return json.Number(fmt.Sprint(f))
}
