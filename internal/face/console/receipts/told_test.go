package receipts

import (
	"testing"

	"pilotzone/internal/customs/clearance"
)

func TestAReceiptsTextAsPeopleReadIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out string
		ours    bool
	}{
		{"[Code:1800;Desc:逻辑校验通过]已使用于清单 46162026I000000574" + clearance.Mark, "1800 逻辑校验通过；已使用于清单 46162026I000000574", true},
		{"[Code:1320;Desc:项数不一致,[清单:3,订单:2]][Code:1327;Desc:人名不一致]", "1320 项数不一致,[清单:3,订单:2]；1327 人名不一致", false},
		{"新增申报成功", "新增申报成功", false},
		{"[Code:1;Desc:", "[Code:1;Desc:", false},
		{"", "", false},
	} {
		if got, ours := told(c.in); got != c.out || ours != c.ours {
			t.Errorf("%q: %q %t", c.in, got, ours)
		}
	}
}
