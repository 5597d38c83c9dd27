package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// Acknowledgement is the answer to a message: everything in it is durable.
type Acknowledgement struct {
	Message   string           `json:"message" doc:"Name of the message, such as CEB621Message."`
	Decision  uint64           `json:"decision" doc:"Number of the last decision that the message caused: GET /v1/receipts goes on from there."`
	Documents []DocumentAnswer `json:"documents" doc:"An answer for each document, in the order of the message."`
}

// DocumentAnswer is what became of one document.
type DocumentAnswer struct {
	Input   uint64       `json:"input" doc:"Number under which the document came in (输入编号)."`
	Kind    int          `json:"kind" doc:"Number of the message kind, such as 621."`
	Number  string       `json:"number" doc:"Order, payment, waybill or own number of the document."`
	What    string       `json:"what" enum:"stored,refused,repeated,deleted,moved,noted" doc:"What was done with it."`
	Status  int          `json:"status" doc:"Newest receipt status (回执状态): 2 waiting, 100 refused, 120 stored, 800 released, negative: processing exception."`
	Parcel  uint64       `json:"parcel,omitempty" doc:"Parcel number (包裹编号), once its list is there."`
	State   string       `json:"state,omitempty" doc:"State of the parcel."`
	Reasons []ReasonText `json:"reasons"`
}

// submitPattern is the route of messages.
const submitPattern = "POST /v1/messages"

func (s *Server) addMessages() {
	schemas := s.api.OpenAPI().Components.Schemas
	ack := schemas.Schema(typeOf[Acknowledgement](), true, "Acknowledgement")
	prob := schemas.Schema(typeOf[Problem](), true, "Problem")
	xml := &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	accepted := func(text string) *huma.Response {
		return &huma.Response{Description: text, Content: map[string]*huma.MediaType{"application/json": {Schema: ack}, "application/xml": xml}}
	}
	responses := map[string]*huma.Response{
		"200": accepted("Taken in and durable; every document is answered. With Accept: application/xml the receipt messages."),
		"202": accepted("The same; some documents wait for others (status 2)."),
	}
	for status, text := range map[int]string{401: "No key.", 403: "Not allowed.", 413: "Too large.", 415: "Not XML.", 422: "The message is refused as a whole; all defects are listed. With Accept: application/xml a CEB900Message.",
		429: "Busy: send it again after Retry-After seconds.", 503: "The store can't be written now."} {
		responses[strconv.Itoa(status)] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{"application/problem+json": {Schema: prob}}}
	}
	responses["422"].Content["application/xml"] = xml
	s.addPlain(huma.Operation{OperationID: "submit-message", Method: http.MethodPost, Path: "/v1/messages", Tags: []string{"messages"},
		Summary:     "Submit a customs message / 报送报文",
		Description: "The body is one message of the CEB family, plain or in a DXP envelope, as UTF-8 XML of at most 100 documents and 8 MiB. The answer comes when everything is durable. Sending a document again is safe: it is answered as a repetition.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/xml": xml, "text/xml": xml}},
		Responses:   responses}, access.MessageSend, s.submit)
}

// submit takes a message in. The body is read once into the buffer that the core
// works on.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	wantXML := prefersXML(r.Header.Get("Accept"))
	fail := func(err error) { s.refuse(r.Context(), w, err, wantXML) }
	size, bad := s.bodySize(r)
	if bad != nil {
		fail(bad)
		return
	}
	if !s.bodies.TryAcquire(size) {
		fail(intake.ErrBusy)
		return
	}
	defer s.bodies.Release(size)
	body, err := readBody(r.Body, r.ContentLength, size)
	if err != nil {
		fail(err)
		return
	}
	if err := s.mayAct(r.Context(), body); err != nil {
		fail(err)
		return
	}
	ack, nodes, err := s.take(r.Context(), body, wantXML)
	if err != nil {
		fail(err)
		return
	}
	if wantXML {
		acknowledgeXML(w, r, ack, nodes)
		return
	}
	buf := appendAck(make([]byte, 0, 256+192*len(ack.Docs)), ack)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(buf)))
	w.WriteHeader(ackStatus(ack))
	_, _ = w.Write(buf) // the client has gone; the message is durable all the same
}

