package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pilotzone/internal/kernel/money"
)

func TestParseFen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want money.Fen
		text string
		err  error
	}{
		{"12.34", 1234, "12.34", nil},
		{"12", 1200, "12.00", nil},
		{"0", 0, "0.00", nil},
		{"-0.5", -50, "-0.50", nil},
		{"-0.05", -5, "-0.05", nil},
		{"0012.30", 1230, "12.30", nil},
		{"12.3400", 1234, "12.34", nil},
		{"92233720368547758.07", math.MaxInt64, "92233720368547758.07", nil},
		{"92233720368547758.08", 0, "", money.ErrRange},
		{"99999999999999999999999999", 0, "", money.ErrRange},
		{"12.345", 0, "", money.ErrScale},
		{"", 0, "", money.ErrSyntax},
		{"-", 0, "", money.ErrSyntax},
		{".5", 0, "", money.ErrSyntax},
		{"5.", 0, "", money.ErrSyntax},
		{"+5", 0, "", money.ErrSyntax},
		{"--5", 0, "", money.ErrSyntax},
		{" 5", 0, "", money.ErrSyntax},
		{"1,000.00", 0, "", money.ErrSyntax},
		{"1e3", 0, "", money.ErrSyntax},
		{"1.2.3", 0, "", money.ErrSyntax},
		{"１", 0, "", money.ErrSyntax},
		{"NaN", 0, "", money.ErrSyntax},
		{strings.Repeat("x", 5000), 0, "", money.ErrSyntax},
	}
	for _, tt := range tests {
		got, err := money.ParseFen(tt.in)
		if !errors.Is(err, tt.err) || got != tt.want {
			t.Errorf("ParseFen(%.30q) = %v, %v; want %v, %v", tt.in, int64(got), err, int64(tt.want), tt.err)
			continue
		}
		if err == nil && got.String() != tt.text {
			t.Errorf("ParseFen(%q).String() = %q, want %q", tt.in, got, tt.text)
		}
		if err != nil && len(err.Error()) > 250 {
			t.Errorf("ParseFen(%.30q): error of %d bytes", tt.in, len(err.Error()))
		}
	}
	if got := money.Fen(math.MinInt64).String(); got != "-92233720368547758.08" {
		t.Errorf("smallest amount is written %q", got)
	}
}

func TestParseN5(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want money.N5
		text string
		err  error
	}{
		{"1", 100_000, "1", nil},
		{"12.5", 1_250_000, "12.5", nil},
		{"0.00001", 1, "0.00001", nil},
		{"-3.10", -310_000, "-3.1", nil},
		{"+3", 300_000, "3", nil},
		{".5", 50_000, "0.5", nil},
		{"5.", 500_000, "5", nil},
		{"1.500000000", 150_000, "1.5", nil},
		{"100", 10_000_000, "100", nil},
		{"-0", 0, "0", nil},
		{"92233720368547.75807", math.MaxInt64, "92233720368547.75807", nil},
		{"92233720368547.75808", 0, "", money.ErrRange},
		{"99999999999999.99999", 0, "", money.ErrRange}, // lawful N19,5, but out of 64 bits
		{"0.000001", 0, "", money.ErrScale},
		{"", 0, "", money.ErrSyntax},
		{".", 0, "", money.ErrSyntax},
		{"+", 0, "", money.ErrSyntax},
		{"1 ", 0, "", money.ErrSyntax},
		{"1E5", 0, "", money.ErrSyntax},
		{"INF", 0, "", money.ErrSyntax},
	}
	for _, tt := range tests {
		got, err := money.ParseN5([]byte(tt.in))
		if !errors.Is(err, tt.err) || got != tt.want || (err == nil && got.String() != tt.text) {
			t.Errorf("ParseN5(%q) = %v, %v; want %v, %v", tt.in, got, err, tt.text, tt.err)
		}
	}
}

