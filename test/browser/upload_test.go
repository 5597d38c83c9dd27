package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
	"pilotzone/test/browser/browsertest"
)

// TestPreflightWithoutAccount: a visitor drops the documents of a parcel and
// reads what would become of it; pastes a broken one and reads how to mend it;
// compares modes and calculates a tax.
func TestPreflightWithoutAccount(t *testing.T) {
	t.Parallel()
	w := zone(t)
	folder, err := w.Samples()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	b := browsertest.Open(t, w.url)
	b.Go("/preflight").See("申报预检").Axe()
	b.Upload("#files", files...).Press("预检").See("没有会被退单的问题", "放行", "计税价格").Axe()
	keep(b, "zh", "preflight-result")
	order, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b.Go("/preflight?lang=en")
	broken := strings.Replace(string(order), "<ceb:appStatus>2<", "<ceb:appStatus>1<", 1)
	b.Choose("#text", strings.ReplaceAll(broken, "\r", "")).Press("Check").See("Something would be refused", "PZ1009", "To mend").Axe()
	keep(b, "en", "preflight-result")
	b.Go("/advisor?lang=zh&direction=import&code1=3304990099&value1=500&weight1=0.1").See("9610 直购进口", "0110 一般贸易", "财关税〔2016〕18号").Axe()
	keep(b, "zh", "advisor-result")
	b.Go("/advisor?lang=en&direction=import&code1=3304990099&value1=500&weight1=0.1").See("general trade").Axe()
	keep(b, "en", "advisor-result").Go("/advisor?lang=zh")
	b.Go("/calculator").See("税款试算").Type("#code1", "4202210090").Type("#value1", "8000").Press("试算").See("1,582.40").Axe()
}

// TestUploadAndMend: a payment enterprise uploads a sheet with an error, finds it
// at its cell, mends it, uploads it again and sees it taken in.
func TestUploadAndMend(t *testing.T) {
	t.Parallel()
	w := zone(t)
	dir := t.TempDir()
	wrong, right := filepath.Join(dir, "wrong.xlsx"), filepath.Join(dir, "right.xlsx")
	sender := w.payer(t)
	sheet(t, w, wrong, sender, "110105194912310021")
	sheet(t, w, right, sender, "11010519491231002X")
	b := w.signIn(t, "payment")
	b.Go("/upload").See("批量报送", "下载模板").Axe()
	b.Upload("#file", wrong).Press("上传").See("结果", "下载带批注的表格", "1300").Axe()
	keep(b, "zh", "upload-result")
	b.Press("再传一个文件").Upload("#file", right).Press("上传").See("下载回执表", "平台受理").Axe()
	b.Go("/upload?lang=en").See("wrong.xlsx", "right.xlsx", "done").Axe()
}

// payer is the payment enterprise that has a log-in.
func (w *world) payer(t *testing.T) *registry.Filing {
	t.Helper()
	list, err := w.Zone.Registry.Search(t.Context(), "", registry.Payment, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if _, err := w.Zone.Accounts.OrgOfCode(t.Context(), list[i].CustomsCode); err == nil {
			return &list[i]
		}
	}
	t.Fatal("no payment enterprise has a log-in")
	return nil
}

// sheet fills the template of payments with one payment.
func sheet(t *testing.T, w *world, file string, sender *registry.Filing, id string) {
	t.Helper()
	tpl, _ := sheets.TemplateOf("411")
	data, err := tpl.Write(sheets.CodeLists(w.Zone.Intake.Rules(), clock.DayOf(w.Zone.Config.Clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(tpl.Sheet)
	if err != nil {
		t.Fatal(err)
	}
	platforms, err := w.Zone.Registry.Search(t.Context(), "", registry.Platform, "", 1)
	if err != nil || len(platforms) == 0 {
		t.Fatal(err)
	}
	values := map[string]string{"payCode": sender.CustomsCode, "payName": sender.Name, "payTransactionId": "BROWSER1", "orderNo": "BROWSER1", "ebpCode": platforms[0].CustomsCode, "ebpName": platforms[0].Name,
		"payerIdType": "1", "payerIdNumber": id, "payerName": "张示例", "amountPaid": "100.00", "payTime": "20261127100000"}
	for c, name := range rows[2] {
		at, err := excelize.CoordinatesToCellName(c+1, 4)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStr(tpl.Sheet, at, values[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
}
