package clearance_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
)

// listed are the statuses that the text of each receipt lists (specification
// 202205, FORMATS section 3); below 0 is listed for all.
var listed = map[ceb.Kind][]int32{
	304: {1, 2, 3, 4, 100, 120}, 312: {2, 3, 4, 100, 120}, 404: {1, 2, 3, 4, 100, 120}, 412: {2, 3, 4, 100, 120},
	506: {1, 2, 3, 4, 100, 399}, 508: {1, 2, 3, 4, 100, 399}, 510: {1, 2, 3, 4, 100, 399}, 512: {2, 3, 4, 100, 120},
	514: {2, 3, 4, 100, 120}, 604: {1, 2, 3, 4, 100, 120, 300, 399, 500, 800, 899}, 606: {1, 2, 3, 4, 100, 399},
	622: {1, 2, 3, 4, 100, 120, 300, 399, 500, 501, 502, 503, 599, 700, 800, 899}, 624: {1, 2, 3, 4, 100, 120, 399},
}

// sound checks the receipts of a decision: valid by the schema, with the mark,
// with statuses that the receipt knows, rising within one answer.
func sound(d *clearance.Decision) error {
	nodes := d.Nodes()
	rungs := 0
	for _, r := range d.Receipts {
		rungs += len(r.Rungs)
		for i := 1; i < len(r.Rungs); i++ {
			if r.Rungs[i].Status <= r.Rungs[i-1].Status {
				return fmt.Errorf("%v goes down the ladder: %v", r.Kind, r.Rungs)
			}
		}
	}
	if len(nodes) != rungs {
		return fmt.Errorf("%d nodes of %d rungs: a receipt kind has no layout", len(nodes), rungs)
	}
	for i := range nodes {
		if err := soundNode(&nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func soundNode(n *clearance.ReceiptNode) error {
	raw := clearance.AppendReceipts(nil, []clearance.ReceiptNode{*n})
	m, err := ceb.Decode(raw)
	if err != nil {
		return fmt.Errorf("%v: %w in\n%s", n.Kind, err, raw)
	}
	if m.Kind != n.Kind || len(m.Docs) != 1 || m.Editions == 0 || len(m.Defects) != 0 {
		return fmt.Errorf("%v is not valid: %+v in\n%s", n.Kind, m.Defects, raw)
	}
	if n.Status >= 0 && !slices.Contains(listed[n.Kind], n.Status) {
		return fmt.Errorf("%v has status %d, which its text does not list", n.Kind, n.Status)
	}
	if !strings.Contains(string(raw), clearance.Mark) || !strings.Contains(string(raw), ">"+strconv.Itoa(int(n.Status))+"<") {
		return fmt.Errorf("%v without mark or status:\n%s", n.Kind, raw)
	}
	return nil
}
