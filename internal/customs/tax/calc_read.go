package tax

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// readQuote reads a question. On an error the id is still set if it was readable.
func readQuote(line []byte, today clock.Day) (quote, error) {
	q := quote{id: json.RawMessage("null"), on: today}
	obj, err := readObject(line)
	if id, has := obj["id"]; has {
		if id[0] == '{' || id[0] == '[' || id[0] == 't' || id[0] == 'f' {
			return q, errors.New("id: must be a string or a number (须为字符串或数字)")
		}
		q.id = id
		if id[0] == '"' { // written anew, so that the answer is valid UTF-8 whatever came in
			var text string
			if err := json.Unmarshal(id, &text); err != nil {
				return q, fmt.Errorf("id: %w", err)
			}
			q.id = appendJSON(text)
		}
	}
	if err != nil {
		return q, err
	}
	f := fields{obj: obj}
	f.skip("id")
	if raw, has := f.take("on"); has {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil || len(text) != len("2006-01-02") {
			return q, fmt.Errorf("on: must be a date string such as \"2026-03-01\" (须为形如 \"2026-03-01\" 的日期): %s", shorten(raw))
		}
		if q.on, err = clock.ParseDay(text); err != nil {
			return q, fmt.Errorf("on: %w", err)
		}
	}
	q.in.Used = f.fen("used_annual")
	q.in.Freight = f.fen("freight")
	q.in.Insurance = f.fen("insurance")
	q.in.Discount = f.fen("direct_discount")
	q.offset = f.fen("noncash_offset")
	items, has := f.take("items")
	if err := f.done(); err != nil {
		return q, err
	}
	if !has {
		return q, errors.New("items: is missing (缺少商品项)")
	}
	var list []json.RawMessage
	if err := json.Unmarshal(items, &list); err != nil || list == nil {
		return q, errors.New("items: must be a list of objects (须为对象数组)")
	}
	if len(list) == 0 {
		return q, errors.New("items: is empty; give at least one (至少需要一个商品项)")
	}
	for i, raw := range list {
		l, err := readItem(raw)
		if err != nil {
			return q, fmt.Errorf("items[%d]: %w", i, err)
		}
		q.in.Lines = append(q.in.Lines, l)
	}
	return q, nil
}

// readItem reads one item.
func readItem(raw json.RawMessage) (l Line, err error) {
	obj, err := readObject(raw)
	if err != nil {
		return l, err
	}
	f := fields{obj: obj}
	qty := f.quantity("qty")
	price := f.decimal("unit_price", true)
	duty := f.decimal("duty_rate", false)
	ct := f.decimal("ct_rate", false)
	l.VAT = f.decimal("vat_rate", false)
	perUnit := f.decimal("ct_specific_per_unit", false)
	specificQty := f.decimal("ct_specific_qty", false)
	l.Listed = f.boolean("in_list", true)
	if err := f.done(); err != nil {
		return l, err
	}
	if qty.IsZero() {
		return l, errors.New("qty: must be above zero (须大于零)")
	}
	if ct.Cmp(oneUnit) >= 0 {
		return l, fmt.Errorf("ct_rate: %s is not below 1; write 15 %% as 0.15 (须小于 1，15%% 写作 0.15)", shorten([]byte(ct.String())))
	}
	if l.Value, err = lineValue(price, qty); err != nil {
		return l, err
	}
	l.Pieces = qty
	l.Duty = &Rule{Upper: Levy{Rate: duty}}
	l.CT = &Rule{Upper: Levy{Rate: ct, PerUnit: perUnit}}
	l.Quantities = []Quantity{{Qty: specificQty}}
	return l, nil
}

// readObject reads a JSON object member by member, so that it can refuse a name
// given twice and keeps what it read before a fault.
func readObject(raw []byte) (map[string]json.RawMessage, error) {
	obj := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return obj, errors.New("not a JSON object (不是 JSON 对象)")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return obj, fmt.Errorf("malformed JSON (JSON 格式错误): %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return obj, fmt.Errorf("malformed JSON (JSON 格式错误): %w", err)
		}
		key := name.(string) // within an object the decoder gives only strings for names
		if _, twice := obj[key]; twice {
			return obj, fmt.Errorf("%.40s: given twice (重复的字段)", key)
		}
		obj[key] = value
	}
	if _, err := d.Token(); err != nil {
		return obj, fmt.Errorf("malformed JSON (JSON 格式错误): %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return obj, errors.New("more than one JSON value in the line (一行只能有一个 JSON 对象)")
	}
	return obj, nil
}

