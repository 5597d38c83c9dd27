package keys_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/keys"
)

func TestMasks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		mask func(string) string
		in   string
		want string
	}{
		{"resident ID", keys.MaskID, "11010519491231002X", "1101**********002X"},
		{"old resident ID", keys.MaskID, "110105491231002", "1101*******1002"},
		{"passport", keys.MaskID, "E12345678", "E1*****78"},
		{"short number", keys.MaskID, "123456", "1****6"},
		{"too short to show any", keys.MaskID, "12345", "*****"},
		{"no ID", keys.MaskID, "", ""},
		{"mobile", keys.MaskPhone, "13812345678", "138****5678"},
		{"mobile with country code", keys.MaskPhone, "+8613812345678", "+86138****5678"},
		{"landline", keys.MaskPhone, "03733051234", "037****1234"},
		{"local number", keys.MaskPhone, "3051234", "*****34"},
		{"short phone", keys.MaskPhone, "12345", "*****"},
		{"name of two", keys.MaskName, "张三", "张*"},
		{"name of three", keys.MaskName, "李小明", "李**"},
		{"Latin name", keys.MaskName, "John Smith", "J*** *****"},
		{"name of one", keys.MaskName, "张", "*"},
		{"address", keys.MaskAddress, "河南省新乡市红旗区平原路100号3栋2单元", "河南省新乡市红旗区****"},
		{"municipality", keys.MaskAddress, "北京市朝阳区建国路1号", "北京市朝阳区****"},
		{"county", keys.MaskAddress, "湖南省长沙市长沙县星沙街道", "湖南省长沙市长沙县****"},
		{"autonomous region", keys.MaskAddress, "内蒙古自治区通辽市科尔沁左翼后旗某苏木", "内蒙古自治区通辽市科尔沁左翼后旗****"},
		{"Guangzhou", keys.MaskAddress, "广东省广州市天河区体育东路", "广东省广州市天河区****"},
		{"residential area is no division", keys.MaskAddress, "新乡市幸福小区5号楼", "新乡市****"},
		{"no division", keys.MaskAddress, "某某大厦1001室", "****"},
		{"foreign", keys.MaskAddress, "221B Baker Street", "****"},
		{"no address", keys.MaskAddress, " ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.mask(tt.in); got != tt.want {
				t.Errorf("mask of %q = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestMasksAlwaysHide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789张王省市区县X小广")), 1, 30, -1).Draw(t, "s")
		for name, m := range map[string]func(string) string{"id": keys.MaskID, "phone": keys.MaskPhone, "name": keys.MaskName, "address": keys.MaskAddress} {
			if got := m(s); got == s || !strings.Contains(got, "*") {
				t.Fatalf("%s mask of %q = %q hides nothing", name, s, got)
			}
		}
		if a := keys.MaskAddress(s); strings.ContainsAny(a, "0123456789") {
			t.Fatalf("address mask of %q shows a number: %q", s, a)
		}
	})
}
