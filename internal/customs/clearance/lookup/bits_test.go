package lookup

import (
	"math/rand/v2"
	"testing"
	"time"
)

// However full a set is, it comes back as it was stored, in the smallest form.
func TestSetsGoThereAndBack(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		fill func(*set)
		most int // bytes
	}{
		{"empty", func(*set) {}, 1},
		{"ends", func(s *set) { s.add(0); s.add(chunkSize - 1) }, 5},
		{"all", func(s *set) { s.fill(0, chunkSize-1) }, 5},
		{"a run over words", func(s *set) { s.fill(60, 200); s.fill(63, 64); s.fill(640, 703) }, 9},
		{"few", func(s *set) {
			for range 500 {
				s.add(uint16(rnd.Uint32()))
			}
		}, 1001},
		{"half", func(s *set) {
			for range chunkSize {
				s.add(uint16(rnd.Uint32()))
			}
		}, 8193},
	} {
		var s, back set
		c.fill(&s)
		data, n := s.encode()
		back.union(data)
		if back != s || n != s.count() || len(data) > c.most {
			t.Errorf("%s: %d bytes for %d numbers, want at most %d", c.name, len(data), n, c.most)
		}
		var seen []uint16
		s.down(func(low uint16) bool { seen = append(seen, low); return true })
		for i, low := range seen {
			if !s.has(low) || i > 0 && low >= seen[i-1] {
				t.Fatalf("%s: down gives %d after %d", c.name, low, seen[max(i-1, 0)])
			}
		}
		if len(seen) != n {
			t.Errorf("%s: down gives %d of %d", c.name, len(seen), n)
		}
		cut := s
		cut.below(130)
		for low := range uint16(300) {
			if cut.has(low) != (low < 130 && s.has(low)) {
				t.Errorf("%s: below(130) has %d", c.name, low)
			}
		}
	}
}

// FuzzSet holds editing and storing against a map.
func FuzzSet(f *testing.F) {
	f.Add([]byte{0, 0, 1, 255, 255, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		want := map[uint16]bool{}
		var list []edit
		for ; len(b) >= 3; b = b[3:] {
			e := edit{low: uint16(b[0]) | uint16(b[1])<<8, in: b[2]&1 == 1}
			list = append(list, e)
			if want[e.low] = e.in; !e.in {
				delete(want, e.low)
			}
		}
		half := len(list) / 2
		stored, _ := edited(nil, list[:half])
		stored, n := edited(stored, list[half:])
		var got set
		got.union(stored)
		if n != len(want) || got.count() != len(want) {
			t.Fatalf("%d numbers, want %d", n, len(want))
		}
		for low := range want {
			if !got.has(low) {
				t.Fatalf("%d is missing", low)
			}
		}
	})
}

// A bucket of release times holds what is within an eighth, without gaps.
func TestTimeBuckets(t *testing.T) {
	t.Parallel()
	for ms := int64(0); ms < 400*24*3600*1000; ms += 1 + ms/97 {
		b := TimeBucket(ms*1000 + 500)
		end := BucketEnd(b)
		if b < 0 || b > 999 || ms*1000+500 > end || TimeBucket(end) != b || TimeBucket(end+1) != b+1 || float64(end) > 1.13*float64(ms+1)*1000 {
			t.Fatalf("%d ms: bucket %d ends at %v", ms, b, time.Duration(end)*time.Microsecond)
		}
	}
}

// Amounts are kept exactly as far as five bytes go, and stop there.
func TestAmounts(t *testing.T) {
	t.Parallel()
	data := make([]byte, blockSize*amountBytes)
	for low, v := range map[uint64][2]int64{0: {0, 0}, 1: {48700, 48700}, 7: {-5, 0}, blockSize - 1: {mostAmount, mostAmount}, 9: {mostAmount + 1, mostAmount}} {
		putAmount(data, low, fen(v[0]))
		if got := amountAt(data, low); got != fen(v[1]) {
			t.Errorf("%d comes back as %d", v[0], got)
		}
	}
	if amountAt(nil, 5) != 0 {
		t.Error("a block that is missing holds something")
	}
}