// take has the core take a message in; one of a sandbox key is judged the same
// way by a machine that is thrown away. nodes are its receipts, if asked for.
func (s *Server) take(ctx context.Context, body []byte, receipts bool) (*intake.Ack, []clearance.ReceiptNode, error) {
	if p := access.Of(ctx); p != nil && p.Sandbox {
		ack, decisions, err := s.zone.Preflight.Try(ctx, body)
		var nodes []clearance.ReceiptNode
		for _, d := range decisions {
			nodes = append(nodes, d.Nodes()...)
		}
		return ack, nodes, err
	}
	ack, err := s.zone.Intake.Submit(ctx, body)
	if err != nil || !receipts {
		return ack, nil, err
	}
	first, last := ack.Docs[0], ack.Docs[len(ack.Docs)-1]
	nodes, err := s.zone.Receipts(ctx, first.First, ack.Decision, first.Input, last.Input)
	return ack, nodes, err
}

// bodySize is what to reserve for a request's body.
func (s *Server) bodySize(r *http.Request) (int64, *Problem) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/xml" && kind != "text/xml" {
		return 0, problem(415, "not_xml", "请求体须为 XML", "the body must be XML", "设置 Content-Type: application/xml", "send Content-Type: application/xml")
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return 0, problem(415, "encoding", "不接受压缩的请求体", "compressed bodies are not taken", "去掉 Content-Encoding", "send it without Content-Encoding")
	}
	limit := int64(s.zone.Config.Intake.MaxMessage)
	switch {
	case r.ContentLength > limit:
		return 0, ofIntake(intake.ErrTooLarge)
	case r.ContentLength >= 0:
		return r.ContentLength, nil
	}
	return limit, nil
}

// readBody reads a body of a length that may be known (-1: not).
func readBody(in io.Reader, length, limit int64) ([]byte, error) {
	incomplete := problem(400, "incomplete", "请求体不完整", "the body is incomplete", "重新发送", "send it again")
	if length >= 0 {
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			return nil, incomplete
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return nil, incomplete
	case int64(len(body)) > limit:
		return nil, intake.ErrTooLarge
	}
	return body, nil
}

// mayAct refuses messages that are transmitted (传输企业代码 copCode) by an
// enterprise for which the caller may not send.
func (s *Server) mayAct(ctx context.Context, body []byte) error {
	p := access.Of(ctx)
	if p.Scope(access.MessageSend) == access.Zone {
		return nil
	}
	if dxp.IsEnvelope(body) {
		env, err := dxp.Unwrap(body)
		if err != nil {
			return nil // the core says what is wrong with it
		}
		body = env.Data
	}
	m, err := ceb.Decode(body)
	if err == nil && !sendsFor(p, m) {
		e := audit.Entry{Actor: p.ID, Org: p.Org, Act: "message.send", Object: "enterprise:" + m.Transfer.Text(ceb.BTCopCode), Outcome: audit.Denied, Detail: "kind=" + m.Kind.String()}
		if err := s.zone.Audit.Record(ctx, e); err != nil {
			return err
		}
		return otherSender(p)
	}
	return nil
}

// otherSender says for whom the caller may send instead.
func otherSender(p *access.Principal) *Problem {
	zh, en := "没有企业", "no enterprise"
	if codes := p.Parties(); len(codes) > 0 {
		zh = strings.Join(codes[:min(len(codes), 20)], "、")
		en = strings.Join(codes[:min(len(codes), 20)], ", ")
	}
	return problem(403, "other_sender", "不得代该传输企业（copCode）报送此类报文", "the caller may not send this kind of message for the transmitting enterprise (copCode)",
		"copCode 须为可代为报送的企业："+zh+"；其他企业使用其自己的密钥，或由其委托并列明报文类型",
		"copCode must be one that this caller sends for: "+en+"; for another, use its own key, or have it give a mandate that names the kind of message")
}

// sendsFor tells whether the caller may send a message for who transmits it. A
// mandate names kinds as CEB621 or CEB621Message.
func sendsFor(p *access.Principal, m *ceb.Message) bool {
	code, kind := m.Transfer.Text(ceb.BTCopCode), m.Kind.String()
	return p.SendsFor(code, kind) || p.SendsFor(code, strings.TrimSuffix(kind, "Message"))
}

