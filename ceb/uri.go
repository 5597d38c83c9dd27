package ceb

import (
	"math"
	"strings"
)

// isURI judges a value of type xs:anyURI as libxml2 does: characters outside
// ASCII and a few others count as escaped, the rest must be a URI reference of
// RFC 3986.
func isURI(s string) bool {
	b := []byte(s)
	for i, c := range b {
		if c <= ' ' || c >= 0x7F || strings.IndexByte("<>\"{}|\\^`", c) >= 0 {
			b[i] = '_'
		}
	}
	s = string(b)
	if i := strings.IndexByte(s, ':'); i > 0 && isScheme(s[:i]) {
		if hierarchy(s[i+1:]) {
			return true
		}
	}
	if first, _, _ := strings.Cut(s, "/"); strings.ContainsRune(cutAny(first, "?#"), ':') {
		return false // a relative reference has no colon in its first segment
	}
	return hierarchy(s)
}

func cutAny(s, marks string) string {
	if i := strings.IndexAny(s, marks); i >= 0 {
		return s[:i]
	}
	return s
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// hierarchy reads [//authority] path [?query] [#fragment].
func hierarchy(s string) bool {
	s, fragment, _ := strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	path := s
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			i = len(rest)
		}
		if !authority(rest[:i]) {
			return false
		}
		path = rest[i:]
	}
	return uriChars(path, ":@/") && uriChars(query, ":@/?") && uriChars(fragment, ":@/?[]")
}

func authority(s string) bool {
	if i := strings.IndexByte(s, '@'); i >= 0 && uriChars(s[:i], ":") {
		s = s[i+1:]
	}
	if strings.HasPrefix(s, "[") {
		_, rest, closed := strings.Cut(s, "]")
		return closed && (rest == "" || rest[0] == ':' && isPort(rest[1:]))
	}
	host, port, given := strings.Cut(s, ":")
	return uriChars(host, "") && (!given || isPort(port))
}

func isPort(s string) bool {
	n := 0
	for _, c := range []byte(s) {
		if n = n*10 + int(c-'0'); !isDigit(c) || n > math.MaxInt32 {
			return false
		}
	}
	return s != ""
}

// uriChars tells whether s holds only unreserved characters, sub-delimiters,
// escapes and the extra ones.
func uriChars(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', isDigit(c), strings.IndexByte("-._~!$&'()*+,;=", c) >= 0, strings.IndexByte(extra, c) >= 0:
		case c == '%' && i+2 < len(s) && digit(s[i+1]) < 16 && digit(s[i+2]) < 16:
			i += 2
		default:
			return false
		}
	}
	return true
}
