package sheets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/draft"
)

var xmlStart = regexp.MustCompile(`<\?xml[\s]`)

// mostMessages bounds the messages of one file.
const mostMessages = 10_000

// Piece is one message in a file.
type Piece struct {
	Data   []byte
	Offset int // lines of the file before it
}

// Pieces cuts a text in which several messages stand one after the other, each
// with its XML declaration.
func Pieces(data []byte) []Piece {
	starts := xmlStart.FindAllIndex(data, mostMessages)
	if len(starts) < 2 {
		return []Piece{{Data: data}}
	}
	out := make([]Piece, len(starts))
	for i, s := range starts {
		end := len(data)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		out[i] = Piece{data[s[0]:end], bytes.Count(data[:s[0]], []byte("\n"))}
	}
	return out
}

// member is a file of messages.
type member struct {
	name string
	data []byte
}

// members are the files of an upload: itself, or what is in the zip.
func (u *upload) members(data []byte) ([]member, error) {
	if sortOf(data) != 'z' {
		return []member{{u.o.Name, data}}, nil
	}
	if err := bounded(data, MaxUnzip); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, unreadable(err)
	}
	var out []member
	for _, m := range z.File {
		if m.FileInfo().IsDir() || strings.HasPrefix(path.Base(m.Name), ".") {
			continue
		}
		in, err := m.Open()
		if err != nil {
			return nil, unreadable(err)
		}
		b, err := io.ReadAll(io.LimitReader(in, MaxUnzip))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, unreadable(err)
		}
		out = append(out, member{path.Base(m.Name), b})
	}
	return out, nil
}

// messages checks and sends messages that came as XML.
func (u *upload) messages(ctx context.Context, data []byte) error {
	files, err := u.members(data)
	if err != nil {
		return err
	}
	var good []Piece
	for _, f := range files {
		for _, p := range Pieces(f.data) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if u.message(f.name, p) {
				good = append(good, p)
			}
		}
	}
	u.sum.Good = u.sum.Documents - u.sum.Faulty
	if len(u.defects) > 0 {
		marked, err := listed(u.defects)
		if err != nil {
			return err
		}
		if err := u.r.PutFile(ctx, ErrorsFile, marked); err != nil {
			return err
		}
	}
	if u.o.Policy == OnlyCheck || u.o.Policy == AllOrNone && len(u.defects) > 0 {
		return nil
	}
	for _, p := range good {
		m, err := ceb.Decode(bytes.Clone(inner(p.Data)))
		if err != nil {
			continue // it was looked at before
		}
		if err := u.send(ctx, m.Kind, bytes.Clone(p.Data), make([]string, len(m.Docs))); err != nil {
			return err
		}
	}
	return u.settle(ctx, 0)
}

func inner(data []byte) []byte {
	if dxp.IsEnvelope(data) {
		if env, err := dxp.Unwrap(data); err == nil {
			return env.Data
		}
	}
	return data
}

// message looks at one message and tells whether it can be sent: documents that
// fail the schema are the platform's to answer, so that their neighbours are
// taken in.
func (u *upload) message(file string, p Piece) bool {
	say := func(d draft.Defect) {
		d.File = file
		if d.Line > 0 {
			d.Line += p.Offset
		}
		if len(u.defects) == mostDefects {
			u.more++
			return
		}
		u.defects = append(u.defects, d)
	}
	m, err := ceb.Decode(bytes.Clone(inner(p.Data)))
	if err != nil {
		var d *ceb.Defect
		if !errors.As(err, &d) {
			d = &ceb.Defect{Code: ceb.CodeXML, ZH: err.Error(), EN: err.Error()}
		}
		say(draft.OfSchema(d))
		u.sum.Documents, u.sum.Faulty = u.sum.Documents+1, u.sum.Faulty+1
		return false
	}
	u.sum.Documents += len(m.Docs)
	if bad := intake.Unusable(m); bad != nil {
		for i := range bad.Defects {
			say(draft.OfSchema(&bad.Defects[i]))
		}
		if bad.Reason != nil {
			say(draft.OfReason(*bad.Reason, draft.Refuses))
		}
		u.sum.Faulty += len(m.Docs)
		return false
	}
	if code := m.Transfer.Text(ceb.BTCopCode); !u.o.caller().SendsFor(code, m.Kind.String()) {
		say(right(code, m.Kind.String()))
		u.sum.Faulty += len(m.Docs)
		return false
	}
	for i := range m.Docs {
		bad := m.Docs[i].Under(m.Edition())
		for j := range bad {
			say(draft.OfSchema(&bad[j]))
		}
		if len(bad) > 0 {
			u.sum.Faulty++
		}
	}
	return true
}

// listed writes the problems of messages as a sheet.
func listed(defects []draft.Defect) ([]byte, error) {
	rows := make([][]string, len(defects))
	for i := range defects {
		d := &defects[i]
		rows[i] = []string{d.File, fmt.Sprint(d.Line), d.Path, d.Code, d.ZH, d.FixZH, d.EN, d.FixEN}
	}
	return workbook(problemSheet, []string{"文件 file", "行 line", "元素 element", "代码 code", "原因", "改正方法", "cause", "fix"}, rows)
}
