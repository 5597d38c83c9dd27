package client

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Event is what a webhook brings (事件). The same event may come again, with the
// same ID: what was done with it need not be done twice.
type Event struct {
	ID        string          `json:"-"`
	Type      string          `json:"type"` // such as receipt.created
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// ErrSignature says that a delivery does not come from the platform, or is too
// old.
var ErrSignature = errors.New("client: the signature of the webhook does not verify (推送签名验证失败)")

const mostEvent = 1 << 20

// ReadWebhook reads a delivery and verifies its signature by any of the secrets:
// during a rotation there are two. Answer 2xx once the event is stored; anything
// else has it sent again.
func ReadWebhook(r *http.Request, secrets ...string) (*Event, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, mostEvent+1))
	if err != nil {
		return nil, err
	}
	if len(body) > mostEvent {
		return nil, ErrSignature
	}
	for _, secret := range secrets {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("client: the secret is none of a webhook (推送密钥格式有误)")
		}
		if hook.Verify(body, r.Header) != nil {
			continue
		}
		e := &Event{ID: r.Header.Get(standardwebhooks.HeaderWebhookID)}
		if err := json.Unmarshal(body, e); err != nil {
			return nil, fmt.Errorf("client: event: %w", err)
		}
		return e, nil
	}
	return nil, ErrSignature
}

func decode[T any](body []byte) (*T, error) {
	out := new(T)
	if err := json.Unmarshal(body, out); err != nil {
		return nil, fmt.Errorf("client: answer: %w", err)
	}
	return out, nil
}

// inOrder lays the receipts of a page, which come by message, in the order of
// their cursors.
func inOrder(p *receiptPage) []Receipt {
	var out []Receipt
	for _, m := range p.Messages {
		for _, r := range m.Receipts {
			r.Message, r.To = m.Message, m.To
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Receipt) int {
		x, y := place(a.Cursor), place(b.Cursor)
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	return out
}

// place reads a cursor, "decision.index".
func place(cursor string) (v [2]uint64) {
	seq, index, _ := strings.Cut(cursor, ".")
	v[0], _ = strconv.ParseUint(seq, 10, 64) // what is no number stands first
	v[1], _ = strconv.ParseUint(index, 10, 64)
	return v
}
