package clearance_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
)

var update = flag.Bool("update", false, "write docs/state-table.md, docs/codes.md and the golden receipts anew")

// TestDocsAreOfTheCode fails when the published table or the list of codes is
// older than the code; `go test -run TestDocs -update` writes them.
func TestDocsAreOfTheCode(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"state-table.md": stateTable(), "codes.md": codeList()} {
		golden(t, filepath.Join("..", "..", "..", "docs", name), text)
	}
}

// golden holds text against a file, or writes it.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != text {
		t.Errorf("%s is stale: run `go test ./internal/customs/clearance -run '%s' -update`", file, t.Name())
	}
}

const tableHead = `# State table / 状态表

Made from the code (internal/customs/clearance/table.go) by ` + "`go test ./internal/customs/clearance -run TestDocs -update`" + `; a
test holds every cell against real documents. 由代码生成，每一格都有测试。

How to read a cell / 单元格读法:

- **state** 新状态, then the receipt statuses (returnStatus) that the list's sender gets, then what happens to the accounts of
  the core (allowance, weight counters, guarantee): *charge* 核扣, *free* 释放, *give back* 返还.
- ` + "`code`" + `: the event is refused with this code and nothing changes 以该代码拒绝，状态不变 (docs/codes.md).
- *again*: answered again as before, nothing changes 重复报文，按原结果答复.
- *noted*: remembered, nothing else changes 仅登记.
- –: nothing happens 无动作. ×: can't happen 不可能发生.
- *decide*: the list is stored as the current version; as soon as its documents are there it is decided: 120 and 800 (import),
  120 and 399 (export; with the goods already arrived 800, already departed 899), 300 or 500 where a person must look, or 100.
  清单入库为现行版本，单证齐全后审结。
  Where the pack asks for the verification of orderers (person_check), an import list whose documents are there waits in the same
  state for the answer, without time out. 规则包要求核验订购人身份的，进口清单齐单后在同一状态等待核验结果，不计超时。

Reserve at 120, charge at 800, free at 100, give back on withdrawal; all in the transaction of the decision.
额度与担保在 120 时预占、800 时核扣、100 时释放、撤单时返还。

Exports are never detained or returned (statuses 501–503, 599, 700 are not in CEB604): such an officer's word is refused with
` + "`PZ3002`" + `. Imports are never concluded or closed: they are released at once. Arrival and departure name export waybills only.
出口清单没有 501–503、599、700；进口清单没有 399、899。
`

