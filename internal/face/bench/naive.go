package bench

import (
	"context"
	"database/sql"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver of the naive SQLite way

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store/pgtemp"
)

// The naive way is the one that most systems are written in: encoding/xml into
// structs, a table a document, an index a number, one transaction a message
// over one connection, everything asked of the database. It is simplified in
// its favour: one tax rate, no receipts, no encryption, no working kept.

type naiveOrder struct {
	Head struct {
		OrderNo  string `xml:"orderNo"`
		Platform string `xml:"ebpCode"`
		Paid     string `xml:"acturalPaid"`
		Goods    string `xml:"goodsValue"`
		Buyer    string `xml:"buyerIdNumber"`
	} `xml:"Order>OrderHead"`
}

type naivePayment struct {
	Head struct {
		OrderNo  string `xml:"orderNo"`
		Platform string `xml:"ebpCode"`
		PayNo    string `xml:"payTransactionId"`
		Amount   string `xml:"amountPaid"`
		Payer    string `xml:"payerIdNumber"`
	} `xml:"Payment>PaymentHead"`
}

type naiveWaybill struct {
	Head struct {
		Carrier string `xml:"logisticsCode"`
		No      string `xml:"logisticsNo"`
	} `xml:"Logistics>LogisticsHead"`
}

type naiveList struct {
	Head struct {
		OrderNo  string `xml:"orderNo"`
		Platform string `xml:"ebpCode"`
		Carrier  string `xml:"logisticsCode"`
		Waybill  string `xml:"logisticsNo"`
		Buyer    string `xml:"buyerIdNumber"`
	} `xml:"Inventory>InventoryHead"`
	Lines []struct {
		Code  string `xml:"gcode"`
		Total string `xml:"totalPrice"`
	} `xml:"Inventory>InventoryList"`
}

var naiveTables = []string{
	`create table orders(platform text, order_no text, paid bigint, buyer text, xml text, primary key(platform, order_no))`,
	`create table payments(pay_no text primary key, platform text, order_no text, amount bigint, payer text, xml text)`,
	`create index payments_order on payments(platform, order_no)`,
	`create table waybills(carrier text, no text, xml text, primary key(carrier, no))`,
	`create table lists(platform text, order_no text, carrier text, waybill text, status text, dutiable bigint, tax bigint, xml text, primary key(platform, order_no))`,
	`create index lists_waybill on lists(carrier, waybill)`,
	`create table allowances(person text primary key, used bigint)`,
}

func (o *Options) naive(ctx context.Context, r *Result, pg *pgtemp.Server) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(o.Dir, "naive.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer db.Close()
	if r.NaiveSQLite, err = o.naiveRun(ctx, db, "naive SQLite", 3_000); err != nil {
		return err
	}
	if pg == nil {
		return nil
	}
	url, err := pg.Create(ctx, "naive", "")
	if err != nil {
		return err
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	pdb := stdlib.OpenDB(*cfg)
	defer pdb.Close()
	rate, err := o.naiveRun(ctx, pdb, "naive PostgreSQL", 600)
	r.NaivePostgres = &rate
	return err
}

func (o *Options) naiveRun(ctx context.Context, db *sql.DB, stage string, n int) (float64, error) {
	db.SetMaxOpenConns(1)
	for _, q := range naiveTables {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return 0, err
		}
	}
	gen, err := traffic.New(traffic.Options{Seed: 1, Day: day, Buyers: 500_000, Modes: traffic.ImportModes()})
	if err != nil {
		return 0, err
	}
	start := time.Now()
	for i := range n {
		for _, k := range steps {
			data, _ := gen.AppendMessage(nil, k, uint64(i), 1)
			if err := naiveMessage(ctx, db, uint16(k), data); err != nil {
				return 0, fmt.Errorf("%s: %w", stage, err)
			}
		}
		if i%100 == 99 {
			o.Progress(stage, i+1, n)
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

func naiveMessage(ctx context.Context, db *sql.DB, kind uint16, data []byte) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	switch kind {
	case 311:
		var v naiveOrder
		if err := xml.Unmarshal(data, &v); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `insert into orders(platform, order_no, paid, buyer, xml) values($1,$2,$3,$4,$5)`,
			v.Head.Platform, v.Head.OrderNo, fen(v.Head.Paid), v.Head.Buyer, string(data))
	case 411:
		var v naivePayment
		if err := xml.Unmarshal(data, &v); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `insert into payments(pay_no, platform, order_no, amount, payer, xml) values($1,$2,$3,$4,$5,$6)`,
			v.Head.PayNo, v.Head.Platform, v.Head.OrderNo, fen(v.Head.Amount), v.Head.Payer, string(data))
	case 511:
		var v naiveWaybill
		if err := xml.Unmarshal(data, &v); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `insert into waybills(carrier, no, xml) values($1,$2,$3)`, v.Head.Carrier, v.Head.No, string(data))
	case 621:
		var v naiveList
		if err := xml.Unmarshal(data, &v); err != nil {
			return err
		}
		err = naiveDecide(ctx, tx, &v, data)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func fen(s string) int64 {
	n, err := money.ParseN5([]byte(s))
	if err != nil {
		return 0
	}
	f, _ := n.Fen()
	return int64(f)
}

func naiveDecide(ctx context.Context, tx *sql.Tx, v *naiveList, data []byte) error {
	var paid, amount int64
	var buyer, payer, waybill string
	if err := tx.QueryRowContext(ctx, `select paid, buyer from orders where platform=$1 and order_no=$2`, v.Head.Platform, v.Head.OrderNo).Scan(&paid, &buyer); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `select amount, payer from payments where platform=$1 and order_no=$2`, v.Head.Platform, v.Head.OrderNo).Scan(&amount, &payer); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `select no from waybills where carrier=$1 and no=$2`, v.Head.Carrier, v.Head.Waybill).Scan(&waybill); err != nil {
		return err
	}
	status := "800"
	if paid != amount || buyer != payer || buyer != v.Head.Buyer {
		status = "100"
	}
	var dutiable int64
	for _, l := range v.Lines {
		dutiable += fen(l.Total)
	}
	tax := dutiable * 91 / 1000
	if _, err := tx.ExecContext(ctx, `insert into allowances(person, used) values($1,$2) on conflict(person) do update set used = allowances.used + excluded.used`, buyer, dutiable); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `insert into lists(platform, order_no, carrier, waybill, status, dutiable, tax, xml) values($1,$2,$3,$4,$5,$6,$7,$8)`,
		v.Head.Platform, v.Head.OrderNo, v.Head.Carrier, v.Head.Waybill, status, dutiable, tax, string(data))
	return err
}
