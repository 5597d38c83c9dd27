package money_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pilotzone/internal/kernel/money"
)

func rate(t *testing.T, s string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	long := "0.123456789012345678901234567890123456789"
	tests := []struct {
		in, want string
		err      error
	}{
		{"0.13", "0.13", nil},
		{"0.130", "0.13", nil},
		{"0", "0", nil},
		{"000.000", "0", nil},
		{"1.5", "1.5", nil},
		{"100", "100", nil},
		{"0.000000001", "0.000000001", nil},
		{"0.0000000000000000001", "0.0000000000000000001", nil},   // 19 decimals: small
		{"0.00000000000000000001", "0.00000000000000000001", nil}, // 20: wide
		{"18446744073709551615", "18446744073709551615", nil},
		{long, long, nil},
		{"-0.1", "", money.ErrNegative},
		{"-x", "", money.ErrSyntax},
		{"", "", money.ErrSyntax},
		{".1", "", money.ErrSyntax},
		{"1.", "", money.ErrSyntax},
		{"1e-2", "", money.ErrSyntax},
		{"13%", "", money.ErrSyntax},
		{"+1", "", money.ErrSyntax},
		{strings.Repeat("1", 2000), "", money.ErrRange},
	}
	for _, tt := range tests {
		got, err := money.ParseRate(tt.in)
		if !errors.Is(err, tt.err) || (err == nil && got.String() != tt.want) {
			t.Errorf("ParseRate(%.30q) = %s, %v; want %s, %v", tt.in, got, err, tt.want, tt.err)
		}
		if err == nil {
			if want, _ := new(big.Rat).SetString(tt.want); got.Rat().Cmp(want) != 0 {
				t.Errorf("ParseRate(%q).Rat() = %s", tt.in, got.Rat())
			}
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"13": "0.13", "13%": "0.13", "0": "0", "9.1": "0.091", "0.00000000000000000001%": "0.0000000000000000000001"} {
		got, err := money.ParsePercent(in)
		if err != nil || got.String() != want {
			t.Errorf("ParsePercent(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	if got := rate(t, "0.091").Percent(); got != "9.1%" {
		t.Errorf("Percent() = %q, want 9.1%%", got)
	}
	if _, err := money.ParsePercent("%"); !errors.Is(err, money.ErrSyntax) {
		t.Errorf("ParsePercent(%%): %v", err)
	}
}

func TestRateArithmetic(t *testing.T) {
	t.Parallel()
	wide := "0.12345678901234567890123"
	tests := []struct{ a, b, product, sum string }{
		{"0.5", "0.2", "0.1", "0.7"},
		{"0.5", "0.5", "0.25", "1"},
		{"0", wide, "0", wide},
		{"10", "0.1", "1", "10.1"},
		{wide, "100", "12.345678901234567890123", "100.12345678901234567890123"},
		{"9999999999", "9999999999", "99999999980000000001", "19999999998"},
		{"0.0000000001", "0.0000000001", "0.00000000000000000001", "0.0000000002"},
		{"9999999999999999999", "9999999999999999999", "99999999999999999980000000000000000001", "19999999999999999998"},
	}
	for _, tt := range tests {
		a, b := rate(t, tt.a), rate(t, tt.b)
		if got := a.Mul(b); got.String() != tt.product || !got.Equal(rate(t, tt.product)) {
			t.Errorf("%s × %s = %s, want %s", a, b, got, tt.product)
		}
		if got := a.Add(b); got.String() != tt.sum || !got.Equal(rate(t, tt.sum)) {
			t.Errorf("%s + %s = %s, want %s", a, b, got, tt.sum)
		}
	}
	if rate(t, "0.13").Cmp(rate(t, "0.130001")) != -1 || rate(t, "0.2").Cmp(rate(t, "0.1")) != 1 || rate(t, wide).Cmp(rate(t, wide)) != 0 {
		t.Error("Cmp does not order the values")
	}
	if !money.RateOf(1300, 4).Equal(rate(t, "0.13")) || !(money.Rate{}).IsZero() || rate(t, wide).IsZero() {
		t.Error("RateOf or IsZero is wrong")
	}
	if d, ok := money.DecimalOf(150_000); !ok || d.String() != "1.5" {
		t.Errorf("DecimalOf(1.5) = %s, %v", d, ok)
	}
	if _, ok := money.DecimalOf(-1); ok {
		t.Error("a negative decimal was taken")
	}
}

func TestRateOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rate   string
		amount money.Fen
		want   money.Fen
		err    error
	}{
		{"0.13", 1000, 130, nil}, // RULES A13: 10.00 × 13 % × 70 % = 0.91 below
		{"0.091", 1000, 91, nil},
		{"0.5", 1, 1, nil},
		{"0.5", -1, -1, nil},
		{"0.49999999999999999999999", 1, 0, nil},
		{"0.50000000000000000000000", 1, 1, nil},
		{"2", math.MaxInt64, 0, money.ErrRange},
		{"0.9999999999999999999", 1, 1, nil},
		{"1000000000000000000", 1_000_000, 0, money.ErrRange},
	}
	for _, tt := range tests {
		got, err := rate(t, tt.rate).Of(tt.amount)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s of %s = %s, %v; want %s, %v", tt.rate, tt.amount, got, err, tt.want, tt.err)
		}
	}
}
