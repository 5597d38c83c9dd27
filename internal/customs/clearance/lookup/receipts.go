package lookup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/store"
)

// Cursor is a place in the receipts: that of the last one that was read. The
// zero Cursor is before the first.
type Cursor struct {
	Seq   uint64 // decision
	Index int    // receipt within the decision, clearance.ReceiptNode.Index
}

// String is the cursor as it goes to a client and comes back: "123.0".
func (c Cursor) String() string { return strconv.FormatUint(c.Seq, 10) + "." + strconv.Itoa(c.Index) }

// ParseCursor reads what String wrote; "" and "0" are before the first receipt,
// and a decision's number alone is after all of its receipts.
func ParseCursor(s string) (Cursor, error) {
	if s == "" || s == "0" {
		return Cursor{}, nil
	}
	seq, index, both := strings.Cut(s, ".")
	c := Cursor{Index: maxIndex}
	var err error
	if c.Seq, err = strconv.ParseUint(seq, 10, 63); err == nil && both {
		c.Index, err = strconv.Atoi(index)
	}
	if err != nil || c.Index < 0 {
		return Cursor{}, fmt.Errorf("cursor %q: give back the cursor of the last answer unchanged (游标无效，请原样使用上次返回的游标)", s)
	}
	return c, nil
}

// maxIndex is above the index of any receipt of a decision.
const maxIndex = 1 << 30

// after tells whether a receipt stands behind the cursor.
func (c Cursor) after(n *clearance.ReceiptNode) bool {
	return n.Seq > c.Seq || n.Seq == c.Seq && n.Index > c.Index
}

// Receipts returns up to limit receipts for an enterprise after a cursor, in
// the order of the decisions, and the cursor behind them. No enterprise ("")
// means all receipts of all enterprises. The receipts are rendered from the
// decisions: the same question has the same answer, byte for byte.
func (x *Index) Receipts(ctx context.Context, enterprise string, after Cursor, limit int) ([]clearance.ReceiptNode, Cursor, error) {
	c := &collector{enterprise: enterprise, after: after, limit: max(limit, 1)}
	var err error
	if enterprise == "" {
		err = x.core.Each(ctx, max(after.Seq, 1), c.take)
	} else {
		err = x.receiptsOf(ctx, c)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return nil, after, err
	}
	if n := len(c.nodes); n > 0 {
		after = Cursor{Seq: c.nodes[n-1].Seq, Index: c.nodes[n-1].Index}
	}
	return c.nodes, after, nil
}

// collector takes receipts of decisions that come in order.
type collector struct {
	enterprise string
	after      Cursor
	limit      int
	nodes      []clearance.ReceiptNode
}

func (c *collector) take(d *clearance.Decision) error {
	nodes := d.Nodes()
	for i := range nodes {
		if n := &nodes[i]; c.after.after(n) && (c.enterprise == "" || n.To == c.enterprise) {
			if c.nodes = append(c.nodes, *n); len(c.nodes) == c.limit {
				return errEnough
			}
		}
	}
	return nil
}

// runsAtOnce is how many rows of the receipts' index are read in one go.
const runsAtOnce = 64

// receiptsOf walks the index of one enterprise's receipts. The index may be
// behind the core, never ahead.
func (x *Index) receiptsOf(ctx context.Context, c *collector) error {
	for from := c.after.Seq; ; {
		seqs, last, err := x.decisionsFor(ctx, c.enterprise, from, c.limit)
		if err != nil || len(seqs) == 0 {
			return err
		}
		full := false
		if err := x.fetch(ctx, seqs, func(d *clearance.Decision) { full = full || c.take(d) != nil }); err != nil {
			return err
		}
		if full {
			return nil
		}
		from = last + 1
	}
}

// decisionsFor returns decisions with receipts for an enterprise from a number
// on, in order, at least limit of them if there are so many, and where to go on.
func (x *Index) decisionsFor(ctx context.Context, enterprise string, from uint64, limit int) (seqs []uint64, last uint64, err error) {
	rows, err := x.db.Read().QueryContext(ctx, `select first, last, more from receipts where party = $1 and last >= $2 order by last limit $3`,
		enterprise, int64(from), runsAtOnce)
	if err != nil {
		return nil, 0, store.Wrap("read receipts index", err)
	}
	defer rows.Close()
	for rows.Next() && len(seqs) < limit+1 {
		var first int64
		var more []byte
		if err := rows.Scan(&first, &last, &more); err != nil {
			return nil, 0, store.Wrap("read receipts index", err)
		}
		for _, s := range unpack(uint64(first), more) {
			if s >= from && len(seqs) <= limit {
				seqs, last = append(seqs, s), s
			}
		}
	}
	return seqs, last, store.Wrap("read receipts index", rows.Err())
}
