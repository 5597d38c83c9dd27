package find_test

import (
	"testing"

	"pilotzone/internal/kernel/find"
)

func TestTextsAreRankedInBothLanguages(t *testing.T) {
	t.Parallel()
	warehouse := []string{"推动海外仓建设", "Overseas warehouses", "省级公共海外仓首年最高60万元"}
	brand := []string{"培育自主品牌", "Own brands", "鼓励境外商标注册和国际认证"}
	for query, c := range map[string]struct{ warehouse, brand bool }{
		"":                      {true, true},
		"海外仓":                   {true, false},
		"建海外仓有什么奖励":             {true, false},
		"商标 注册":                 {false, true},
		"warehouse":             {true, false},
		"What is the BRAND for": {false, true},
		"rand":                  {false, false}, // the middle of a word
		"班列":                    {false, false},
	} {
		if got := find.Score(query, warehouse...) >= find.Enough; got != c.warehouse {
			t.Errorf("%q: the warehouse: %d", query, find.Score(query, warehouse...))
		}
		if got := find.Score(query, brand...) >= find.Enough; got != c.brand {
			t.Errorf("%q: the brand: %d", query, find.Score(query, brand...))
		}
	}
	if find.Score("海外仓", "海外仓", "其他") <= find.Score("海外仓", "其他", "海外仓") {
		t.Error("what comes first weighs more")
	}
}

func FuzzScore(f *testing.F) {
	f.Add("海外 warehouse", "海外仓 Overseas Warehouses")
	f.Fuzz(func(t *testing.T, query, text string) {
		if s := find.Score(query, text, text); s < 0 || s > 1000 {
			t.Fatal(s)
		}
	})
}
