package award

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"pilotzone/internal/kernel/money"
)

// question holds the fields of both calculators as written.
type question struct {
	ID         json.RawMessage `json:"id"`
	Cap        json.RawMessage `json:"cap"`
	PercentCap json.RawMessage `json:"percent_cap"`
	Cost       json.RawMessage `json:"cost"`
	Warehouses json.RawMessage `json:"warehouses"`
}

type awardAnswer struct {
	ID  json.RawMessage `json:"id"`
	Max *money.Fen      `json:"max_award"`
}

type warehousesAnswer struct {
	ID      json.RawMessage `json:"id"`
	PerYear []money.Fen     `json:"per_year"`
	Total   money.Fen       `json:"total"`
}

type badAnswer struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

// Calc answers one line of `pilotzone calc award`: {"id","cap","percent_cap",
// "cost"} in, {"id","max_award"} out, without a line break. Amounts are strings
// in yuan, percent_cap a decimal such as "0.80"; what is null or left out is not
// stated, and max_award is null if neither bound is. A line that cannot be
// answered gives {"id","error"} and ok = false. Fields that are not known are
// refused, because a misspelt cap must not be taken for none.
func Calc(line []byte) (out []byte, ok bool) {
	q, err := read(line)
	if err == nil && present(q.Warehouses) {
		err = errors.New("warehouses: is no field here; see overseas-warehouse-award (此计算没有该字段)")
	}
	a := awardAnswer{ID: q.ID}
	if err == nil {
		a.Max, err = q.most()
	}
	if err != nil {
		return write(badAnswer{q.ID, err.Error()}), false
	}
	return write(a), true
}

func (q *question) most() (*money.Fen, error) {
	var limit, cost *money.Fen
	var share *money.Rate
	for _, f := range []struct {
		name string
		raw  json.RawMessage
		to   **money.Fen
	}{{"cap", q.Cap, &limit}, {"cost", q.Cost, &cost}} {
		text, has, err := text(f.raw)
		if err != nil || !has {
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.name, err)
			}
			continue
		}
		v, err := money.ParseFen(text)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", f.name, text, err)
		}
		*f.to = &v
	}
	rate, has, err := text(q.PercentCap)
	if err != nil {
		return nil, fmt.Errorf("percent_cap: %w", err)
	}
	if has {
		r, err := money.ParseRate(rate)
		if err != nil {
			return nil, fmt.Errorf("percent_cap %q: %w", rate, err)
		}
		share = &r
	}
	most, stated, err := Max(limit, share, cost)
	if err != nil || !stated {
		return nil, err
	}
	return &most, nil
}

// CalcWarehouses answers one line of `pilotzone calc overseas-warehouse-award`:
// {"id","warehouses":N} in, {"id","per_year":[…],"total"} out, all warehouses
// recognised in the same year; otherwise as [Calc].
func CalcWarehouses(line []byte, t Terms) (out []byte, ok bool) {
	q, err := read(line)
	if err == nil && (present(q.Cap) || present(q.PercentCap) || present(q.Cost)) {
		err = errors.New("only id and warehouses are fields here (此计算只有 id 和 warehouses)")
	}
	a := warehousesAnswer{ID: q.ID}
	if err == nil {
		var n int64
		if n, err = count(q.Warehouses); err == nil {
			a.PerYear, a.Total, err = t.Warehouses(n)
		}
	}
	if err != nil {
		return write(badAnswer{q.ID, err.Error()}), false
	}
	return write(a), true
}

// count reads a whole number, as a number or a string.
func count(raw json.RawMessage) (int64, error) {
	s, has, err := text(raw)
	if err != nil || !has {
		return 0, errors.New("warehouses: is missing or no whole number (缺少海外仓个数或不是整数)")
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("warehouses %q: must be a whole number (须为整数)", s)
	}
	return n, nil
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// text is a string, or a number as it is written; has is false for null and for
// what is left out.
func text(raw json.RawMessage) (s string, has bool, err error) {
	switch {
	case !present(raw):
		return "", false, nil
	case raw[0] == '"':
		err := json.Unmarshal(raw, &s)
		return s, true, err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), true, nil
	}
	return "", false, errors.New("must be a string (须为字符串)")
}

// read reads the object of a line; the id is null if there is none.
func read(line []byte) (question, error) {
	q := question{ID: json.RawMessage("null")}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		var named struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(line, &named) == nil && named.ID != nil {
			q.ID = named.ID
		}
		q.ID = plainID(q.ID)
		return q, fmt.Errorf("no object as expected (不是所需的 JSON 对象): %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return q, errors.New("one line holds one object (一行只写一个对象)")
	}
	id := plainID(q.ID)
	if string(id) == "null" && present(q.ID) {
		q.ID = id
		return q, errors.New("id: must be a string or a number (须为字符串或数字)")
	}
	q.ID = id
	return q, nil
}

// plainID is the id written anew if it is a string or a number, else null.
func plainID(raw json.RawMessage) json.RawMessage {
	s, has, err := text(raw)
	switch {
	case err != nil || !has:
		return json.RawMessage("null")
	case raw[0] == '"':
		return write(s)
	}
	return raw
}

func write(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte(`{"id":null,"error":"the answer can't be written"}`) // only plain values are written here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
