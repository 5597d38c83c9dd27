package calculators_test

import (
	"testing"

	"pilotzone/internal/face/console/pagetest"
)

// TestCalculators: 湘政办发〔2023〕9号 （二） and （七） on the page, with the working, for
// everybody and in both languages; what is not in order is said beside its field.
func TestCalculators(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	for path, want := range map[string][]string{
		"/calculators": {"最高额", "湘政办发〔2023〕9号", "/calculator\""},
		"/calculators?cap=500000&percent=80&cost=400000":  {"320,000.00", "400,000.00 × 80%"},
		"/calculators?cap=500000&percent=30&cost=2000000": {"500,000.00", "600,000.00"},
		"/calculators?percent=30&cost=1200000":            {"360,000.00"},
		"/calculators?cost=5":                             {"无法得出数额"},
		"/calculators?warehouses=4":                       {"4,800,000.00", "4 × 300,000.00"},
		"/calculators?warehouses=5":                       {"5,000,000.00", "6,000,000.00", "累计上限"},
		"/calculators?warehouses=0":                       {"0.00"},
	} {
		if a := s.Fine("stranger", path); !a.Has(want...) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	for path, want := range map[string]string{
		"/calculators?cap=-1": "至多两位小数", "/calculators?percent=180&cost=1": "0 至 100", "/calculators?percent=30": "需要填写费用",
		"/calculators?warehouses=1.5": "填写整数", "/calculators?warehouses=-1": "填写整数",
	} {
		if a := s.Get("stranger", path); a.Status != 422 || !a.Has(want) {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}
