package demo

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	words "pilotzone/internal/face/console/names"
	"pilotzone/internal/kernel/money"
)

// Write prints the summary as a table for people, in Chinese and English.
func (s *Summary) Write(w io.Writer) error {
	t := &table{}
	t.title(fmt.Sprintf("演示日 The day  %s", s.Day))
	t.row("企业 enterprises filed", count(s.Enterprises), "")
	t.row("包裹 parcels", count(s.Parcels), "")
	t.row("报文 messages", count(s.Messages), plural(s.Spoilt, "其中损坏，整体退回 spoilt, refused as a whole: "))
	total := 0
	for _, d := range s.Documents {
		total += d.Count
	}
	t.row("单证 documents", count(total), fmt.Sprintf("退回 refused %s · 重复 repeated %s", count(s.Answers[clearance.DocRefused]), count(s.Answers[clearance.DocRepeated])))
	for _, d := range s.Documents {
		t.row("  "+strconv.Itoa(int(d.Kind))+" "+kindWords[d.Kind], count(d.Count), "")
	}
	s.states(t)
	s.reasons(t, "退单原因 Why rejected", s.Rejected)
	s.reasons(t, "转人工原因 Why held", s.Held)
	s.verdicts(t)
	s.money(t)
	t.title("自检与速度 Self-test and speed")
	t.row("与预期不符 outcomes that differ", count(s.Differed), "")
	for _, d := range s.Differences {
		t.row(fmt.Sprintf("  %d %s", d.Parcel, d.Trouble), "", d.What)
	}
	t.row("单证每秒 documents a second", count(s.PerSecond), "含演示数据生成与检索索引 traffic generation and indexing included")
	t.row("用时 time", s.Took.Round(10*time.Millisecond).String(), "")
	_, err := io.WriteString(w, t.text.String())
	return err
}

func (s *Summary) states(t *table) {
	t.title("包裹状态 Parcels by state")
	for _, v := range []clearance.State{clearance.Released, clearance.Closed, clearance.Concluded, clearance.Review, clearance.Inspect, clearance.Detained,
		clearance.Returned, clearance.Waiting, clearance.Refused, clearance.Expired, clearance.Withdrawn, clearance.Deleted} {
		if n := s.Count(v); n > 0 {
			t.row(v.Chinese()+" "+v.String(), count(n), fmt.Sprintf("进口 import %s · 出口 export %s", count(s.Imports[v]), count(s.Exports[v])))
		}
	}
	if s.Unlisted > 0 {
		t.row("清单未受理 list not taken in", count(s.Unlisted), "")
	}
	for _, name := range sorted(s.Waiting) {
		t.row("  等待 waits for "+name, count(s.Waiting[name]), "")
	}
	for _, name := range sorted(s.Classes) {
		t.row("  "+map[string]string{"summary": "汇总申报 summary declaration", "statistics": "汇总统计 statistics only"}[name], count(s.Classes[name]), "已放行的出口 released exports")
	}
}

func (s *Summary) reasons(t *table, title string, list []CodeCount) {
	if len(list) == 0 {
		return
	}
	t.title(title)
	for _, c := range list {
		w := words.Cause(c.Code)
		t.row(c.Code, count(c.Count), w.ZH+" / "+w.EN)
	}
}

func (s *Summary) verdicts(t *table) {
	if len(s.Verdicts) == 0 {
		return
	}
	t.title("监管人员处置 Officers' verdicts")
	for _, v := range []struct {
		status uint16
		words  string
	}{{800, "放行 release"}, {501, "扣留 detain"}, {700, "退运 return abroad"}} {
		if n := s.Verdicts[v.status]; n > 0 {
			t.row(strconv.Itoa(int(v.status))+" "+v.words, count(n), "")
		}
	}
}

func (s *Summary) money(t *table) {
	t.title("税款与额度 Tax and limits")
	t.row("放行完税价格 dutiable value released", yuan(s.Tax.Dutiable), "元 yuan")
	t.row("  关税 duty", yuan(s.Tax.Duty), "")
	t.row("  消费税 consumption tax", yuan(s.Tax.CT), "")
	t.row("  增值税 VAT", yuan(s.Tax.VAT), "")
	t.row("税款合计 tax", yuan(s.Tax.Total()), "")
	t.row("超年度限值 over the annual limit", count(s.Limits.Annual), "退单 rejected")
	t.row("超单次限值（多件）over the single limit", count(s.Limits.Single), "退单 rejected")
	t.row("单件超限全额征税 single piece at full tax", count(s.Limits.FullTax), "")
	t.row("年度额度恰好用尽 annual limit used to the fen", count(s.Limits.AtAnnual), "")
	t.row("恰为单次限值 worth just the single limit", count(s.Limits.AtSingle), "")
	r := s.Ring
	t.title("刷单团伙 The fraud ring")
	t.row("由通关数据发现的包裹 parcels found", count(r.Found), fmt.Sprintf("植入 planted %s", count(r.Planted)))
	t.row("  共用电话 telephones shared", count(r.Phones), fmt.Sprintf("身份 identities %s · 地址 addresses %s · 商户 merchants %s", count(r.Identities), count(r.Addresses), count(r.Merchants)))
	t.row("  完税价格 dutiable value", yuan(r.Value), "")
}

var kindWords = map[ceb.Kind]string{
	303: "出口订单 export order", 311: "进口订单 import order", 403: "收款单 receipt of payment", 411: "支付凭证 payment",
	505: "出口运单 export waybill", 507: "运抵单 arrival", 509: "离境单 departure", 511: "进口运单 import waybill", 513: "运单状态 waybill status",
	603: "出口清单 export list", 605: "出口撤单 export withdrawal", 621: "进口清单 import list", 623: "进口撤单 import withdrawal",
}

// table lays rows of a label, a figure and words out; Chinese takes two columns.
type table struct{ text strings.Builder }

const labelColumns, figureColumns = 44, 16

func (t *table) title(text string) {
	fmt.Fprintf(&t.text, "\n%s\n%s\n", text, strings.Repeat("─", labelColumns+figureColumns))
}

func (t *table) row(label, figure, words string) {
	line := label + strings.Repeat(" ", max(1, labelColumns-columns(label))) + strings.Repeat(" ", max(0, figureColumns-columns(figure))) + figure
	if words != "" {
		line += "  " + words
	}
	t.text.WriteString(strings.TrimRight(line, " ") + "\n")
}

// columns is how wide a text stands in a terminal.
func columns(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// count writes a number with thousands separators.
func count(n int) string { return separated(strconv.Itoa(n)) }

// yuan writes an amount with thousands separators.
func yuan(f money.Fen) string {
	whole, cents, _ := strings.Cut(f.String(), ".")
	return separated(whole) + "." + cents
}

func separated(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

func plural(n int, words string) string {
	if n == 0 {
		return ""
	}
	return words + count(n)
}

func sorted(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
