package pack_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"pilotzone/internal/kernel/pack"
)

// TestDiff: what is added, changed and removed, by parameter, row, item and
// matter; equal sets have none.
func TestDiff(t *testing.T) {
	t.Parallel()
	sheets := func(replace map[string]string, head string) map[string]string {
		out := map[string]string{"pack.yaml": head, "entries/aa.yaml": "items:\n" + entriesOf(simple("one")+simple("two")), "matters/m1.yaml": "id: m1"}
		for k, v := range replace {
			out[k] = v
		}
		return out
	}
	old := set(t, load(t, sheets(nil, headTwo)))
	if d := pack.Diff(old, set(t, load(t, sheets(nil, headTwo)))); len(d) != 0 {
		t.Errorf("equal sets: %v", d)
	}
	changed := set(t, load(t, sheets(map[string]string{
		"parameters.yaml":  strings.Replace(parametersYAML, "5000.00", "6000.00", 1),
		"tables/rates.csv": strings.Replace(ratesCSV, "0202,0.09", "0303,0.09", 1),
		"entries/aa.yaml":  "items:\n" + entriesOf(simple("one")) + strings.Replace(entriesOf(simple("three")), "课", "程", 1),
		"matters/m1.yaml":  "id: m2",
	}, strings.Replace(headTwo, "2026.1", "2026.2", 1))))
	var got []string
	for _, c := range pack.Diff(old, changed) {
		sign := "±"
		if c.Old == "" {
			sign = "+"
		} else if c.New == "" {
			sign = "-"
		}
		got = append(got, sign+c.What+":"+c.Name+":"+c.Key)
	}
	if want := "±parameter:limit:2019-01-01 -table:rates:0202 +table:rates:0303 +entries:three: -entries:two: ±matters:m1:"; strings.Join(got, " ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestTurns: what begins or ends by itself within a time.
func TestTurns(t *testing.T) {
	t.Parallel()
	s := set(t, load(t, map[string]string{"pack.yaml": headTwo, "entries/aa.yaml": entriesOf(measuresYAML)}))
	var got []string
	for _, v := range s.Turns(20190101, 20250101) {
		got = append(got, v.Day.String()+" "+v.What+" "+v.Name+" "+v.Begins+"/"+v.Ends)
	}
	want := []string{"2019-01-01 parameter limit /2000.00", "2019-01-01 parameter limit 5000.00/", "2019-04-01 table rates /", "2023-03-03 entries first 第一条/",
		"2025-01-01 entries first /第一条", "2025-01-01 entries first 第一条（新）/"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestFromZip: the folder zipped with or without its name gives the same pack;
// hostile ones are refused.
func TestFromZip(t *testing.T) {
	t.Parallel()
	write := func(prefix string, add map[string]string) []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		all := map[string]string{}
		for name, f := range files(nil) {
			all[strings.TrimPrefix(name, "base/")] = string(f.Data)
		}
		for name, text := range add {
			all[name] = text
		}
		for name, text := range all {
			f, err := w.Create(prefix + name)
			if err == nil {
				_, err = f.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	want := load(t, nil).Hash
	for _, prefix := range []string{"", "base/", "任意/"} {
		if p, err := pack.Read(write(prefix, nil)); err != nil || p.Hash != want {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	if p, err := pack.Read(load(t, nil).Archive()); err != nil || p.Hash != want {
		t.Errorf("archive: %v", err)
	}
	for name, data := range map[string][]byte{
		"odd file": write("base/", map[string]string{"../evil.csv": "x"}), "cut": write("", nil)[:300], "no pack": write("a/b/", nil),
		"bomb": write("", map[string]string{"tables/zz.csv": strings.Repeat("a", 65<<20)}),
	} {
		if p, err := pack.Read(data); p != nil || err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
