package draft

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
)

// Draft is one document as values (单证草稿).
type Draft struct {
	Kind  ceb.Kind
	Head  []string   // by ceb.Field of the head
	Lines [][]string // each by ceb.Field of the line
	File  string     // where it came from, as its sender calls it
	// Where names the place of a value in File: line 0 is the head, lines count
	// from 1; field "" is the document or line itself. nil: unknown.
	Where func(line int, field string) Place
}

// Place is where in a file something stands.
type Place struct {
	Line    int    // of a text file, from 1; 0 in others
	Path    string // of the element, or the JSON pointer
	Sheet   string
	Cell    string // such as C5
	Context string // the line of text itself, shortened
}

// New makes an empty draft of a kind that ShapeOf knows.
func New(k ceb.Kind) *Draft {
	s := ShapeOf(k)
	return &Draft{Kind: k, Head: make([]string, len(s.Head))}
}

// AddLine adds an empty line of goods and returns its number, from 1.
func (d *Draft) AddLine() int {
	d.Lines = append(d.Lines, make([]string, len(ShapeOf(d.Kind).Line)))
	return len(d.Lines)
}

// Set sets a field; line 0 is the head. It reports whether the kind has it.
func (d *Draft) Set(line int, name, value string) bool {
	s := ShapeOf(d.Kind)
	if line == 0 {
		f, ok := s.HeadField(name)
		if ok {
			d.Head[f] = value
		}
		return ok
	}
	f, ok := s.LineField(name)
	if ok && line <= len(d.Lines) {
		d.Lines[line-1][f] = value
	}
	return ok
}

// Get reads a field; line 0 is the head; "" for what is not there.
func (d *Draft) Get(line int, name string) string {
	s := ShapeOf(d.Kind)
	if line == 0 {
		if f, ok := s.HeadField(name); ok {
			return d.Head[f]
		}
		return ""
	}
	if f, ok := s.LineField(name); ok && line <= len(d.Lines) {
		return d.Lines[line-1][f]
	}
	return ""
}

// Place is where a value of the draft came from.
func (d *Draft) Place(line int, field string) Place {
	if d.Where == nil {
		return Place{}
	}
	return d.Where(line, field)
}

// numbers name the field by which people know a document, by its kind.
var numbers = map[ceb.Kind]string{303: "orderNo", 311: "orderNo", 403: "payNo", 411: "payTransactionId", 505: "logisticsNo", 511: "logisticsNo",
	513: "logisticsNo", 603: "copNo", 605: "copNo", 621: "copNo", 623: "copNo", 507: "copNo", 509: "copNo"}

// Number is the number by which people know the document (单证编号).
func (d *Draft) Number() string {
	if n := d.Get(0, numbers[d.Kind]); n != "" {
		return n
	}
	return d.Get(0, "orderNo")
}

// senders name the fields of the enterprises that may send a kind, the usual
// one first: code and name.
var senders = map[ceb.Kind][][2]string{
	303: {{"ebpCode", "ebpName"}, {"ebcCode", "ebcName"}}, 311: {{"ebpCode", "ebpName"}, {"ebcCode", "ebcName"}},
	403: {{"ebcCode", "ebcName"}, {"payCode", "payName"}}, 411: {{"payCode", "payName"}},
	505: {{"logisticsCode", "logisticsName"}}, 511: {{"logisticsCode", "logisticsName"}}, 513: {{"logisticsCode", "logisticsName"}},
	507: {{"operatorCode", "operatorName"}}, 509: {{"logisticsCode", "logisticsName"}},
	603: {{"agentCode", "agentName"}, {"ebcCode", "ebcName"}}, 605: {{"agentCode", "agentName"}, {"ebcCode", "ebcName"}},
	621: {{"agentCode", "agentName"}}, 623: {{"agentCode", "agentName"}},
}

// Sender is who transmits a message (传输企业): BaseTransfer.
type Sender struct {
	Code, Name string
	DXPID      string // transport number 报文传输编号; "" is written as the code
}

// Senders are the enterprises that the draft names and that may send it, the
// usual one first.
func (d *Draft) Senders() []Sender {
	var out []Sender
	for _, f := range senders[d.Kind] {
		if code := d.Get(0, f[0]); code != "" {
			out = append(out, Sender{Code: code, Name: d.Get(0, f[1])})
		}
	}
	return out
}

