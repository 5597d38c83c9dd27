package registry

import (
	"bytes"
	"encoding/csv"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"pilotzone/ceb"
	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
)

// columns of the CSV form; the first line names those that are there.
var columns = []string{"id", "customs_code", "uscc", "name", "kinds", "from", "to"}

// maxInput bounds an import in bytes.
const maxInput = 64 << 20

// ReadCSV reads filings for an import: a line of column names (id, customs_code,
// uscc, name, kinds, from, to, in any order; kinds separated by |), then a line
// each, in UTF-8 with or without BOM. All faults are returned at once, as Faults.
func ReadCSV(in io.Reader) ([]Filing, error) {
	data, err := readText(in)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	head, err := r.Read()
	if err != nil {
		return nil, Faults{{Line: 1, Field: "file", ZH: "缺少列名行", EN: "a first line with column names is needed"}}
	}
	var out []Filing
	var lines []int
	var faults Faults
	for _, h := range head {
		if !slices.Contains(columns, h) {
			faults = append(faults, Fault{Line: 1, Field: h, ZH: "未知列名，可用: " + strings.Join(columns, ", "), EN: "unknown column; there are " + strings.Join(columns, ", ")})
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			faults = append(faults, Fault{Line: syntax.Line, Field: "file", ZH: "CSV 格式错误: " + syntax.Err.Error(), EN: syntax.Err.Error()})
			if !errors.Is(err, csv.ErrFieldCount) {
				continue
			}
		} else if err != nil {
			return nil, fmt.Errorf("registry: read CSV: %w", err)
		}
		line, _ := r.FieldPos(0)
		raw := entry{}
		for i, h := range head {
			if i < len(row) {
				raw.set(h, strings.TrimSpace(row[i]))
			}
		}
		f, bad := raw.filing(line)
		out, lines, faults = append(out, f), append(lines, line), append(faults, bad...)
	}
	return finish(out, lines, faults)
}

func readText(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("registry: read import: %w", err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxInput:
		return nil, Faults{{Field: "file", ZH: "文件超过64MB，请拆分", EN: "larger than 64 MB: split it"}}
	case !utf8.Valid(data):
		return nil, Faults{{Field: "file", ZH: "文件不是 UTF-8 编码，请另存为“CSV UTF-8”", EN: "not in UTF-8: save it as CSV UTF-8"}}
	}
	return data, nil
}

// entry is a filing as it is written in an import.
type entry struct {
	ID           string             `yaml:"id"`
	CustomsCode  string             `yaml:"customs_code"`
	USCC         string             `yaml:"uscc"`
	Name         string             `yaml:"name"`
	Kinds        string             `yaml:"kinds"`
	From         string             `yaml:"from"`
	To           string             `yaml:"to"`
	Certificates []certificateEntry `yaml:"certificates"`
	Signatures   map[string]string  `yaml:"signatures"`
}

type certificateEntry struct {
	PEM   string   `yaml:"pem"`
	Codes []string `yaml:"codes"`
}

func (e *entry) set(column, value string) {
	switch column {
	case "id":
		e.ID = value
	case "customs_code":
		e.CustomsCode = value
	case "uscc":
		e.USCC = value
	case "name":
		e.Name = value
	case "kinds":
		e.Kinds = value
	case "from":
		e.From = value
	case "to":
		e.To = value
	}
}

// filing makes a filing of an entry, and all that is wrong with it.
func (e *entry) filing(line int) (Filing, Faults) {
	f := withIDs([]Filing{{ID: e.ID, CustomsCode: e.CustomsCode, USCC: e.USCC, Name: e.Name}})[0]
	var faults Faults
	add := func(field string, err error) {
		if err != nil {
			zh, en := words(err)
			faults = append(faults, Fault{Field: field, ZH: zh, EN: en})
		}
	}
	var err error
	f.Kinds, err = ParseKinds(e.Kinds)
	add("kinds", err)
	if e.From != "" {
		f.From, err = clock.ParseDay(e.From)
		add("from", err)
	}
	if e.To != "" {
		f.To, err = clock.ParseDay(e.To)
		add("to", err)
	}
	for _, c := range e.Certificates {
		cert, err := c.certificate()
		add("certificates", err)
		if err == nil {
			f.Certificates = append(f.Certificates, cert)
		}
	}
	for kind, mode := range e.Signatures {
		p, err := readPolicy(kind, mode)
		add("signatures", err)
		f.Policies = append(f.Policies, p)
	}
	slices.SortFunc(f.Policies, func(a, b Policy) int { return int(a.Kind) - int(b.Kind) })
	seen := make(map[string]bool)
	for _, x := range faults {
		seen[x.Field] = true
	}
	for _, x := range f.Check() {
		if !seen[x.Field] && (x.Field != "policies" || !seen["signatures"]) {
			faults = append(faults, x)
		}
	}
	for i := range faults {
		faults[i].Line, faults[i].ID = line, f.ID
	}
	return f, faults
}

