// Package find ranks short texts by a query in Chinese or English (检索): the
// catalogue of services, the library of measures and published answers are small
// enough to be looked through whole.
//
// Invariants: it is pure; the same query and texts give the same score; Chinese
// needs no dictionary, since it is compared by pairs of characters.
package find

import (
	"strings"
	"unicode"
)

// words are the runs of letters and digits of a text, in small letters, and the
// pairs of Chinese characters that follow each other.
func words(text string) (latin, pairs []string) {
	var run []rune
	han := false
	end := func() {
		switch {
		case len(run) == 0:
		case !han:
			latin = append(latin, string(run))
		case len(run) == 1:
			pairs = append(pairs, string(run))
		default:
			for i := 0; i+1 < len(run); i++ {
				pairs = append(pairs, string(run[i:i+2]))
			}
		}
		run = run[:0]
	}
	for _, r := range strings.ToLower(text) {
		is := unicode.Is(unicode.Han, r)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if is != han {
			end()
		}
		han = is
		run = append(run, r)
	}
	end()
	return latin, pairs
}

// common are words that say nothing about what is looked for.
var common = map[string]bool{"a": true, "an": true, "and": true, "for": true, "how": true, "i": true, "in": true, "is": true, "of": true, "on": true, "the": true, "to": true, "what": true, "do": true, "my": true, "can": true, "get": true, "with": true,
	"什么": true, "如何": true, "怎么": true, "可以": true, "我们": true, "请问": true, "哪些": true, "是否": true}

// Score says how well texts fit a query, from 0 (not at all) to 1000; an empty
// query fits all. Texts that come first weigh more.
func Score(query string, texts ...string) int {
	latin, pairs := words(query)
	asked := append(latin, pairs...)
	var wanted []string
	for _, w := range asked {
		if !common[w] {
			wanted = append(wanted, w)
		}
	}
	if len(wanted) == 0 {
		return 1000
	}
	points := 0
	for _, w := range wanted {
		for i, t := range texts {
			if has(strings.ToLower(t), w) {
				points += 1000 - min(i*150, 600)
				break
			}
		}
	}
	return points / len(wanted)
}

// has tells whether a text has a word: Latin ones from the beginning of a word.
func has(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		at := from + i
		if first := []rune(word)[0]; unicode.Is(unicode.Han, first) || at == 0 || !alnum(text[at-1]) {
			return true
		}
		from = at + len(word)
	}
}

func alnum(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }

// Enough is the score from which a text answers a query of a few words; Some,
// from which it has to do with a whole sentence.
const (
	Enough = 280
	Some   = 150
)
