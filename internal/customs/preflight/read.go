package preflight

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/sheets"
)

// Codes of defects of files as a whole.
const (
	CodeFile = "FILE-UNREAD" // neither XML, JSON nor a spreadsheet that can be read
	CodeSize = "FILE-SIZE"   // too large, or too much in it
)

// maxUnzip is how much a spreadsheet may unpack to here: visitors get less room
// than those who upload.
const maxUnzip = 48 << 20

// reading gathers the documents of an ask.
type reading struct {
	c       *Checker
	at      time.Time
	x       clearance.Extractor
	sources []*source
	loose   []draft.Defect // of files, not of documents
	bytes   int64
	files   int
}

func (r *reading) defect(file, code, zh, en string) {
	r.loose = append(r.loose, draft.Defect{Code: code, Severity: draft.Refuses, ZH: zh, EN: en, File: file})
}

// file reads one file, whatever it is.
func (r *reading) file(ctx context.Context, f File) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.files++
	r.bytes += int64(len(f.Data))
	data := bytes.TrimSpace(bytes.TrimPrefix(f.Data, []byte("\ufeff")))
	switch {
	case r.files > MaxFiles || r.bytes > MaxBytes:
		r.defect(f.Name, CodeSize, fmt.Sprintf("文件过多或过大：至多 %d 个、共 %d MiB", MaxFiles, MaxBytes>>20), fmt.Sprintf("too many files or too large: at most %d, %d MiB in all", MaxFiles, MaxBytes>>20))
	case len(data) == 0:
		r.defect(f.Name, CodeFile, "文件为空", "the file is empty")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return r.archive(ctx, f)
	case data[0] == '{' || data[0] == '[':
		drafts, bad := draft.ReadJSON(f.Name, data, MaxDocuments)
		r.loose = append(r.loose, bad...)
		r.drafts(drafts)
	case data[0] == '<':
		r.xml(f)
	default:
		r.defect(f.Name, CodeFile, "既不是 XML、JSON，也不是 XLSX", "neither XML, JSON nor XLSX")
	}
	return nil
}

// archive reads a spreadsheet, or the files in a zip.
func (r *reading) archive(ctx context.Context, f File) error {
	z, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil {
		r.defect(f.Name, CodeFile, "压缩文件无法读取", "the zip file can't be read")
		return nil
	}
	for _, m := range z.File {
		if m.Name == "xl/workbook.xml" {
			return r.sheet(ctx, f)
		}
	}
	for _, m := range z.File {
		if m.FileInfo().IsDir() || strings.HasPrefix(path.Base(m.Name), ".") {
			continue
		}
		data, err := member(m, MaxBytes-r.bytes)
		if err != nil {
			r.files++
			r.defect(f.Name, CodeSize, "压缩文件内容过大或无法读取", "what is in the zip is too large or can't be read")
			return nil
		}
		if bytes.HasPrefix(data, []byte("PK\x03\x04")) && !strings.HasSuffix(strings.ToLower(m.Name), ".xlsx") {
			r.defect(f.Name, CodeFile, "压缩文件不能嵌套", "a zip in a zip is not read")
			continue
		}
		if err := r.file(ctx, File{Name: f.Name + "/" + path.Base(m.Name), Data: data}); err != nil {
			return err
		}
	}
	return nil
}

func member(m *zip.File, most int64) ([]byte, error) {
	in, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(data)) > most {
		err = errors.New("too large")
	}
	return data, err
}

func (r *reading) sheet(ctx context.Context, f File) error {
	b, err := sheets.OpenWithin(f.Name, f.Data, maxUnzip)
	if err != nil {
		return r.unread(ctx, f.Name, err)
	}
	defer b.Close()
	var drafts []*draft.Draft
	err = b.Each(ctx, func(d *draft.Draft) error {
		if drafts = append(drafts, d); len(drafts) > MaxDocuments {
			return sheets.ErrRows
		}
		return nil
	})
	r.loose = append(r.loose, b.Defects()...)
	if err != nil {
		return r.unread(ctx, f.Name, err)
	}
	r.drafts(drafts)
	return nil
}

