package pack_test

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"pilotzone/internal/kernel/pack"
)

// TestHashIsStable: the hash names the pack in stored decisions, so it must
// never change for the same files. The constant was computed by hand from the
// definition: SHA-256 over (length of name, length of content, name, SHA-256 of
// content) by name.
func TestHashIsStable(t *testing.T) {
	t.Parallel()
	const want = "7e0f0986f8fb17421f5bc575baac259478b310b4b68b33b82bc14865ef9428d1"
	p := load(t, nil)
	if got := hex.EncodeToString(p.Hash[:]); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if v := p.Version(); v != "base@2026.1+"+want[:8] {
		t.Errorf("version %s", v)
	}
	if q := load(t, map[string]string{"README.md": "words"}); q.Hash == p.Hash {
		t.Error("another file did not change the hash")
	}
	if q := load(t, map[string]string{"tables/units.csv": unitsCSV + "\n"}); q.Hash == p.Hash {
		t.Error("another byte did not change the hash")
	}
}

func TestArchiveRoundTrip(t *testing.T) {
	t.Parallel()
	p := load(t, nil)
	a := p.Archive()
	if !bytes.Equal(a, load(t, nil).Archive()) {
		t.Error("the same pack gave two archives")
	}
	q, err := pack.FromArchive(a)
	if err != nil {
		t.Fatal(err)
	}
	if q.Hash != p.Hash || q.Version() != p.Version() || !slices.Equal(q.Params(), p.Params()) || !slices.Equal(q.Tables(), p.Tables()) || !bytes.Equal(q.Archive(), a) {
		t.Error("the pack came back changed")
	}
	if v, ok := q.Param("limit"); !ok || len(v.Values) != 2 {
		t.Error("a parameter was lost")
	}
	if tab, ok := q.Table("rates"); !ok || tab.Len() != 3 {
		t.Error("a table was lost")
	}
}

func TestSetRoundTrip(t *testing.T) {
	t.Parallel()
	s := set(t, load(t, nil), zone(t, nil))
	data := s.Marshal()
	r, err := pack.UnmarshalSet(data)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := r.Param("share", 20260301)
	if r.Version() != s.Version() || v.Int() != 5 || !bytes.Equal(r.Marshal(), data) {
		t.Error("the set came back changed")
	}
	for cut := 1; cut < len(data); cut += 97 {
		if r, err := pack.UnmarshalSet(data[:cut]); err == nil && r.Version() == s.Version() {
			t.Errorf("a set cut at %d was read whole", cut)
		}
	}
}

// archive packs files as an archive, in the order of entries.
func archive(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, h := range entries {
		text := h.PAXRecords["COMMENT.text"]
		h.PAXRecords, h.Mode, h.Size = nil, 0o644, int64(len(text))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func entry(name, text string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, PAXRecords: map[string]string{"COMMENT.text": text}}
}

func TestHostileArchives(t *testing.T) {
	t.Parallel()
	many := []tar.Header{entry("pack.yaml", headYAML)}
	for i := range 1100 {
		many = append(many, entry(fmt.Sprintf("tables/t%d.csv", i), "a\n"))
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":       {nil, "pack.yaml is missing"},
		"no archive":    {[]byte("hello"), "not an archive"},
		"cut":           {load(t, nil).Archive()[:200], "not an archive"},
		"path upwards":  {archive(t, entry("pack.yaml", headYAML), entry("../../etc/passwd", "x")), "a pack does not have this file"},
		"absolute path": {archive(t, entry("pack.yaml", headYAML), entry("/etc/passwd", "x")), "a pack does not have this file"},
		"link":          {archive(t, entry("pack.yaml", headYAML), tar.Header{Typeflag: tar.TypeSymlink, Name: "tables/aa.csv", Linkname: "/etc/passwd"}), "a pack does not have this file"},
		"twice":         {archive(t, entry("pack.yaml", headYAML), entry("pack.yaml", headYAML)), "file pack.yaml twice"},
		"many files":    {archive(t, many...), "at most 1000 files"},
		"bomb":          {archive(t, entry("pack.yaml", headYAML), entry("tables/aa.csv", strings.Repeat(" ", 65<<20))), "too large"},
	} {
		p, err := pack.FromArchive(tt.data)
		if p != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func FuzzFromArchive(f *testing.F) {
	f.Add(load(f, nil).Archive())
	f.Add(archive(f, entry("pack.yaml", headYAML)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := pack.FromArchive(data)
		if err != nil {
			return
		}
		q, err := pack.FromArchive(p.Archive())
		if err != nil || q.Hash != p.Hash {
			t.Errorf("a pack that was read does not come back: %v", err)
		}
	})
}

// FuzzParameters: whatever the file holds, the loader answers with a pack or
// with faults that have a place and words.
func FuzzParameters(f *testing.F) {
	f.Add(parametersYAML)
	f.Add("parameters: [{name: a}]")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := pack.LoadFS(files(map[string]string{"parameters.yaml": text}), "base")
		if fs, ok := err.(pack.Faults); ok {
			for _, x := range fs {
				if x.What.EN == "" || x.Mend.ZH == "" {
					t.Errorf("fault without words: %+v", x)
				}
			}
		} else if err != nil {
			t.Errorf("neither a pack nor faults: %v", err)
		}
	})
}

func TestTableFile(t *testing.T) {
	t.Parallel()
	base := load(t, map[string]string{"tables.yaml": strings.Replace(tablesYAML, "overlay: rows", "overlay: replace", 1)})
	file := pack.TableFile{
		Name: "list", Release: "2022.1", Title: pack.Text{ZH: "清单", EN: "list"}, Base: base, Table: "rates",
		Origin:  pack.Origin{ID: "mof", Document: "公告2022年第7号", Date: 20220128, Read: "官网"},
		Article: "附件", Mark: pack.Seen, CSV: []byte("code,rate,kinds,valid_from,valid_to\n0909,0.20,y,2022-03-01,\n"),
	}
	p, err := file.Pack()
	if err != nil {
		t.Fatal(err)
	}
	s := set(t, base, p)
	rates, _ := s.Table("rates")
	row, ok := rates.Get(20220301, "0909")
	if !ok || row.Source().String() != "公告2022年第7号 附件" || row.Pack() != p.Version() || rates.Len() != 1 {
		t.Errorf("the list was not loaded: %v", ok)
	}
	again, err := file.Pack()
	if err != nil || again.Hash != p.Hash {
		t.Errorf("the same file gave another pack: %v", err)
	}
	if q, err := pack.FromArchive(p.Archive()); err != nil || q.Hash != p.Hash {
		t.Errorf("its archive does not come back: %v", err)
	}
	bad := file
	bad.CSV = []byte("code,rate,kinds,valid_from,valid_to\n0909,x,z,2022-03-01,\n")
	if _, err := bad.Pack(); err == nil || !strings.Contains(err.Error(), "tables/rates.csv:2:6") || !strings.Contains(err.Error(), "tables/rates.csv:2:8") {
		t.Errorf("faults of the file: %v", err)
	}
	bad = file
	bad.Table = "none"
	if _, err := bad.Pack(); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("table that is not there: %v", err)
	}
}

// names guards the test pack itself: a file that the loader ignored would make
// the tests above empty.
func TestNames(t *testing.T) {
	t.Parallel()
	if got := slices.Sorted(maps.Keys(files(nil))); len(got) != 5 {
		t.Errorf("files of the test pack: %v", got)
	}
}