// fields takes the members of an object one by one and keeps the first fault.
type fields struct {
	obj   map[string]json.RawMessage
	known []string
	err   error
}

func (f *fields) skip(name string) { f.known = append(f.known, name) }

// take returns a member; null counts as left out.
func (f *fields) take(name string) (json.RawMessage, bool) {
	f.skip(name)
	raw, has := f.obj[name]
	return raw, has && string(raw) != "null"
}

func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

// text returns the text of a string member.
func (f *fields) text(name string, required bool) (string, bool) {
	raw, has := f.take(name)
	if !has {
		if required {
			f.fail(name, errors.New("is missing (缺少必填项)"))
		}
		return "", false
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		f.fail(name, fmt.Errorf("must be a string such as \"12.34\" (须为字符串，如 \"12.34\"): %s", shorten(raw)))
		return "", false
	}
	return s, true
}

// fen reads an optional amount that must not be negative.
func (f *fields) fen(name string) money.Fen {
	s, has := f.text(name, false)
	if !has {
		return 0
	}
	v, err := money.ParseFen(s)
	if err == nil && v < 0 {
		err = fmt.Errorf("%s: %w", v, money.ErrNegative)
	}
	if err != nil {
		f.fail(name, err)
	}
	return v
}

// decimal reads an exact decimal that must not be negative.
func (f *fields) decimal(name string, required bool) money.Decimal {
	s, has := f.text(name, required)
	if !has {
		return money.Decimal{}
	}
	v, err := money.ParseRate(s)
	if err != nil {
		f.fail(name, err)
	}
	return v
}

// quantity reads a required decimal that may also be a JSON number.
func (f *fields) quantity(name string) money.Decimal {
	raw, has := f.take(name)
	if !has || raw[0] == '"' {
		return f.decimal(name, true)
	}
	v, err := parseNumber(string(raw))
	if err != nil {
		f.fail(name, err)
	}
	return v
}

// parseNumber reads a JSON number exactly; an exponent may move the point by at
// most 30 places.
func parseNumber(s string) (money.Decimal, error) {
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	v, err := money.ParseRate(mantissa)
	if err != nil || !has {
		return v, err
	}
	down := strings.HasPrefix(exponent, "-")
	places := 0
	for _, c := range strings.TrimLeft(exponent, "+-") {
		if places = places*10 + int(c-'0'); places > 30 {
			return v, fmt.Errorf("number %s: %w", shorten([]byte(s)), money.ErrRange)
		}
	}
	step := money.RateOf(10, 0)
	if down {
		step = money.RateOf(1, 1)
	}
	for range places {
		v = v.Mul(step)
	}
	return v, nil
}

func (f *fields) boolean(name string, unset bool) bool {
	raw, has := f.take(name)
	if !has {
		return unset
	}
	v := false
	if err := json.Unmarshal(raw, &v); err != nil {
		f.fail(name, fmt.Errorf("must be true or false (须为 true 或 false): %s", shorten(raw)))
	}
	return v
}

// done reports the first fault, or a member that no one took.
func (f *fields) done() error {
	if f.err != nil {
		return f.err
	}
	unknown := ""
	for name := range f.obj {
		known := false
		for _, k := range f.known {
			known = known || k == name
		}
		if !known && (unknown == "" || name < unknown) {
			unknown = name
		}
	}
	if _, there := f.obj[unknown]; there {
		return fmt.Errorf("%.40s: unknown field; known are (未知字段，可用字段为) %s", unknown, strings.Join(f.known, ", "))
	}
	return nil
}

func shorten(raw []byte) string {
	const most = 40
	if len(raw) > most {
		return string(raw[:most]) + "…"
	}
	return string(raw)
}

// appendJSON writes v on one line without escaping for HTML.
func appendJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("tax: answer of calc cannot be encoded: " + err.Error()) // its types encode always
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
