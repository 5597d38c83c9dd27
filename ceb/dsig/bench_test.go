package dsig

import (
	"bytes"
	"crypto/sha1"
	"testing"
)

// A message of 100 documents, about 300 KB.
var hundred = message("311", 100)

func BenchmarkCanonicalise(b *testing.B) {
	raw := signed(b, hundred, rsaSigner())
	for _, c := range []struct {
		name string
		raw  []byte
	}{
		{"LF", raw},
		{"CRLF", bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))},
		{"compact", bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\n"), nil), []byte("\t"), nil)},
		{"default namespace", bytes.ReplaceAll(raw, []byte("ceb:"), nil)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.raw)))
			b.ReportAllocs()
			for b.Loop() {
				s := newScanner(c.raw)
				if err := s.document(); err != nil && c.name != "default namespace" {
					b.Fatal(err)
				}
				s.release()
			}
		})
	}
}

func BenchmarkSHA1(b *testing.B) {
	b.SetBytes(int64(len(hundred)))
	for b.Loop() {
		sha1.Sum(hundred)
	}
}

func BenchmarkSM3(b *testing.B) {
	b.SetBytes(int64(len(hundred)))
	h := chinese.newDigest()
	for b.Loop() {
		h.Reset()
		h.Write(hundred)
	}
}

func BenchmarkVerify(b *testing.B) {
	for name, s := range signers() {
		for size, raw := range map[string][]byte{"1 document": message("311", 1), "100 documents": hundred} {
			raw := signed(b, raw, s)
			b.Run(name+"/"+size, func(b *testing.B) {
				b.SetBytes(int64(len(raw)))
				b.ReportAllocs()
				for b.Loop() {
					if r := Verify(raw, Options{Now: now}); !r.OK() {
						b.Fatal(r.Faults)
					}
				}
			})
		}
	}
}

func BenchmarkSign(b *testing.B) {
	for name, s := range signers() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Sign(hundred, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
