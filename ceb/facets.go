package ceb

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// verdict of a value: the code is "" when the value is good.
type verdict struct {
	code string
	wording
}

// checkValue judges the text of an element or attribute as XSD 1.0 does. An
// empty text that takes a default never comes here.
func checkValue(kind valueType, r *rule, text []byte) verdict {
	switch kind {
	case typeInt:
		return checkInt(r, text)
	case typeDecimal:
		return checkDecimal(r, text)
	}
	if r.collapse {
		text = collapse(text)
	}
	n := int32(utf8.RuneCount(text))
	switch {
	case r.fixed && string(text) != r.preset:
		return verdict{CodeFixed, say("值应为 "+r.preset, "the value must be "+r.preset)}
	case n == 0 && r.minLen > 0:
		return verdict{CodeEmpty, say("不得为空", "must not be empty").fix(lengthZH(r), lengthEN(r))}
	case n < r.minLen || r.maxLen != noLimit && n > r.maxLen:
		return verdict{CodeLength, say(fmt.Sprintf("长度为 %d 个字符，%s", n, lengthZH(r)), fmt.Sprintf("%d characters; %s", n, lengthEN(r)))}
	}
	return verdict{}
}

func lengthZH(r *rule) string {
	switch {
	case r.minLen == r.maxLen:
		return fmt.Sprintf("应为 %d 个", r.maxLen)
	case r.minLen > 0 && r.maxLen != noLimit:
		return fmt.Sprintf("应为 %d 至 %d 个", r.minLen, r.maxLen)
	case r.maxLen != noLimit:
		return fmt.Sprintf("最多 %d 个", r.maxLen)
	}
	return fmt.Sprintf("至少 %d 个", r.minLen)
}

func lengthEN(r *rule) string {
	switch {
	case r.minLen == r.maxLen:
		return fmt.Sprintf("exactly %d characters are wanted", r.maxLen)
	case r.minLen > 0 && r.maxLen != noLimit:
		return fmt.Sprintf("%d to %d characters are wanted", r.minLen, r.maxLen)
	case r.maxLen != noLimit:
		return fmt.Sprintf("at most %d characters are allowed", r.maxLen)
	}
	return fmt.Sprintf("at least %d characters are wanted", r.minLen)
}

// collapse does what whiteSpace=collapse demands.
func collapse(text []byte) []byte {
	return bytes.Join(bytes.FieldsFunc(text, func(c rune) bool { return c < utf8.RuneSelf && isSpace(byte(c)) }), []byte{' '})
}

func trim(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

// parseInt reads the lexical form of xs:int and gives the number of digits
// without leading zeros. White space around it is refused, as libxml2 does.
func parseInt(text []byte) (digits int, ok bool) {
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range text {
		if c < '0' || c > '9' || n > 1<<32 {
			return 0, false
		}
		if n > 0 || c != '0' {
			digits++
		}
		n = n*10 + uint64(c-'0')
	}
	limit := uint64(1<<31 - 1)
	if negative {
		limit++
	}
	return digits, n <= limit
}

// parseDecimal reads the lexical form of xs:decimal and counts its digits:
// all (leading zeros left out) and those after the point (trailing zeros left
// out). More than 24 digits are refused, as libxml2 does.
func parseDecimal(text []byte) (total, frac int, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	i, zeros := 0, 0
	for i < len(text) && text[i] == '0' {
		i++
		zeros = 1
	}
	first := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	whole := i - first
	total = whole
	written := whole
	if i < len(text) && text[i] == '.' && whole < maxDigits {
		i++
		first = i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		written += i - first
		frac = i - first
		for frac > 0 && text[first+frac-1] == '0' {
			frac--
		}
		total += frac
	}
	if i != len(text) || written > maxDigits || written == 0 && zeros == 0 {
		return 0, 0, false
	}
	return max(total, 1), frac, true
}

const maxDigits = 24

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func checkInt(r *rule, text []byte) verdict {
	digits, ok := parseInt(text)
	switch {
	case !ok:
		return verdict{CodeInt, say("应为整数", "a whole number is wanted").fix("例如 1，前后不得有空白", "for example 1, without white space around it")}
	case r.total != noLimit && digits > int(r.total):
		return verdict{CodeDigits, say(fmt.Sprintf("整数有 %d 位，最多 %d 位", digits, r.total), fmt.Sprintf("%d digits; at most %d are allowed", digits, r.total))}
	}
	return verdict{}
}

func checkDecimal(r *rule, text []byte) verdict {
	total, frac, ok := parseDecimal(trim(text))
	switch {
	case !ok && len(trim(text)) == 0:
		return verdict{CodeDecimal, say("应为数值，不得为空", "a decimal number is wanted, not an empty element").fix("没有数值时请省略该元素", "leave the element out when there is no number")}
	case !ok:
		return verdict{CodeDecimal, say("应为数值", "a decimal number is wanted").fix("例如 12.50，不带千分位与单位", "for example 12.50, without separators or units")}
	case r.frac != noLimit && frac > int(r.frac):
		return verdict{CodeDigits, say(fmt.Sprintf("小数有 %d 位，最多 %d 位", frac, r.frac), fmt.Sprintf("%d digits after the point; at most %d are allowed", frac, r.frac))}
	case r.total != noLimit && total > int(r.total):
		return verdict{CodeDigits, say(fmt.Sprintf("数值有 %d 位，最多 %d 位", total, r.total), fmt.Sprintf("%d digits; at most %d are allowed", total, r.total))}
	}
	return verdict{}
}