// Complete fills what a person should not have to write: guid, appType 1,
// appStatus 2, appTime, line numbers, direction, day of declaration, and values
// of which the schema allows one only. What is there stays.
func (d *Draft) Complete(now time.Time) {
	s := ShapeOf(d.Kind)
	guid := d.guid()
	set := func(name, value string) {
		if f, ok := s.HeadField(name); ok && d.Head[f] == "" {
			d.Head[f] = value
		}
	}
	set("guid", guid)
	set("appType", "1")
	set("appStatus", "2")
	set("appTime", now.In(clock.Beijing).Format("20060102150405"))
	set("declTime", now.In(clock.Beijing).Format("20060102"))
	if d.Kind.Import() {
		set("ieFlag", "I")
	} else {
		set("ieFlag", "E")
	}
	preset(s.Head, d.Head)
	for i, l := range d.Lines {
		if f, ok := s.LineField("gnum"); ok && l[f] == "" {
			l[f] = strconv.Itoa(i + 1)
		}
		preset(s.Line, l)
	}
}

func preset(fs []Field, values []string) {
	for i := range fs {
		if f := &fs[i].Facets; values[i] == "" && f.Fixed {
			values[i] = f.Preset
		}
	}
}

// guid is made from the values, so that the same document has the same one.
func (d *Draft) guid() string {
	h := sha256.New()
	part := func(values []string) {
		for _, v := range values {
			h.Write(strconv.AppendInt(nil, int64(len(v)), 10))
			h.Write([]byte{':'})
			h.Write([]byte(v))
		}
		h.Write([]byte{'\n'})
	}
	part([]string{d.Kind.String()})
	part(d.Head)
	for _, l := range d.Lines {
		part(l)
	}
	return GUID(h.Sum(nil))
}

// GUID writes sixteen bytes of a digest in the form of a guid (版本 8).
func GUID(sum []byte) string {
	b := [16]byte(sum)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	x := strings.ToUpper(hex.EncodeToString(b[:]))
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// MostDocuments is how many documents one message holds.
const MostDocuments = 100

// AppendMessage writes drafts of one kind as one message. They must have been
// completed.
func AppendMessage(dst []byte, k ceb.Kind, from Sender, drafts []*Draft) []byte {
	h := sha256.New()
	s := ShapeOf(k)
	for _, d := range drafts {
		if f, ok := s.HeadField("guid"); ok {
			h.Write([]byte(d.Head[f]))
		}
	}
	dst = ceb.AppendOpen(dst, k, GUID(h.Sum(nil)))
	for _, d := range drafts {
		dst = ceb.AppendNode(dst, k, d.Head, d.Lines)
	}
	if from.DXPID == "" {
		from.DXPID = from.Code
	}
	transfer := make([]string, ceb.BTNote+1)
	transfer[ceb.BTCopCode], transfer[ceb.BTCopName], transfer[ceb.BTDxpMode], transfer[ceb.BTDxpId] = from.Code, from.Name, "DXP", from.DXPID
	end := ceb.AppendClose(nil, k, transfer)
	if !s.Signed {
		return append(dst, end...)
	}
	at := strings.LastIndex(string(end), "</")
	dst = append(dst, end[:at]...)
	dst = append(dst, placeholder...)
	return append(dst, end[at:]...)
}

// placeholder stands where the schema demands a signature and nobody signs:
// who sends is known by their session or key. Its digest is that of the
// official samples, which fits no message.
const placeholder = `<ds:Signature xmlns:ds="` + ceb.SignatureNamespace + `"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>` +
	`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
	`</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>` +
	`<ds:DigestValue>SF/P+2sVsRQ9dJIqJSroW6ajb0Y=</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
	`<ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:KeyName>0001</ds:KeyName></ds:KeyInfo></ds:Signature>` + "\n"

// SenderFields name the fields of a kind that hold the codes of those who may
// send it, the usual one first.
func SenderFields(k ceb.Kind) (out []string) {
	for _, f := range senders[k] {
		out = append(out, f[0])
	}
	return out
}