func stateTable() string {
	var b strings.Builder
	b.WriteString(tableHead)
	b.WriteString("\n## States / 状态\n\n| state | 状态 | returnStatus |\n|---|---|---|\n")
	for s := clearance.None; s <= lastState; s++ {
		fmt.Fprintf(&b, "| %v | %s | %s |\n", s, s.Chinese(), dash(s.Receipt()))
	}
	b.WriteString("\n## The list / 清单 (CEB621, CEB603)\n\nRows are states, columns events. 行为状态，列为事件。\n")
	groups := []struct {
		title string
		from  clearance.Event
		to    clearance.Event
	}{{"A list comes / 清单到达", clearance.ListNew, clearance.ListDelete}, {"Time, withdrawal, movement / 超时、撤单、运抵离境", clearance.Timeout, clearance.Depart},
		{"Officers / 监管人员", clearance.ToReview, clearance.ToRefuse}}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n| |", g.title)
		for ev := g.from; ev <= g.to; ev++ {
			fmt.Fprintf(&b, " %v<br>%s |", ev, ev.Chinese())
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", int(g.to-g.from)+1) + "\n")
		for s := clearance.None; s <= lastState; s++ {
			fmt.Fprintf(&b, "| **%v** %s |", s, s.Chinese())
			for ev := g.from; ev <= g.to; ev++ {
				fmt.Fprintf(&b, " %s |", cellText(clearance.Table[ev][s], s, ev))
			}
			b.WriteString("\n")
		}
	}
	documentTable(&b)
	return b.String()
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func cellText(c clearance.Cell, s clearance.State, ev clearance.Event) string {
	switch {
	case !c.Defined:
		return "×"
	case c.Code != "":
		return "`" + c.Code + "`"
	case c.Repeat:
		return "*again*"
	case c.Effect == clearance.Flag:
		return "*noted*"
	case c.Effect == clearance.Restart:
		return "**waiting** 2, *decide*"
	case c.Next == s && len(c.Rungs) == 0:
		return "–"
	}
	text := "**" + c.Next.String() + "**"
	for i, r := range c.Rungs {
		sep := " "
		if i > 0 {
			sep = ", "
		}
		if r == 0 {
			text += sep + "501/502/503/599"
		} else {
			text += sep + fmt.Sprint(r)
		}
	}
	if ev == clearance.Withdraw {
		text += " (624: 2, 120, 399; 606: 2, 399)"
	}
	if e := c.Effect.String(); e != "" {
		text += ", *" + e + "*"
	}
	return text
}

func documentTable(b *strings.Builder) {
	b.WriteString("\n## Order, payment, waybill / 订单、支付凭证（收款单）、运单\n\n" +
		"Absent is also a document that was deleted or waited too long: its number remembers guid and time, so that a late repetition does not bring it back.\n" +
		"已删除或超时的单证仍记得 guid 与时间，迟到的旧报文不会使其恢复。\n\n| |")
	for s := clearance.Absent; s <= clearance.Used; s++ {
		fmt.Fprintf(b, " %v %s |", s, s.Chinese())
	}
	b.WriteString("\n|---|---|---|---|\n")
	faults := map[clearance.Fault]string{clearance.Exists: "exists 已存在", clearance.Busy: "in use 已被清单使用", clearance.Missing: "unknown 不存在", clearance.Old: "older 旧报文"}
	for ev := clearance.DocNew; ev <= clearance.DocDelete; ev++ {
		fmt.Fprintf(b, "| **%v** %s |", ev, ev.Chinese())
		for s := clearance.Absent; s <= clearance.Used; s++ {
			c := clearance.DocTable[ev][s]
			switch {
			case c.Never:
				b.WriteString(" × |")
			case c.Fault != clearance.NoFault:
				fmt.Fprintf(b, " refused: %s |", faults[c.Fault])
			case c.Repeat:
				b.WriteString(" *again* |")
			default:
				fmt.Fprintf(b, " **%v** 2 |", c.Next)
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| refused | 311, 303 | 411, 403 | 511, 505 | 513 |\n|---|---|---|---|---|\n")
	for _, f := range []clearance.Fault{clearance.Exists, clearance.Busy, clearance.Missing, clearance.Old, clearance.Invalid} {
		name := faults[f]
		if f == clearance.Invalid {
			name = "a check fails 校验不通过"
		}
		fmt.Fprintf(b, "| %s | `%s` | `%s` | `%s` | `%s` |\n", name, clearance.CodeOf(311, f), clearance.CodeOf(411, f), clearance.CodeOf(511, f), clearance.CodeOf(513, f))
	}
	b.WriteString("\nA payment whose list is released is refused with `22007`. A decided list makes its documents *used* (120; export waybill 399);\n" +
		"withdrawal, refusal by an officer and return abroad make them *pending* again.\n清单审结后单证为“已使用”；撤单、人工退单、退运后恢复为“待用”。\n")
}

func codeList() string {
	var b strings.Builder
	b.WriteString("# Codes / 代码表\n\nMade from the code (internal/customs/clearance/codes.go) by `go test ./internal/customs/clearance -run TestDocs -update`.\n" +
		"Official codes come from the specification's tables 7-1 and 7-2 or were seen in customs' receipts; PZ codes are the platform's own.\n" +
		"{1}, {2} … stand for values. 官方代码出自报文规范表 7-1、7-2 或海关回执所见；PZ 为平台自定代码。\n")
	official := true
	b.WriteString("\n## Official / 官方代码\n\n| code | 说明 | meaning | 处理办法 | how to mend |\n|---|---|---|---|---|\n")
	for _, c := range clearance.CodeList() {
		if official && !c.Official {
			official = false
			b.WriteString("\n## The platform's own / 平台自定代码\n\n| code | 说明 | meaning | 处理办法 | how to mend |\n|---|---|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Code, bar(c.ZH), bar(c.EN), bar(c.FixZH), bar(c.FixEN))
	}
	return b.String()
}

func bar(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// TestEveryCodeIsSaidInBothTongues: a code without words can't be mended.
func TestEveryCodeIsSaidInBothTongues(t *testing.T) {
	t.Parallel()
	for _, c := range clearance.CodeList() {
		if c.ZH == "" || c.EN == "" || (c.FixZH == "") != (c.FixEN == "") {
			t.Errorf("%s: %+v", c.Code, c)
		}
		if strings.Count(c.ZH, "{") != strings.Count(c.EN, "{") {
			t.Errorf("%s: %q and %q speak of different values", c.Code, c.ZH, c.EN)
		}
	}
}

// TestWordsDoNotReachIntoEachOther: a value that looks like a place is text.
func TestWordsDoNotReachIntoEachOther(t *testing.T) {
	t.Parallel()
	if got := clearance.Say("PZ1003", "{2}", "1", "2").English(); got != "{2} does not hold: 1 ≠ 2" {
		t.Error(got)
	}
	if got := clearance.Say("PZ9999", "x").Chinese(); got != "PZ9999 x" {
		t.Error(got)
	}
}