// unread says why a spreadsheet can't be read; the end of the time is an error.
func (r *reading) unread(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var bad *sheets.Unreadable
	if errors.As(err, &bad) {
		r.loose = append(r.loose, bad.Defect(name))
		return nil
	}
	r.defect(name, CodeSize, fmt.Sprintf("预检至多 %d 份单证；更多请用“批量上传”", MaxDocuments), fmt.Sprintf("at most %d documents here; upload larger files", MaxDocuments))
	return nil
}

// drafts takes drafts in, each as a message of its own.
func (r *reading) drafts(list []*draft.Draft) {
	for _, d := range list {
		s := &source{draft: d, file: d.File}
		if !clearance.Takes(d.Kind) {
			s.say(&s.defects, draft.Refuses, clearance.Say("PZ1010", d.Kind.String()))
			r.add(s)
			continue
		}
		d.Complete(r.at)
		sender := draft.Sender{Code: "0", Name: "0"}
		if list := d.Senders(); len(list) > 0 {
			sender = list[0]
		}
		if sender.Name == "" {
			sender.Name = sender.Code
		}
		m, err := ceb.Decode(draft.AppendMessage(nil, d.Kind, sender, []*draft.Draft{d}))
		if err != nil || len(m.Docs) != 1 {
			s.defects = append(s.defects, s.stamp(draft.Defect{Code: ceb.CodeXML, Severity: draft.Refuses, ZH: "无法写成报文", EN: "can't be written as a message"}.At(s.place(0, ""))))
			r.add(s)
			continue
		}
		s.doc = r.x.Docs(m, r.at.UnixMicro(), nil)[0]
		bad := m.Docs[0].Under(m.Edition())
		for i := range bad {
			_, line, field := draft.OfPath(d.Kind, bad[i].Path)
			s.defects = append(s.defects, s.stamp(draft.OfSchema(&bad[i]).At(s.place(line, field))))
		}
		r.add(s)
	}
}

func (r *reading) add(s *source) { r.sources = append(r.sources, s) }

// xml reads messages, plain or in envelopes, one or several after each other.
func (r *reading) xml(f File) {
	for _, p := range sheets.Pieces(f.Data) {
		if len(r.sources) > MaxDocuments {
			r.defect(f.Name, CodeSize, fmt.Sprintf("预检至多 %d 份单证", MaxDocuments), fmt.Sprintf("at most %d documents", MaxDocuments))
			return
		}
		r.message(f.Name, bytes.Clone(p.Data), p.Offset)
	}
}

func (r *reading) message(file string, data []byte, offset int) {
	if dxp.IsEnvelope(data) {
		env, err := dxp.Unwrap(data)
		if err != nil {
			r.refuse(file, offset, &intake.Refusal{Reason: &clearance.Reason{Code: "PZ4002", Args: []string{err.Error()}}})
			return
		}
		data, offset = env.Data, 0
	}
	m, err := ceb.Decode(data)
	if err != nil {
		var d *ceb.Defect
		if !errors.As(err, &d) {
			d = &ceb.Defect{Code: ceb.CodeXML, ZH: err.Error(), EN: err.Error()}
		}
		r.refuse(file, offset, &intake.Refusal{Defects: []ceb.Defect{*d}})
		return
	}
	if bad := intake.Unusable(m); bad != nil {
		r.refuse(file, offset, bad)
		return
	}
	var refused []clearance.Reason
	if r.c.c.Judge != nil {
		refused = r.c.c.Judge.Judge(m, r.at)
	}
	docs := r.x.Docs(m, r.at.UnixMicro(), refused)
	for i := range docs {
		s := &source{message: m, at: i, file: file, offset: offset, doc: docs[i]}
		if docs[i].Schema {
			s.schema()
		}
		r.add(s)
	}
}

// refuse says why a message can't be taken in as a whole.
func (r *reading) refuse(file string, offset int, bad *intake.Refusal) {
	for i := range bad.Defects {
		d := draft.OfSchema(&bad.Defects[i])
		d.File, d.Kind, d.Line = file, int(bad.Kind), d.Line+offset
		r.loose = append(r.loose, d)
	}
	if bad.Reason != nil {
		d := draft.OfReason(*bad.Reason, draft.Refuses)
		d.File, d.Kind = file, int(bad.Kind)
		r.loose = append(r.loose, d)
	}
}
