package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Reason is why a document or parcel was answered as it was, with the cure.
type Reason struct {
	Code  string `json:"code"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	FixZH string `json:"fix_zh"`
	FixEN string `json:"fix_en"`
}

// Acknowledgement is the answer to a message: all of it is durable (受理结果).
type Acknowledgement struct {
	Message   string     `json:"message"` // such as CEB621Message
	Decision  uint64     `json:"decision"`
	Documents []Document `json:"documents"` // in the order of the message
	Sandbox   bool       `json:"-"`         // judged and thrown away
}

// Document is what became of one document of a message.
type Document struct {
	Input   uint64   `json:"input"`
	Kind    int      `json:"kind"`
	Number  string   `json:"number"`
	What    string   `json:"what"`   // stored, refused, repeated, deleted, moved, noted
	Status  int      `json:"status"` // receipt status 回执状态
	Parcel  uint64   `json:"parcel"` // 0 while its list is not there
	State   string   `json:"state"`
	Reasons []Reason `json:"reasons"`
}

// Submit sends a message of the CEB family, plain or in a DXP envelope.
func (c *Client) Submit(ctx context.Context, message []byte) (*Acknowledgement, error) {
	return c.SubmitAs(ctx, "", message)
}

// SubmitAs is Submit under an idempotency key of the caller's own, for callers
// who send again after they were restarted.
func (c *Client) SubmitAs(ctx context.Context, key string, message []byte) (*Acknowledgement, error) {
	body, header, err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/messages", Type: "application/xml", Body: message, Key: key})
	if err != nil {
		return nil, err
	}
	a, err := decode[Acknowledgement](body)
	if err == nil {
		a.Sandbox = header.Get("Sandbox") == "true"
	}
	return a, err
}

// ReceiptQuery says which receipts are asked for.
type ReceiptQuery struct {
	After      string        // cursor of the last one seen; "": from the first
	Enterprise string        // only for this one; "": for all that the key sees
	Wait       time.Duration // for how long each question waits for new ones; 0: the sequence ends at the last
	Page       int           // receipts a question; 100 if 0
}

// Receipt is one receipt (回执).
type Receipt struct {
	Cursor   string            `json:"cursor"` // keep it: After goes on behind it
	Decision uint64            `json:"decision"`
	Status   int               `json:"status"`
	Fields   map[string]string `json:"fields"` // elements of the receipt
	Message  string            `json:"-"`      // such as CEB622Message
	To       string            `json:"-"`      // enterprise that sent the document
}

type receiptPage struct {
	Next     string `json:"next"`
	More     bool   `json:"more"`
	Messages []struct {
		Message  string    `json:"message"`
		To       string    `json:"to"`
		Receipts []Receipt `json:"receipts"`
	} `json:"messages"`
}

// Receipts yields receipts in the order of the decisions, page by page. With
// Wait it goes on until the context ends or the caller stops. After an error the
// sequence ends; a new one goes on from the last cursor.
func (c *Client) Receipts(ctx context.Context, q ReceiptQuery) iter.Seq2[Receipt, error] {
	return func(yield func(Receipt, error) bool) {
		for {
			page, err := c.receipts(ctx, &q)
			if err != nil {
				yield(Receipt{}, err)
				return
			}
			for _, r := range inOrder(page) {
				if !yield(r, nil) {
					return
				}
			}
			q.After = page.Next
			if !page.More && q.Wait == 0 {
				return
			}
		}
	}
}

func (c *Client) receipts(ctx context.Context, q *ReceiptQuery) (*receiptPage, error) {
	v := url.Values{"limit": {strconv.Itoa(max(q.Page, 0))}}
	if q.Page == 0 {
		v.Set("limit", "100")
	}
	if q.After != "" {
		v.Set("cursor", q.After)
	}
	if q.Enterprise != "" {
		v.Set("enterprise", q.Enterprise)
	}
	if q.Wait > 0 {
		v.Set("wait", strconv.Itoa(int(min(max(q.Wait, time.Second), 30*time.Second)/time.Second)))
	}
	return call[receiptPage](ctx, c, Request{Method: http.MethodGet, Path: "/v1/receipts", Query: v}, nil)
}

// Parcel is a parcel as it stands, with what happened to it (包裹).
type Parcel struct {
	Number    uint64 `json:"number"`
	Direction string `json:"direction"`
	Mode      string `json:"mode"`
	State     string `json:"state"`
	StateZH   string `json:"state_zh"`
	Status    int    `json:"status"`
	OrderNo   string `json:"order_no"`
	CopNo     string `json:"cop_no"`
	PreNo     string `json:"pre_no"`
	InvtNo    string `json:"invt_no"`
	WaybillNo string `json:"waybill_no"`
	Dutiable  string `json:"dutiable"` // yuan
	Tax       string `json:"tax"`      // yuan
	Updated   string `json:"updated"`
	Timeline  []Step `json:"timeline"`
}

// Step is one decision about a parcel.
type Step struct {
	Decision uint64   `json:"decision"`
	At       string   `json:"at"`
	Kind     int      `json:"kind"`
	What     string   `json:"what"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Status   int      `json:"status"`
	Reasons  []Reason `json:"reasons"`
}

// Parcel reads a parcel by any of its numbers.
func (c *Client) Parcel(ctx context.Context, number string) (*Parcel, error) {
	return call[Parcel](ctx, c, Request{Method: http.MethodGet, Path: "/v1/parcels/" + url.PathEscape(number)}, nil)
}

// Report says what would become of documents (预检结果).
type Report struct {
	Fine    bool      `json:"fine"`    // nothing would be refused
	Defects []Defect  `json:"defects"` // all of them, in the order of the files
	Parcels []Outlook `json:"parcels"`
}

// Defect is one thing that is wrong with a document, with its place and cure.
type Defect struct {
	Code     string `json:"code"`
	Severity string `json:"severity"` // refuses, reviews, notes
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	FixZH    string `json:"fix_zh"`
	FixEN    string `json:"fix_en"`
	Number   string `json:"number"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Sheet    string `json:"sheet"`
	Cell     string `json:"cell"`
}

// Outlook is what would become of a parcel.
type Outlook struct {
	OrderNo string `json:"order_no"`
	State   string `json:"state"`
	StateZH string `json:"state_zh"`
}

// Preflight says what would become of documents if they were sent: messages as
// XML, a filled template as XLSX, documents as JSON, or a zip of them. Nothing is
// kept. name is the file's, for the places of defects.
func (c *Client) Preflight(ctx context.Context, name string, file []byte) (*Report, error) {
	body, _, err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/preflight", Query: url.Values{"name": {name}}, Type: "application/octet-stream", Body: file})
	if err != nil {
		return nil, err
	}
	return decode[Report](body)
}

// Webhook is an address to which events are sent (推送地址).
type Webhook struct {
	ID     string   `json:"id,omitempty"`
	URL    string   `json:"url"`
	Note   string   `json:"note,omitempty"`
	Types  []string `json:"types,omitempty"`  // none: all
	Codes  []string `json:"codes,omitempty"`  // none: all enterprises that the key sees
	Secret string   `json:"secret,omitempty"` // shown once, by AddWebhook
}

// AddWebhook has events sent to an address. Keep Secret: ReadWebhook needs it.
func (c *Client) AddWebhook(ctx context.Context, w Webhook) (*Webhook, error) {
	return call[Webhook](ctx, c, Request{Method: http.MethodPost, Path: "/v1/webhooks"}, w)
}
