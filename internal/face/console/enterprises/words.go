package enterprises

import (
	"fmt"
	"net/url"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/registry"
)

// change is one field that differs between two revisions.
type change struct {
	field         ui.Text
	before, after string
}

// differences are the fields in which two revisions of a filing differ.
func differences(a, b *registry.Filing) []change {
	var out []change
	add := func(zh, en, before, after string) {
		if before != after {
			out = append(out, change{ui.T(zh, en), orDash(before), orDash(after)})
		}
	}
	add("名称", "Name", a.Name, b.Name)
	add("统一社会信用代码", "Unified social credit code", a.USCC, b.USCC)
	add("海关注册编码", "Customs code", a.CustomsCode, b.CustomsCode)
	add("备案类型", "Kinds", a.Kinds.ZH(), b.Kinds.ZH())
	add("有效期", "Validity", ui.Day(a.From)+" – "+ui.Day(a.To), ui.Day(b.From)+" – "+ui.Day(b.To))
	add("暂停", "Suspensions", suspensions(a), suspensions(b))
	add("证书", "Certificates", certificates(a), certificates(b))
	add("签名策略", "Signature policies", policies(a), policies(b))
	return out
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func suspensions(f *registry.Filing) string {
	var out []string
	for _, s := range f.Suspensions {
		out = append(out, ui.Day(s.From)+" – "+ui.Day(s.To)+" "+s.Reason)
	}
	return strings.Join(out, "；")
}

func certificates(f *registry.Filing) string {
	var out []string
	for _, c := range f.Certificates {
		text := c.Serial
		if c.Revoked != 0 {
			text += "（" + ui.Day(c.Revoked) + " 注销）"
		}
		out = append(out, text)
	}
	return strings.Join(out, "；")
}

func policies(f *registry.Filing) string {
	var out []string
	for _, p := range f.Policies {
		kind := "*"
		if p.Kind != 0 {
			kind = p.Kind.String()
		}
		out = append(out, fmt.Sprintf("%s: %s", kind, p.Mode))
	}
	return strings.Join(out, "；")
}

// tone is the colour, icon and word of a filing's state.
func tone(s registry.State) (string, string, ui.Text) {
	words := ui.T(s.ZH(), s.String())
	switch s {
	case registry.Active:
		return "green", "circle-check", words
	case registry.Suspended:
		return "red", "player-pause", words
	case registry.Pending:
		return "amber", "hourglass", words
	}
	return "grey", "clock", words
}

// kindNames are the kinds of filing in both languages.
func kindNames(k registry.Kinds) ui.Text {
	return ui.T(k.ZH(), strings.ReplaceAll(strings.Join(k.Names(), ", "), "-", " "))
}

// kindOptions are the kinds as choices.
func kindOptions() []ui.Option {
	out := []ui.Option{{Label: ui.T("全部类型", "All kinds")}}
	for _, name := range []string{"platform", "merchant", "payment", "logistics", "agent", "warehouse", "guarantor", "operator", "overseas-warehouse"} {
		out = append(out, ui.Option{Value: name, Label: kindNames(registry.Role(name))})
	}
	return out
}

// suspendedNow tells whether a suspension without an end stands.
func suspendedNow(f *registry.Filing) bool {
	for _, s := range f.Suspensions {
		if s.To == 0 {
			return true
		}
	}
	return false
}

// parcelsOf is the list of the parcels in which an enterprise has a part.
func parcelsOf(f *registry.Filing) string {
	code := f.CustomsCode
	if code == "" {
		code = f.USCC
	}
	return "/parcels?" + url.Values{query.Enterprise: {code}}.Encode()
}