// refuse answers with a problem, or with CEB900 where receipts are wanted.
func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, err error, wantXML bool) {
	var refusal *intake.Refusal
	if !wantXML || !errors.As(err, &refusal) {
		s.problemOf(ctx, err).write(w)
		return
	}
	body := zone.FormatReceipt(refusal, s.zone.Config.Clock.Now())
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = w.Write(body) // the client has gone
}

// acknowledgeXML answers with the receipt messages that the message caused:
// the message itself where there is one, else multipart/mixed.
func acknowledgeXML(w http.ResponseWriter, r *http.Request, ack *intake.Ack, nodes []clearance.ReceiptNode) {
	own := nodes[:0]
	within := reachOf(r.Context(), access.MessageSend)
	for _, n := range nodes {
		if within.sees(n.To) {
			own = append(own, n)
		}
	}
	writeMessages(w, ackStatus(ack), zone.Group(own))
}

// ackStatus is 202 while a document waits for others.
func ackStatus(ack *intake.Ack) int {
	for i := range ack.Docs {
		if ack.Docs[i].Status == 2 {
			return http.StatusAccepted
		}
	}
	return http.StatusOK
}

// prefersXML tells whether receipts are wanted as messages.
func prefersXML(accept string) bool {
	for _, part := range strings.Split(accept, ",") {
		kind, _, err := mime.ParseMediaType(strings.TrimSpace(part))
		switch {
		case err != nil:
		case kind == "application/xml", kind == "text/xml", kind == "multipart/mixed":
			return true
		case kind == "application/json", kind == "*/*", kind == "application/*":
			return false
		}
	}
	return false
}

// appendAck writes an acknowledgement as JSON. It is written by hand, since it
// is on the way of every message.
func appendAck(b []byte, ack *intake.Ack) []byte {
	b = append(b, `{"message":"`...)
	b = append(b, ack.Message.String()...)
	b = append(b, `","decision":`...)
	b = strconv.AppendUint(b, ack.Decision, 10)
	b = append(b, `,"documents":[`...)
	for i := range ack.Docs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendAnswer(b, &ack.Docs[i])
	}
	return append(b, "]}\n"...)
}

func appendAnswer(b []byte, a *intake.Answer) []byte {
	b = append(b, `{"input":`...)
	b = strconv.AppendUint(b, a.Input, 10)
	b = append(b, `,"kind":`...)
	b = strconv.AppendUint(b, uint64(a.Kind), 10)
	b = append(b, `,"number":`...)
	b = appendString(b, a.Number)
	b = append(b, `,"what":`...)
	b = appendString(b, a.What)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	if a.Parcel != 0 {
		b = append(b, `,"parcel":`...)
		b = strconv.AppendUint(b, a.Parcel, 10)
	}
	if a.State != "" {
		b = append(b, `,"state":`...)
		b = appendString(b, a.State)
	}
	b = append(b, `,"reasons":[`...)
	for i, r := range a.Reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendReason(b, r)
	}
	return append(b, "]}"...)
}

func appendReason(b []byte, r clearance.Reason) []byte {
	fixZH, fixEN := r.Fix()
	for i, f := range [...][2]string{{`{"code":`, r.Code}, {`,"zh":`, r.Chinese()}, {`,"en":`, r.English()}, {`,"fix_zh":`, fixZH}, {`,"fix_en":`, fixEN}} {
		if i > 2 && f[1] == "" {
			continue
		}
		b = append(b, f[0]...)
		b = appendString(b, f[1])
	}
	return append(b, '}')
}

// appendString writes a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// writeMessages writes receipt messages: one as it is, several as parts of
// multipart/mixed, none as 204.
func writeMessages(w http.ResponseWriter, status int, messages []zone.ReceiptMessage) {
	switch len(messages) {
	case 0:
		w.WriteHeader(http.StatusNoContent)
		return
	case 1:
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(messages[0].XML()) // the client has gone
		return
	}
	const boundary = "pilotzone-receipts-7d0f3f5a9c"
	var out bytes.Buffer
	for i := range messages {
		out.WriteString("--" + boundary + "\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n")
		out.Write(messages[i].XML())
		out.WriteString("\r\n")
	}
	out.WriteString("--" + boundary + "--\r\n")
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+boundary)
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the client has gone
}
