package ui

import (
	"context"
	"testing"

	"pilotzone/internal/kernel/money"
)

func TestLargeAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fen    money.Fen
		zh, en string
	}{
		{0, "0.00 元", "0.00 yuan"},
		{999_999, "9,999.99 元", "9,999.99 yuan"},
		{1_000_000, "1.00 万元", "10.00 thousand yuan"},
		{5_946_044, "5.94 万元", "59.46 thousand yuan"},
		{123_456_789, "123.45 万元", "1.23 million yuan"},
		{123_456_789_012, "12.34 亿元", "1,234.56 million yuan"},
	} {
		if got := Large(context.Background(), c.fen); got != c.zh {
			t.Errorf("%s: %q", c.fen, got)
		}
		if got := Large(WithEnglish(context.Background(), true), c.fen); got != c.en {
			t.Errorf("%s: %q", c.fen, got)
		}
	}
}
