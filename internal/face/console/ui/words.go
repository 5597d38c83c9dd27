package ui

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// Text is a text in both languages.
type Text struct{ ZH, EN string }

// T makes a text.
func T(zh, en string) Text { return Text{zh, en} }

// In is the text in the language of the context.
func (t Text) In(ctx context.Context) string { return Say(ctx, t.ZH, t.EN) }

// written tells whether the text is what somebody wrote, the same in both
// languages.
func (t Text) written() bool { return t.ZH == t.EN && strings.ContainsFunc(t.ZH, han) }

// tongue says that a text which somebody wrote is Chinese, on an English page.
func tongue(ctx context.Context, t Text) templ.Attributes {
	if !English(ctx) || !strings.ContainsFunc(t.EN, han) {
		return nil
	}
	return templ.Attributes{"lang": "zh"}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// part is a piece of a text.
type part struct {
	text    string
	written bool
}

// parts cuts an English text where Chinese begins and ends.
func parts(ctx context.Context, text string) []part {
	if !English(ctx) {
		return []part{{text, false}}
	}
	var out []part
	for len(text) > 0 {
		from := strings.IndexFunc(text, han)
		if from < 0 {
			return append(out, part{text, false})
		}
		to := strings.LastIndexFunc(text, han)
		// From the first Chinese character to the last one before an English word.
		if gap := englishWord.FindStringIndex(text[from:]); gap != nil && from+gap[0] < to {
			to = strings.LastIndexFunc(text[:from+gap[0]], han)
		}
		_, size := utf8.DecodeRuneInString(text[to:])
		if from > 0 {
			out = append(out, part{text[:from], false})
		}
		out = append(out, part{text[from : to+size], true})
		text = text[to+size:]
	}
	return out
}

var englishWord = regexp.MustCompile(`[A-Za-z]{2,}`)

type langKey struct{}

// English tells whether the reader chose English.
func English(ctx context.Context) bool {
	en, _ := ctx.Value(langKey{}).(bool)
	return en
}

// WithEnglish is a context whose reader chose English, or not.
func WithEnglish(ctx context.Context, en bool) context.Context {
	return context.WithValue(ctx, langKey{}, en)
}

// Say is the text of the two that is in the reader's language.
func Say(ctx context.Context, zh, en string) string {
	if English(ctx) {
		return en
	}
	return zh
}

// Lang is the reader's language for a lang attribute.
func Lang(ctx context.Context) string { return Say(ctx, "zh-CN", "en") }

// The names of the cookies that keep a reader's choices.
const (
	langCookie  = "lang"
	themeCookie = "theme"
	flashCookie = "flash"
)

// chosen is the language that the address or the cookie asks for; Chinese first.
func chosen(r *http.Request) (en, byAddress bool) {
	if v := r.URL.Query().Get("lang"); v == "en" || v == "zh" {
		return v == "en", true
	}
	c, err := r.Cookie(langCookie)
	return err == nil && c.Value == "en", false
}

// theme is "light", "dark", or "" for what the reader's machine prefers.
func theme(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

// local is an address of ours to go back to; "/" for anything else.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, "\\") || strings.ContainsFunc(path, blank) {
		return "/"
	}
	return path
}

// blank tells of white space and control characters. Browsers drop tabs and line
// ends from addresses, so that "/\t/host" would lead to another host.
func blank(r rune) bool { return r <= ' ' || r == 0x7f }