// words splits an error into its Chinese and its English text; one that is not
// ours has the same text twice.
func words(err error) (zh, en string) {
	var id *ident.Error
	if errors.As(err, &id) {
		return id.ZH, id.EN
	}
	if en, zh, ok := strings.Cut(err.Error(), " / "); ok {
		return zh, en
	}
	return err.Error(), err.Error()
}

func (c certificateEntry) certificate() (Certificate, error) {
	block, _ := pem.Decode([]byte(c.PEM))
	if block == nil || block.Type != "CERTIFICATE" {
		return Certificate{}, errors.New("not a certificate in PEM form / 不是 PEM 格式证书")
	}
	return NewCertificate(block.Bytes, c.Codes...)
}

// readPolicy reads "default" or a message name such as CEB621Message.
func readPolicy(kind, mode string) (Policy, error) {
	m, err := ParseMode(mode)
	if err != nil || kind == "default" {
		return Policy{Mode: m}, err
	}
	for _, k := range ceb.Kinds() {
		if k.String() == kind {
			return Policy{Kind: k, Mode: m}, nil
		}
	}
	return Policy{}, fmt.Errorf("unknown message %q: use default or a name such as CEB621Message / 未知报文", kind)
}

// ReadYAML reads filings for an import: a list of mappings with the columns of
// ReadCSV and, beside them, `certificates` (a list of pem and codes) and
// `signatures` (message name or default: required, optional, off). All faults
// are returned at once, as Faults.
func ReadYAML(in io.Reader) ([]Filing, error) {
	data, err := readText(in)
	if err != nil {
		return nil, err
	}
	var items []yaml.Node
	if err := yaml.Unmarshal(data, &items); err != nil {
		return nil, Faults{{Field: "file", ZH: "YAML 格式错误: " + err.Error(), EN: err.Error()}}
	}
	var out []Filing
	var lines []int
	var faults Faults
	for i := range items {
		var e entry
		if err := strict(&items[i], &e); err != nil {
			faults = append(faults, Fault{Line: items[i].Line, Field: "file", ZH: err.Error(), EN: err.Error()})
			continue
		}
		f, bad := e.filing(items[i].Line)
		out, lines, faults = append(out, f), append(lines, items[i].Line), append(faults, bad...)
	}
	return finish(out, lines, faults)
}

// strict decodes a mapping and refuses names that it does not know.
func strict(n *yaml.Node, e *entry) error {
	known := append(slices.Clone(columns), "certificates", "signatures")
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			if key := n.Content[i].Value; !slices.Contains(known, key) {
				return fmt.Errorf("unknown name %q; there are %s / 未知字段", key, strings.Join(known, ", "))
			}
		}
	}
	return n.Decode(e)
}

// finish adds what is wrong between the filings of one import.
func finish(out []Filing, lines []int, faults Faults) ([]Filing, error) {
	faults = append(faults, doubles(out, lines)...)
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Line - b.Line })
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// checkAll returns what is wrong with filings, each and among each other.
func checkAll(filings []Filing) Faults {
	var out Faults
	for i := range filings {
		out = append(out, filings[i].Check()...)
	}
	return append(out, doubles(filings, make([]int, len(filings)))...)
}

// doubles finds ids, codes and certificates that two filings share; lines are
// where the filings stand in the file.
func doubles(filings []Filing, lines []int) Faults {
	var out Faults
	seen := map[string]string{}
	for i, f := range filings {
		note := func(field, value string) {
			if value == "" {
				return
			}
			if owner, twice := seen[field+value]; twice {
				out = append(out, Fault{Line: lines[i], ID: f.ID, Field: field, ZH: value + " 与备案 " + owner + " 重复", EN: value + " is in filing " + owner + " too"})
				return
			}
			seen[field+value] = f.ID
		}
		note("id", f.ID)
		note("customs_code", f.CustomsCode)
		note("uscc", f.USCC)
		for _, c := range f.Certificates {
			note("certificates", c.Fingerprint)
		}
	}
	return out
}
