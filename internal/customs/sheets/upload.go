package sheets

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
)

// JobKind is the kind of the jobs of uploads.
const JobKind = "upload"

// MaxUpload is the largest file taken, in bytes.
const MaxUpload = 32 << 20

// Files that a job leaves.
const (
	ErrorsFile   = "errors.xlsx"   // the sheet with comments
	ReceiptsFile = "receipts.xlsx" // what became of each document
	inputFile    = "in"
)

// Policy says what is sent of a file in which something is wrong (报送方式).
type Policy string

// The policies.
const (
	OnlyCheck Policy = "check" // nothing is sent 仅校验
	GoodRows  Policy = "good"  // the good rows are sent 只报送无误的行
	AllOrNone Policy = "all"   // all rows, or none 全部无误才报送
)

// Policies lists the policies.
func Policies() []Policy { return []Policy{AllOrNone, GoodRows, OnlyCheck} }

// Intake takes messages in; intake.Service does.
type Intake interface {
	EnqueueWait(ctx context.Context, data []byte, quiet bool) (intake.Pending, error)
	Rules() *refdata.Book
}

// Config is what uploads need.
type Config struct {
	Jobs   *job.Queue
	Intake Intake
	Hasher *keys.Hasher
	Clock  clock.Clock
	Audit  Recorder // nil: denied rows are in no chain
}

// Recorder writes acts into the chain; audit.Log does.
type Recorder interface {
	Record(ctx context.Context, e audit.Entry) error
}

// Service takes files in and sends what is in them.
type Service struct{ c Config }

// NewService makes the service and says to the queue that it does uploads.
func NewService(c Config) *Service {
	s := &Service{c: c}
	c.Jobs.Handle(JobKind, s.run)
	return s
}

// order is what an upload asks for, as its job keeps it.
type order struct {
	Name     string
	Policy   Policy
	Roles    []access.Role
	Codes    []string
	Mandates []mandate
	Limit    []access.Permission // of a key; nil: none
}

// mandate is an access.Mandate that is in force now.
type mandate struct{ Codes, Kinds []string }

// orderOf remembers what the caller may send.
func orderOf(p *access.Principal, name string, policy Policy) order {
	o := order{Name: name, Policy: policy, Roles: p.Roles, Codes: p.Codes, Limit: p.Limit}
	for _, m := range p.Mandates {
		o.Mandates = append(o.Mandates, mandate{m.Codes, m.Kinds})
	}
	if p.Sandbox {
		o.Policy = OnlyCheck
	}
	return o
}

// caller is the caller again, as far as sending goes.
func (o *order) caller() *access.Principal {
	p := &access.Principal{Roles: o.Roles, Codes: o.Codes, Limit: o.Limit}
	for _, m := range o.Mandates {
		p.Mandates = append(p.Mandates, access.Mandate{Codes: m.Codes, Kinds: m.Kinds})
	}
	return p
}

// Upload writes a file down as a job: a spreadsheet, messages as XML, or a zip
// of messages. What it may send is judged by the caller as of now. Errors are
// *Unreadable.
func (s *Service) Upload(ctx context.Context, p *access.Principal, name string, data []byte, policy Policy) (job.Job, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case len(data) == 0:
		return job.Job{}, &Unreadable{Code: CodeFile, ZH: "文件为空", EN: "the file is empty", FixZH: "选择要上传的文件", FixEN: "choose a file"}
	case len(data) > MaxUpload:
		return job.Job{}, &Unreadable{Code: CodeFile, ZH: fmt.Sprintf("文件超过 %d MiB", MaxUpload>>20), EN: fmt.Sprintf("the file is over %d MiB", MaxUpload>>20), FixZH: "分成几个文件", FixEN: "split it"}
	case sortOf(data) == 0:
		return job.Job{}, &Unreadable{Code: CodeFile, ZH: "不是 XLSX、XML 或 ZIP 文件", EN: "neither XLSX, XML nor ZIP", FixZH: "下载模板填写，或上传 CEB 报文", FixEN: "fill in a template, or upload CEB messages"}
	}
	if p == nil {
		p = &access.Principal{} // a visitor, who may send nothing
	}
	args, err := json.Marshal(orderOf(p, name, policy))
	if err != nil {
		return job.Job{}, fmt.Errorf("upload: %w", err)
	}
	j, _, err := s.c.Jobs.Add(ctx, job.Spec{Kind: JobKind, Owner: p.ID, Org: p.Org, Title: title(name), Args: args, Files: map[string][]byte{inputFile: data}, Most: 20})
	return j, err
}

var longNumber = regexp.MustCompile(`\d{6,}`)

// title is a file's name without numbers that may be a person's.
func title(name string) string {
	return short(longNumber.ReplaceAllStringFunc(name, func(n string) string { return n[:2] + "…" }))
}

// sortOf tells what a file is by its first bytes: 'z' zip, 'x' XML, 0 neither.
func sortOf(data []byte) byte {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return 'z'
	case bytes.HasPrefix(data, []byte("<")):
		return 'x'
	}
	return 0
}

// Summary is what an upload came to.
type Summary struct {
	File      string `json:"file"`
	Policy    Policy `json:"policy"`
	Rows      int    `json:"rows,omitempty"`
	Documents int    `json:"documents"`
	Good      int    `json:"good"`
	Faulty    int    `json:"faulty"`
	Defects   int    `json:"defects" doc:"How many things are wrong; errors.xlsx lists them."`
	Sent      int    `json:"sent"`
	// What the platform made of those that were sent.
	Accepted int `json:"accepted" doc:"Stored, decided or repeated."`
	Waiting  int `json:"waiting" doc:"Of those, how many wait for other documents."`
	Refused  int `json:"refused"`
	// Unread says why the file can't be read at all.
	Unread *draft.Defect  `json:"unread,omitempty"`
	First  []draft.Defect `json:"first" doc:"The first defects, at most 50."`
}

// mostFirst is how many defects a summary shows.
const mostFirst = 50

// SummaryOf reads the summary of a job that is done; nil while there is none.
func SummaryOf(j job.Job) *Summary {
	var s Summary
	if len(j.Result) == 0 || json.Unmarshal(j.Result, &s) != nil {
		return nil
	}
	return &s
}

// sender finds the enterprise for which the caller may send a draft.
func (o *order) sender(d *draft.Draft) (draft.Sender, bool) {
	for _, s := range d.Senders() {
		if o.caller().SendsFor(s.Code, d.Kind.String()) {
			if s.Name == "" {
				s.Name = s.Code
			}
			return s, true
		}
	}
	return draft.Sender{}, false
}

// may says that the caller may not send a draft; nil: it may.
func (o *order) may(d *draft.Draft) *draft.Defect {
	if _, ok := o.sender(d); ok {
		return nil
	}
	field, code := "", ""
	if list := d.Senders(); len(list) > 0 {
		code = list[0].Code
	}
	for _, name := range draft.SenderFields(d.Kind) {
		field = name
		break
	}
	f := right(code, d.Kind.String())
	f.Kind, f.Number, f.File = int(d.Kind), d.Number(), d.File
	f = f.At(d.Place(0, field))
	return &f
}

func right(code, kind string) draft.Defect {
	return draft.Defect{Code: CodeRight, Severity: draft.Refuses, ZH: fmt.Sprintf("您无权代 %s 报送 %s", code, kind), EN: fmt.Sprintf("you may not send %s for %s", kind, code),
		FixZH: "改正企业代码，或由该企业委托", FixEN: "correct the enterprise code, or ask the enterprise for a mandate"}
}
