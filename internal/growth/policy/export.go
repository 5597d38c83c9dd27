package policy

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/store"
)

// Format is the form of a file.
type Format string

// The forms of files.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// bankHead is the head of a payment list for the bank.
var bankHead = []string{"序号", "收款人", "开户银行", "账号", "金额（元）", "用途", "办件编号"}

// ExportList is a checked list as the bank takes it, with the accounts in clear;
// who takes it and for what is written into the chain.
func (s *Service) ExportList(ctx context.Context, id string, f Format, purpose string) ([]byte, error) {
	if err := s.may(ctx, access.BudgetManage, "payment.export", "payments:"+id); err != nil {
		return nil, err
	}
	purpose, err := words(purpose)
	if err != nil {
		return nil, err
	}
	var l *PaymentList
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if l, err = s.list(ctx, inside{tx}, id, false); err != nil {
			return err
		}
		if l.State != ListChecked && l.State != ListDone {
			return &Refusal{"list-state", "清单未复核，不能导出", "the list is not checked: it can't be exported", "先由另一人复核", "let another person check it first"}
		}
		return s.write(ctx, tx, "payment.export", "payments:"+id, "purpose="+purpose)
	})
	if err != nil {
		return nil, err
	}
	table := [][]string{bankHead}
	for _, p := range l.Payments {
		if p.State != PaymentLeft {
			table = append(table, []string{strconv.Itoa(p.Number), p.Payee.Name, p.Payee.Bank, p.Payee.Account, p.Amount.String(), "跨境电商奖补", p.Claim})
		}
	}
	return File(f, "拨付清单", table)
}

// File writes a table of texts as CSV (with a byte order mark) or XLSX. A cell
// that a spreadsheet would take for a formula is kept a text.
func File(f Format, sheet string, table [][]string) ([]byte, error) {
	if f == CSV {
		return csvFile(table)
	}
	x := excelize.NewFile()
	defer x.Close()
	if err := x.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	for r, cells := range table {
		for c, text := range cells {
			name, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err == nil {
				err = x.SetCellStr(sheet, name, text)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	var out bytes.Buffer
	err := x.Write(&out)
	return out.Bytes(), err
}

func csvFile(table [][]string) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	for _, cells := range table {
		safe := make([]string, len(cells))
		for i, text := range cells {
			if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
				text = "'" + text
			}
			safe[i] = text
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}
