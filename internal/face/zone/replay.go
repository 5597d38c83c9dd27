package zone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
)

// Progress is told how far a long work is; nil: nobody asks.
type Progress func(done, total uint64)

func (p Progress) at(done, total uint64) {
	if p != nil {
		p(done, total)
	}
}

// Replay is the outcome of running all inputs again.
type Replay struct {
	Inputs    uint64 `json:"inputs"`
	Decisions uint64 `json:"decisions"`
	Chain     string `json:"chain,omitempty"` // first place where the journal differs from its hashes; "" nowhere
	// Differences were decided by an engine of the same version: a failure.
	Differences uint64 `json:"differences"`
	// Newer were decided by an older engine than this program's: listed apart.
	Newer uint64 `json:"differences_of_older_engine"`
	// First are the first differences of either sort, field by field.
	First []Difference `json:"first"`
}

// OK tells whether nothing differs that may not.
func (r *Replay) OK() bool { return r.Chain == "" && r.Differences == 0 }

// Difference is one decision that a replay decides otherwise.
type Difference struct {
	Decision uint64            `json:"decision"`
	Input    uint64            `json:"input"`
	Engine   int               `json:"engine"` // that decided it
	Fields   []FieldDifference `json:"fields"`
}

// FieldDifference is one field of it.
type FieldDifference struct {
	Field  string `json:"field"`
	Stored string `json:"stored"`
	Again  string `json:"again"`
}

// mostShown bounds the differences that are shown whole.
const mostShown = 10

// errEnd ends a replay at the decision that was the last when it began.
var errEnd = errors.New("end of the replay")

// Replay checks the journal's chain of hashes, runs all stored inputs from the
// first one through an empty machine and compares each decision's bytes with the
// stored ones.
func (a *Archive) Replay(ctx context.Context, progress Progress) (*Replay, error) {
	end, err := a.Journal.Current(ctx)
	if err != nil {
		return nil, err
	}
	r := &Replay{Inputs: end.LastInput, Decisions: end.LastDecision, First: []Difference{}}
	broken, err := a.Journal.Verify(ctx)
	if err != nil {
		return nil, err
	}
	if broken != nil {
		r.Chain = broken.String()
	}
	next, stop := iter.Pull2(a.Reader.Stored(ctx, 1))
	defer stop()
	player := intake.NewPlayer(a.Journal, a.Keys, a.Engine(), runtime.GOMAXPROCS(0))
	var again []byte
	var last uint64
	err = player.Play(ctx, 1, func(ds []*clearance.Decision) error {
		for _, d := range ds {
			if d.Seq > end.LastDecision {
				return errEnd
			}
			stored, raw, ok := next()
			if !ok {
				return fmt.Errorf("decision %d is not stored (决定缺失)", d.Seq)
			}
			if raw.Err != nil {
				return raw.Err
			}
			if stored.Engine > clearance.EngineVersion {
				return fmt.Errorf("decision %d was made by engine %d, this program has %d: use the newer program (请使用新版程序)", d.Seq, stored.Engine, clearance.EngineVersion)
			}
			older := stored.Engine < clearance.EngineVersion
			if older {
				d.Engine = stored.Engine
			}
			if again = d.Append(again[:0]); !bytes.Equal(again, raw.Raw) {
				r.differ(stored, d, older)
			}
			last = d.Seq
		}
		progress.at(last, end.LastDecision)
		if last == end.LastDecision && last > 0 {
			return errEnd
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnd) {
		return nil, err
	}
	if last < end.LastDecision {
		r.Differences++
		r.First = append(r.First, Difference{Decision: last + 1, Fields: []FieldDifference{{Field: "Seq",
			Stored: fmt.Sprint(end.LastDecision), Again: fmt.Sprint(last)}}})
	}
	return r, nil
}

func (r *Replay) differ(stored, again *clearance.Decision, older bool) {
	if older {
		r.Newer++
	} else {
		r.Differences++
	}
	if len(r.First) < mostShown {
		r.First = append(r.First, Difference{Decision: stored.Seq, Input: stored.Input, Engine: int(stored.Engine), Fields: compare(stored, again)})
	}
}

// compare lists the fields in which two decisions differ.
func compare(stored, again *clearance.Decision) []FieldDifference {
	var out []FieldDifference
	x, y := reflect.ValueOf(*stored), reflect.ValueOf(*again)
	for i := range x.NumField() {
		if left, right := show(x.Field(i)), show(y.Field(i)); left != right {
			out = append(out, FieldDifference{Field: x.Type().Field(i).Name, Stored: left, Again: right})
		}
	}
	return out
}

// show writes a field's value, behind its pointer where it is one.
func show(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	text := fmt.Sprintf("%+v", v.Interface())
	if len(text) > 2000 {
		text = text[:2000] + "…"
	}
	return text
}
