package zone

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/kernel/clock"
)

// mostNodes is how many receipts one message may hold (FORMATS section 1).
const mostNodes = 100

// ReceiptMessage is a receipt message for one enterprise: receipts of one kind.
type ReceiptMessage struct {
	Kind  ceb.Kind
	To    string // who sent the documents; "" when that could not be read
	Nodes []clearance.ReceiptNode
}

// XML writes the message.
func (m *ReceiptMessage) XML() []byte { return clearance.AppendReceipts(nil, m.Nodes) }

// Group puts receipts into messages: of one enterprise and one kind each, up to
// a hundred together, in the order in which they were decided.
func Group(nodes []clearance.ReceiptNode) []ReceiptMessage {
	type place struct {
		to   string
		kind ceb.Kind
	}
	var out []ReceiptMessage
	open := make(map[place]int)
	for _, n := range nodes {
		k := place{n.To, n.Kind}
		at, ok := open[k]
		if !ok || len(out[at].Nodes) == mostNodes || n.Kind == 900 { // a CEB900 holds one node
			at = len(out)
			open[k] = at
			out = append(out, ReceiptMessage{Kind: n.Kind, To: n.To})
		}
		out[at].Nodes = append(out[at].Nodes, n)
	}
	return out
}

// errPast ends a reading at its last decision.
var errPast = errors.New("past the end")

// Decisions calls f for the decisions from first to last.
func (z *Zone) Decisions(ctx context.Context, first, last uint64, f func(*clearance.Decision) error) error {
	if first > last {
		return nil
	}
	err := z.Reader().Each(ctx, first, func(d *clearance.Decision) error {
		if d.Seq > last {
			return errPast
		}
		if err := f(d); err != nil {
			return err
		}
		if d.Seq == last {
			return errPast
		}
		return nil
	})
	if errors.Is(err, errPast) {
		return nil
	}
	return err
}

// Receipts renders the receipts of the decisions from first to last that were
// made by the inputs from one number to another (0, 0: by any).
func (z *Zone) Receipts(ctx context.Context, first, last, from, to uint64) ([]clearance.ReceiptNode, error) {
	var nodes []clearance.ReceiptNode
	err := z.Decisions(ctx, first, last, func(d *clearance.Decision) error {
		if to == 0 || d.Input >= from && d.Input <= to {
			nodes = append(nodes, d.Nodes()...)
		}
		return nil
	})
	return nodes, err
}

// Refused tells whether an answer refuses the document, or the parcel that was
// decided with it.
func Refused(what, state string, status int32) bool {
	return what == clearance.DocRefused.String() || state == clearance.Refused.String() || state == clearance.Expired.String() || status == 100 || status < 0
}

// WriteReceipt writes a message into a folder of its receiver:
// DIR/RECEIVER/NUMBER-INDEX-CEB622Message.xml, by the decision of its first
// receipt. The file appears whole or not at all; written again it is the same.
func WriteReceipt(dir string, m *ReceiptMessage) error {
	folder := filepath.Join(dir, FolderName(m.To))
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	first := m.Nodes[0]
	name := fmt.Sprintf("%012d-%02d-%s.xml", first.Seq, first.Index, m.Kind)
	return WriteWhole(filepath.Join(folder, name), m.XML())
}

// FolderName makes a folder name of an enterprise code, which comes from
// outside: letters, digits, - and _ stay.
func FolderName(code string) string {
	clean := strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '_') {
			return r
		}
		return '_'
	}, code)
	if clean == "" {
		return "unknown"
	}
	return clean[:min(len(clean), 64)]
}

// WriteWhole writes a file under another name and renames it, so that nobody
// sees half of it and a crash leaves none.
func WriteWhole(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(0o640); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

// FormatReceipt answers a message that was refused as a whole with a CEB900
// (报文格式校验回执). It stands for no decision, so its number is drawn anew.
func FormatReceipt(r *intake.Refusal, at time.Time) []byte {
	var id [16]byte
	rand.Read(id[:])
	x := strings.ToUpper(hex.EncodeToString(id[:]))
	guid := x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	kind := "unknown"
	if r.Kind != 0 {
		kind = r.Kind.String()
	}
	var text strings.Builder
	if r.Reason != nil {
		text.WriteString("[Code:" + r.Reason.Code + ";Desc:" + r.Reason.Chinese() + "]")
	}
	for i := range r.Defects {
		d := &r.Defects[i]
		fmt.Fprintf(&text, "[Code:%s;Desc:%s 第%d行 %s]", d.Code, d.Path, d.Line, d.ZH)
	}
	info := []rune(text.String())
	if room := 1000 - len([]rune(clearance.Mark)); len(info) > room {
		info = append(info[:room-1], '…')
	}
	n, _ := ceb.FieldCount(900)
	fields := make([]string, n)
	local := at.In(clock.Beijing)
	fields[ceb.H900Guid], fields[ceb.H900OriMessageType], fields[ceb.H900ReturnStatus] = guid, kind, "-2"
	fields[ceb.H900ReturnTime] = local.Format("20060102150405") + local.Format(".000")[1:]
	fields[ceb.H900ReturnInfo] = string(info) + clearance.Mark
	b := ceb.AppendOpen(nil, 900, guid)
	b = ceb.AppendNode(b, 900, fields, nil)
	return ceb.AppendClose(b, 900, nil)
}
