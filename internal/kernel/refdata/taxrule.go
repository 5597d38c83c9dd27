package refdata

import (
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Form says what is known of a tax on a tariff line.
type Form uint8

// The forms of a tax rule.
const (
	NoRule   Form = iota // the tariff lays nothing down (no provisional rate)
	Plain                // one ad-valorem rate (从价)
	Compound             // with a specific rate, a threshold or both (从量、复合、分段)
	Unread               // the text could not be structured: the decision goes to review
)

// Branch is what is levied: value × AdValorem + quantity × PerUnit.
type Branch struct {
	AdValorem money.Rate // 从价税率
	PerUnit   money.Rate // 从量税额, yuan for one unit
}

// TaxRule is the structured form of a tariff's duty or consumption-tax text:
// "8%", "0.6元/千克", "20%+0.912元/升" or, with a threshold, "完税价大于等于10000元：
// 15%，完税价小于10000元：0。". The package tax computes by it.
type TaxRule struct {
	Form Form
	Unit Unit   // unit of PerUnit; 0 if none is specific
	Rule Branch // what applies: always without a threshold, with one from it on

	HasThreshold bool
	Threshold    money.Rate // dutiable value of one unit, yuan
	Above        bool       // Rule applies above the threshold only (高于), else from it on (大于等于)
	Units        [3]Unit    // units in which the threshold counts, best first, 0-ended
	Below        Branch     // what applies under the threshold
	Mark         pack.Mark  // of the row in tax_rules; 0 for a plain rate
}
