package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
)

// longestWait bounds a long poll.
const longestWait = 30 * time.Second

// ReceiptPage is a page of receipts in the order of the decisions.
type ReceiptPage struct {
	Next     string        `json:"next" doc:"Give it as cursor to go on, also later (下一游标)."`
	More     bool          `json:"more" doc:"There may be more: ask again at once."`
	Messages []ReceiptPart `json:"messages" doc:"Receipts of one kind for one enterprise, up to 100 together."`
}

// ReceiptPart is one receipt message.
type ReceiptPart struct {
	Message  string        `json:"message" doc:"Such as CEB622Message."`
	To       string        `json:"to" doc:"Enterprise that sent the documents (传输企业代码)."`
	Receipts []ReceiptItem `json:"receipts"`
	XML      string        `json:"xml" doc:"The message as customs' clients read it."`
}

// ReceiptItem is one receipt.
type ReceiptItem struct {
	Cursor   string            `json:"cursor" doc:"Place of the receipt: decision and index."`
	Decision uint64            `json:"decision"`
	Status   int               `json:"status" doc:"returnStatus (回执状态)."`
	Fields   map[string]string `json:"fields" doc:"The elements of the receipt."`
}

type receiptsInput struct {
	Cursor     string `query:"cursor" doc:"next of the last answer; none: from the first receipt."`
	After      string `query:"after" doc:"The same; a decision's number alone is behind all of its receipts."`
	Limit      int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Most receipts."`
	Enterprise string `query:"enterprise" maxLength:"18" doc:"Only receipts for this enterprise; who sees its own alone gets those of its enterprises."`
	Wait       int    `query:"wait" minimum:"0" maximum:"30" doc:"Seconds to wait when there are none yet (long poll)."`
	Accept     string `header:"Accept" doc:"application/json (default), or application/xml: the messages alone, the cursor in the header Next-Cursor."`
}

func (s *Server) addReceipts() {
	xml := &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	page := s.api.OpenAPI().Components.Schemas.Schema(typeOf[ReceiptPage](), true, "ReceiptPage")
	add(s, huma.Operation{OperationID: "list-receipts", Method: http.MethodGet, Path: "/v1/receipts", Tags: []string{"messages"},
		Summary:     "Receipts after a cursor / 查询回执",
		Description: "Receipts in the order of the decisions. The same question has the same answer, so nothing is lost when an answer is: ask again with the cursor before it.",
		Errors:      []int{401, 403, 422, 503},
		Responses: map[string]*huma.Response{"200": {Description: "A page of receipts.", Content: map[string]*huma.MediaType{"application/json": {Schema: page}, "application/xml": xml, "multipart/mixed": xml}},
			"204": {Description: "No receipts yet (Accept: application/xml)."}}},
		access.ReceiptRead, s.receipts)
}

func (s *Server) receipts(ctx context.Context, in *receiptsInput) (*huma.StreamResponse, error) {
	parties, err := reachOf(ctx, access.ReceiptRead).narrow(in.Enterprise)
	if err != nil {
		return nil, err
	}
	after, err := lookup.ParseCursor(cmp.Or(in.Cursor, in.After))
	if err != nil {
		return nil, problem(422, "cursor", "游标无效", "the cursor is not one of ours", "原样使用上次返回的 next", "give back next of the last answer unchanged")
	}
	nodes, next, err := s.await(ctx, in, parties, after)
	if err != nil {
		return nil, err
	}
	messages := zone.Group(nodes)
	return &huma.StreamResponse{Body: func(c huma.Context) {
		w := writerOf(c)
		w.Header().Set("Next-Cursor", next.String())
		if prefersXML(in.Accept) {
			writeMessages(w, http.StatusOK, messages)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(appendPage(nil, messages, next, len(nodes) == in.Limit)) // the client has gone
	}}, nil
}

// await reads a page, and when it is empty waits for new decisions.
func (s *Server) await(ctx context.Context, in *receiptsInput, parties []string, after lookup.Cursor) ([]clearance.ReceiptNode, lookup.Cursor, error) {
	end := time.NewTimer(time.Duration(in.Wait) * time.Second)
	defer end.Stop()
	for {
		decided := s.zone.Decided.Wait()
		nodes, next, err := s.receiptsOf(ctx, parties, after, in.Limit)
		if err != nil || len(nodes) > 0 || in.Wait == 0 {
			return nodes, next, err
		}
		pause := time.NewTimer(pollPause) // the index is a moment behind the decisions
		select {
		case <-decided:
		case <-pause.C:
		case <-end.C:
			in.Wait = 0
		case <-s.stopping:
			in.Wait = 0
		case <-ctx.Done():
			return nil, after, ctx.Err()
		}
		pause.Stop()
	}
}

// receiptsOf reads the receipts for some enterprises, for all if none is named,
// in the order of the decisions.
func (s *Server) receiptsOf(ctx context.Context, parties []string, after lookup.Cursor, limit int) ([]clearance.ReceiptNode, lookup.Cursor, error) {
	next := after
	nodes, err := gather(parties, limit, func(party string) (nodes []clearance.ReceiptNode, err error) {
		nodes, next, err = s.zone.Lookup.Receipts(ctx, party, after, limit)
		return nodes, err
	}, func(a, b clearance.ReceiptNode) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Index, b.Index))
	})
	if n := len(nodes); n > 0 && len(parties) > 1 {
		next = lookup.Cursor{Seq: nodes[n-1].Seq, Index: nodes[n-1].Index}
	} else if len(parties) > 1 {
		next = after
	}
	return nodes, next, err
}

// pollPause is how often a long poll looks whether the index has caught up.
const pollPause = 250 * time.Millisecond

// appendPage writes a page as JSON, by hand for its size.
func appendPage(b []byte, messages []zone.ReceiptMessage, next lookup.Cursor, more bool) []byte {
	b = append(b, `{"next":`...)
	b = appendString(b, next.String())
	b = append(b, `,"more":`...)
	b = strconv.AppendBool(b, more)
	b = append(b, `,"messages":[`...)
	for i := range messages {
		m := &messages[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"message":`...)
		b = appendString(b, m.Kind.String())
		b = append(b, `,"to":`...)
		b = appendString(b, m.To)
		b = append(b, `,"receipts":[`...)
		for j := range m.Nodes {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendNode(b, &m.Nodes[j])
		}
		b = append(b, `],"xml":`...)
		b = appendString(b, string(m.XML()))
		b = append(b, '}')
	}
	return append(b, "]}\n"...)
}

func appendNode(b []byte, n *clearance.ReceiptNode) []byte {
	b = append(b, `{"cursor":`...)
	b = appendString(b, lookup.Cursor{Seq: n.Seq, Index: n.Index}.String())
	b = append(b, `,"decision":`...)
	b = strconv.AppendUint(b, n.Seq, 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(n.Status), 10)
	b = append(b, `,"fields":{`...)
	first := true
	for i, name := range elementNames(n.Kind) {
		if i >= len(n.Fields) || n.Fields[i] == "" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendString(b, name)
		b = append(b, ':')
		b = appendString(b, n.Fields[i])
	}
	return append(b, "}}"...)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
