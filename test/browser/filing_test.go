package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/registry"
	"pilotzone/test/browser/browsertest"
)

// TestFileAnEnterprise: an enterprise files itself from the guide to the letter,
// with the office, the bank and a stranger who verifies the letter.
func TestFileAnEnterprise(t *testing.T) {
	t.Parallel()
	w := zone(t)
	f, o := w.carrier(t)
	licence := filepath.Join(t.TempDir(), "执照.pdf")
	if err := os.WriteFile(licence, []byte("%PDF-1.7\n%%EOF\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := w.signIn(t, "logistics")
	b.Go("/services").See("跨境电商主体备案").Axe()
	b.Go("/services/subject-filing").See("谁可以办").Axe().Press("开始办理")
	b.See("企业信息").Axe()
	at := strings.TrimSuffix(b.Path(), "/form")
	b.Press("保存并继续").See("选择文件：营业执照")
	b.Press("继续核对").See("提交前还需处理").Axe()
	b.Go(at + "/form?check=1").See("未填写企业名称").Axe()
	for field, text := range map[string]string{"name": o.Name, "uscc": f.USCC, "customs_code": f.CustomsCode, "courier_licence_no": "国邮20260001号", "contact_name": "郑物流",
		"contact_phone": "0373-3331111", "bank_name": "示范银行新乡分行", "bank_account": "410700987654321"} {
		b.Type("#"+field, text)
	}
	for _, box := range []string{"input[name=kinds][value=logistics]", "#truthful"} {
		// By script: the bar at the top may lie over what was scrolled into view.
		browsertest.Eval[bool](b, `document.querySelector("`+box+`").click() ?? true`)
	}
	b.See("已自动保存")
	b.Press("保存并继续").See("选择文件：快递业务经营许可证").Axe()
	for _, paper := range []string{"licence", "courier-licence"} {
		b.Upload("#file-"+paper, licence).Click("form:has(#file-" + paper + ") button").Find("section:has(#file-" + paper + ") li")
	}
	b.Press("继续核对").See("确认无误，提交").Axe().Press("确认无误，提交")
	b.See("已收到您的申请", "接下来").Axe()
	decideFiling(t, w, b, at)
	b.Go(at).See("已办结：同意").Axe().Press("查看文书")
	b.See("准予备案").Axe()
	address := b.Text(".letter-foot div")
	code := address[strings.Index(address, "/verify/")+len("/verify/"):][:24]
	v := browsertest.Open(t, w.url)
	v.Go("/verify").Axe().Type("#code", code).Press("核验")
	v.See("文书真实", o.Name).Axe()
}

// decideFiling is the office's and the bank's part.
func decideFiling(t *testing.T, w *world, b *browsertest.Tab, at string) {
	t.Helper()
	admin := w.signIn(t, "admin")
	admin.Go("/matters/queue").See("未认领").Axe()
	admin.Go(at).See("通过本环节").Axe().Press("认领").See("已认领")
	admin.Press("通过本环节").See("已通过本环节")
	bank := w.signIn(t, "bank")
	bank.Go("/payouts").See("410700987654321").Axe()
	amount := bank.Text("tbody tr:last-child .number")
	bank.Click("tbody tr:last-child button").See("已登记打款")
	b.Go(at + "/account").See("剩余次数").Axe()
	b.Type("#amount", "99.99").Press("确认金额").See("还可尝试2次")
	b.Messages() // the answer 422 is one
	b.Type("#amount", amount).Press("确认金额").See("账户已通过验证")
	customs := w.signIn(t, "customs")
	customs.Go(at).See("同意").Press("同意").See("已同意")
}

// carrier is the enterprise of the log-in logistics, and its organisation.
func (w *world) carrier(t *testing.T) (*registry.Filing, *access.Org) {
	t.Helper()
	list, err := w.Zone.Registry.Search(t.Context(), "", registry.Logistics, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if o, err := w.Zone.Accounts.OrgOfCode(t.Context(), list[i].CustomsCode); err == nil {
			return &list[i], o
		}
	}
	t.Fatal("no carrier has a log-in")
	return nil, nil
}
