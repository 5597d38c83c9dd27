// Package sheet cuts a style sheet down to what pages use: a rule stays when
// every class of one of its selectors occurs as a word in a page. It reads one
// known, minified sheet; it is no general parser of CSS.
package sheet

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_-]*`)

// Words are all words of the templates, Go files and scripts below a folder,
// generated ones and libraries left out.
func Words(pages fs.FS) (map[string]bool, error) {
	words := map[string]bool{}
	err := fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		ext := path.Ext(name)
		if ext != ".templ" && ext != ".go" && ext != ".js" || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".min.js") {
			return nil
		}
		text, err := fs.ReadFile(pages, name)
		for _, w := range word.FindAllString(string(text), -1) {
			words[w] = true
		}
		return err
	})
	return words, err
}

// Purge returns the sheet with the rules that pages of these words can use.
func Purge(css string, words map[string]bool) string {
	var out strings.Builder
	for len(css) > 0 {
		var head, body string
		head, body, css = next(css)
		switch {
		case body == "": // @charset, a comment, an import
			out.WriteString(head)
		case strings.HasPrefix(head, "@media"), strings.HasPrefix(head, "@supports"), strings.HasPrefix(head, "@layer"):
			if inner := Purge(body, words); inner != "" {
				out.WriteString(head + "{" + inner + "}")
			}
		case strings.HasPrefix(head, "@"):
			if !strings.HasPrefix(head, "@keyframes") || words[strings.TrimSpace(strings.TrimPrefix(head, "@keyframes"))] || strings.Contains(head, "tblr-") {
				out.WriteString(head + "{" + body + "}")
			}
		default:
			if kept := keep(head, words); kept != "" {
				out.WriteString(kept + "{" + body + "}")
			}
		}
	}
	return out.String()
}

// next cuts the first statement or block off a sheet.
func next(css string) (head, body, rest string) {
	css = strings.TrimLeft(css, " \n")
	if strings.HasPrefix(css, "/*") {
		end := strings.Index(css, "*/") + 2
		return css[:end], "", css[end:]
	}
	open := indexOutside(css, '{', ';')
	if open < 0 {
		return css, "", ""
	}
	if css[open] == ';' {
		return css[:open+1], "", css[open+1:]
	}
	depth, quote := 0, byte(0)
	for i := open; i < len(css); i++ {
		switch c := css[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return css[:open], css[open+1 : i], css[i+1:]
			}
		}
	}
	return css, "", ""
}

// indexOutside finds the first of two bytes that is not within quotes.
func indexOutside(s string, a, b byte) int {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == a || c == b:
			return i
		}
	}
	return -1
}

var class = regexp.MustCompile(`\.(-?[A-Za-z_](?:[\w-]|\\.)*)`)

// keep returns the selectors of a rule all of whose classes are words. What
// stands in :not(…) need not be there.
func keep(selectors string, words map[string]bool) string {
	var kept []string
	for _, s := range split(selectors) {
		used := true
		for _, m := range class.FindAllStringSubmatch(without(s, ":not("), -1) {
			used = used && words[strings.ReplaceAll(m[1], `\`, "")]
		}
		if used {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, ",")
}

// without cuts the arguments of a pseudo-class out of a selector.
func without(s, pseudo string) string {
	for {
		at := strings.Index(s, pseudo)
		if at < 0 {
			return s
		}
		depth, end := 0, len(s)
		for i := at; i < len(s); i++ {
			if s[i] == '(' {
				depth++
			} else if s[i] == ')' {
				if depth--; depth == 0 {
					end = i + 1
					break
				}
			}
		}
		s = s[:at] + s[end:]
	}
}

// split cuts a list of selectors at its outer commas.
func split(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, s[from:i]), i+1
			}
		}
	}
	return append(out, s[from:])
}