func TestN5Fen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in    money.N5
		want  money.Fen
		exact bool
	}{
		{1000, 1, true},
		{1499, 1, false},
		{1500, 2, false},
		{-1499, -1, false},
		{-1500, -2, false},
		{0, 0, true},
		{math.MaxInt64, math.MaxInt64/1000 + 1, false},
	}
	for _, tt := range tests {
		if got, exact := tt.in.Fen(); got != tt.want || exact != tt.exact {
			t.Errorf("N5(%d).Fen() = %d, %v; want %d, %v", int64(tt.in), int64(got), exact, int64(tt.want), tt.exact)
		}
	}
	if n, err := money.Fen(123).N5(); n != 123_000 || err != nil {
		t.Errorf("Fen(123).N5() = %d, %v", int64(n), err)
	}
	if _, err := money.Fen(math.MaxInt64).N5(); !errors.Is(err, money.ErrRange) {
		t.Errorf("largest Fen as N5: %v, want ErrRange", err)
	}
}

func TestMul(t *testing.T) {
	t.Parallel()
	const one = 100_000
	tests := []struct {
		price, qty, want money.N5
		exact            bool
		err              error
	}{
		{12_50000, 3 * one, 37_50000, true, nil},
		{1, 50_000, 1, false, nil}, // 0.000005 rounds up
		{1, 49_999, 0, false, nil},
		{-1, 50_000, -1, false, nil},
		{-2 * one, -3 * one, 6 * one, true, nil},
		{math.MaxInt64, one, math.MaxInt64, true, nil},
		{math.MaxInt64, one + 1, 0, false, money.ErrRange},
		{math.MinInt64, math.MinInt64, 0, false, money.ErrRange},
		{math.MaxInt64, math.MaxInt64, 0, false, money.ErrRange},
	}
	for _, tt := range tests {
		got, exact, err := money.Mul(tt.price, tt.qty)
		if got != tt.want || exact != tt.exact || !errors.Is(err, tt.err) {
			t.Errorf("Mul(%s, %s) = %s, %v, %v; want %s, %v, %v", tt.price, tt.qty, got, exact, err, tt.want, tt.exact, tt.err)
		}
	}
}

func TestAddRange(t *testing.T) {
	t.Parallel()
	if s, err := money.Fen(5).Add(-7); s != -2 || err != nil {
		t.Errorf("5 + -7 = %d, %v", int64(s), err)
	}
	for _, tt := range [][2]money.Fen{{math.MaxInt64, 1}, {math.MinInt64, -1}} {
		if _, err := tt[0].Add(tt[1]); !errors.Is(err, money.ErrRange) {
			t.Errorf("%s + %s: %v, want ErrRange", tt[0], tt[1], err)
		}
	}
}

func TestApportion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		total   money.Fen
		weights []int64
		want    []money.Fen
	}{
		{"RULES A12.3: 10.00 over three equal lines", 1000, []int64{30000, 30000, 30000}, []money.Fen{334, 333, 333}},
		{"RULES A12.3: over 120/80/50", 1000, []int64{120, 80, 50}, []money.Fen{480, 320, 200}},
		{"negative total is the mirror image", -1000, []int64{1, 1, 1}, []money.Fen{-334, -333, -333}},
		{"all weights zero: equal, odd fen to the front", 5, []int64{0, 0, 0}, []money.Fen{2, 2, 1}},
		{"zero weight gets nothing", 100, []int64{0, 3, 0}, []money.Fen{0, 100, 0}},
		{"zero total", 0, []int64{1, 2}, []money.Fen{0, 0}},
		{"nothing over nothing", 0, nil, []money.Fen{}},
		{"largest remainder, not first come", 1, []int64{1, 3, 3}, []money.Fen{0, 1, 0}},
		{"tie to the lower index", 1, []int64{5, 5}, []money.Fen{1, 0}},
		{"largest values", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []money.Fen{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{"weights beyond 64 bits", 10, []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, []money.Fen{4, 3, 3}},
	}
	for _, tt := range tests {
		got := money.Apportion(tt.total, tt.weights)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: part %d is %d, want %d", tt.name, i, int64(got[i]), int64(tt.want[i]))
			}
		}
	}
}

func TestApportionRefusesCallersFaults(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"negative weight":        func() { money.Apportion(1, []int64{1, -1}) },
		"something over nothing": func() { money.Apportion(1, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type all struct {
		F money.Fen
		N money.N5
		R money.Rate
	}
	const text = `{"F":"12.30","N":"1.5","R":"0.13"}`
	var v all
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) != text {
		t.Errorf("%s, %v; want %s", out, err, text)
	}
	if err := json.Unmarshal([]byte(`{"F":"x"}`), &v); !errors.Is(err, money.ErrSyntax) {
		t.Errorf("bad amount: %v, want ErrSyntax", err)
	}
}
