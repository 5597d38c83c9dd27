package passport

import (
	"fmt"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
)

// referral writes the letter to customs. The same dispute always gives the same
// text.
func referral(u *Use, number string, opened, closed int64) string {
	day := func(at int64) string { return clock.DayOf(time.UnixMicro(at)).String() }
	invt := u.InvtNo
	if invt == "" {
		invt = "（未取得 not given）"
	}
	var b strings.Builder
	line := func(zh, en string, args ...any) {
		fmt.Fprintf(&b, zh+"\n", args...)
		fmt.Fprintf(&b, en+"\n\n", args...)
	}
	b.WriteString("关于跨境电商零售进口订购人身份疑被冒用的移送函\nReferral of a suspected misuse of an orderer's identity in cross-border retail import\n\n")
	line("事项编号：%s", "Matter: %s", number)
	line("一、事实：订购人于 %s 通过实名认证提出异议，称下列清单并非本人购买。综试区于 %s 审核认定异议成立。",
		"1. Facts: on %s the orderer, signed in by a provider that proves who they are, disputed the list below as not bought by them. On %s the zone upheld the dispute.", day(opened), day(closed))
	for _, f := range [][3]string{
		{"清单编号", "list number (invtNo)", invt}, {"订单编号", "order number", u.OrderNo}, {"本平台包裹号", "parcel number here", fmt.Sprint(u.Parcel)},
		{"申报日", "declared on", u.Day.String()}, {"电商平台代码", "platform", u.Platform}, {"电商企业代码", "merchant", u.Merchant},
		{"商品", "goods", orDash(u.Goods)}, {"完税价格（元）", "dutiable value, yuan", u.Amount.String()}, {"税款（元）", "tax, yuan", u.Tax.String()},
		{"清单状态", "state of the list", u.State.Chinese() + " " + u.State.String()},
	} {
		fmt.Fprintf(&b, "  %s (%s): %s\n", f[0], f[1], f[2])
	}
	b.WriteString("\n")
	line("二、本区已采取的措施：已在包裹记录上标注“本人异议成立”；已恢复本区自行统计的该订购人 %d 年度额度。",
		"2. What the zone has done: the parcel is marked as disputed with success; the zone's own count of the orderer's allowance of %d is restored.", u.Day.Year())
	line("三、请海关核查：订购人年度交易额度以海关统计为准，本区的恢复不改变海关额度。请依清单编号核查订购人信息，依法处理并更正海关额度。",
		"3. What customs is asked: customs' count of the yearly allowance is the one that binds, and what the zone restored does not change it. Please look into the orderer by the list number, act as the law says, and correct customs' count.")
	line("四、个人信息：本函不载姓名与证件号码；订购人信息见清单原始报文，可凭用途说明在平台调取，调取留痕。",
		"4. Personal data: this letter carries no name and no identity number; they stand in the list as it came in, which the platform shows for a stated purpose and logs.")
	b.WriteString("依据 Basis: 财关税〔2018〕49号；海关总署公告2018年第194号；个人信息保护法第四十六条\n")
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
