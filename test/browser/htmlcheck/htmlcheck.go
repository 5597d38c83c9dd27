// Package htmlcheck looks through a page for what its rules forbid: text in the
// wrong language, inline styles and scripts, a heading too many or too few, and
// it finds the links that a test follows.
package htmlcheck

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is a page that was read.
type Page struct{ root *html.Node }

// Read reads a page.
func Read(r io.Reader) (*Page, error) {
	root, err := html.Parse(r)
	return &Page{root}, err
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// walk calls f for each node with the language that is in force there; f says
// whether to go deeper.
func walk(n *html.Node, lang string, f func(n *html.Node, lang string) bool) {
	if n.Type == html.ElementNode {
		if l := attribute(n, "lang"); l != "" {
			lang = l
		}
	}
	if !f(n, lang) {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, lang, f)
	}
}

// spoken are the attributes that people read or hear.
var spoken = []string{"aria-label", "title", "placeholder", "alt", "aria-description"}

// english finds a run of words that a Chinese page should say in Chinese.
var english = regexp.MustCompile(`\b[A-Za-z][a-z]+(?: [a-z]{2,}){2,}\b`)

// Foreign finds text in another language than the page's: Han in an English
// page, a run of English words in a Chinese one. What a lang attribute sets apart,
// code and text areas are data.
func (p *Page) Foreign() []string {
	var out []string
	walk(p.root, "", func(n *html.Node, lang string) bool {
		switch {
		case n.Type == html.ElementNode && (n.DataAtom == atom.Code || n.DataAtom == atom.Pre || n.DataAtom == atom.Textarea || n.DataAtom == atom.Script):
			return false
		case n.Type == html.TextNode:
			out = append(out, foreign(n.Data, lang)...)
		case n.Type == html.ElementNode:
			for _, a := range n.Attr {
				if slices.Contains(spoken, a.Key) {
					out = append(out, foreign(a.Val, lang)...)
				}
			}
		}
		return true
	})
	return out
}

func foreign(text, lang string) []string {
	text = strings.TrimSpace(text)
	switch lang {
	case "en":
		// The choice of language names the other one by its own name.
		if i := strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }); i >= 0 && text != "中文" {
			return []string{text}
		}
	case "zh-CN":
		if found := english.FindString(text); found != "" {
			return []string{text}
		}
	}
	return nil
}

// Forbidden finds what the content policy refuses and what breaks the rules of
// pages: inline style, script and handlers, images without text, fields without
// label, not just one h1.
func (p *Page) Forbidden() []string {
	var out []string
	headings := 0
	labels := map[string]bool{}
	walk(p.root, "", func(n *html.Node, _ string) bool {
		if f := attribute(n, "for"); n.DataAtom == atom.Label && f != "" {
			labels[f] = true
		}
		return true
	})
	walk(p.root, "", func(n *html.Node, _ string) bool {
		if n.Type != html.ElementNode {
			return true
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				out = append(out, fmt.Sprintf("<%s %s>", n.Data, a.Key))
			}
		}
		switch n.DataAtom {
		case atom.H1:
			headings++
		case atom.Style:
			out = append(out, "<style>")
		case atom.Script:
			if attribute(n, "src") == "" && attribute(n, "type") == "" {
				out = append(out, "inline <script>")
			}
		case atom.Img:
			if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
				out = append(out, "<img> without alt")
			}
		case atom.Input, atom.Select, atom.Textarea:
			if kind := attribute(n, "type"); kind != "hidden" && kind != "submit" && attribute(n, "aria-label") == "" && !labels[attribute(n, "id")] && !within(n, atom.Label) {
				out = append(out, "field "+attribute(n, "name")+" without label")
			}
		}
		return true
	})
	if headings != 1 {
		out = append(out, fmt.Sprintf("%d headings h1", headings))
	}
	return out
}

func within(n *html.Node, what atom.Atom) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.DataAtom == what {
			return true
		}
	}
	return false
}

// Links are the addresses of our own that the page leads to, without fragments,
// each once.
func (p *Page) Links() []string {
	var out []string
	walk(p.root, "", func(n *html.Node, _ string) bool {
		if n.Type == html.ElementNode && n.DataAtom == atom.A {
			href, _, _ := strings.Cut(attribute(n, "href"), "#")
			if strings.HasPrefix(href, "/") && !slices.Contains(out, href) {
				out = append(out, href)
			}
		}
		return true
	})
	return out
}

// Text is all that people read of the page.
func (p *Page) Text() string {
	var b strings.Builder
	walk(p.root, "", func(n *html.Node, _ string) bool {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
		return n.DataAtom != atom.Script && n.DataAtom != atom.Style
	})
	return b.String()
}
