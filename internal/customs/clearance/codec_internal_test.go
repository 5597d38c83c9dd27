package clearance

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"pilotzone/ceb"
)

// draw fills any of our plain structures with random values: the codec must
// carry every field, and a field that is added and forgotten fails here.
func draw(r *rapid.T, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		if depth < 2 || rapid.Bool().Draw(r, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(r, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				draw(r, f, depth+1)
			}
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(r, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				draw(r, v.Index(i), depth+1)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			draw(r, v.Index(i), depth+1)
		}
	case reflect.String:
		v.SetString(rapid.StringN(0, 8, 24).Draw(r, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(r, "bool"))
	case reflect.Int64, reflect.Int32:
		n := rapid.Int64().Draw(r, "n")
		v.SetInt(n)
		if v.Kind() == reflect.Int32 {
			v.SetInt(int64(int32(n)))
		}
	case reflect.Uint8:
		switch v.Type() {
		case reflect.TypeFor[State]():
			v.SetUint(uint64(rapid.IntRange(0, int(states)-1).Draw(r, "state")))
		case reflect.TypeFor[DocState]():
			v.SetUint(uint64(rapid.IntRange(0, int(docStates)-1).Draw(r, "state")))
		case reflect.TypeFor[What]():
			v.SetUint(uint64(rapid.IntRange(1, len(whatNames)-1).Draw(r, "what")))
		default:
			v.SetUint(uint64(rapid.Uint8().Draw(r, "byte")))
		}
	case reflect.Uint16:
		v.SetUint(uint64(rapid.Uint16().Draw(r, "n")))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(r, "n"))
	default:
		r.Fatalf("%v is not known to this test", v.Type())
	}
}

// TestDecisionsGoThereAndBack: every field of a decision is in its bytes, and
// what follows them is returned.
func TestDecisionsGoThereAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		v := &Decision{}
		draw(r, reflect.ValueOf(v).Elem(), 0)
		if v.Engine < 2 { // had no such fields
			v.Person, v.Source = Key{}, 0
		}
		for i := range v.Receipts {
			v.Receipts[i].Kind = rapid.SampledFrom([]ceb.Kind{312, 622, 604, 900, 510}).Draw(r, "kind")
			v.Receipts[i].Fields = make([]string, len(receiptLayouts[v.Receipts[i].Kind].identity))
		}
		b := v.Append(nil)
		got, rest, err := ReadDecision(append(b[:len(b):len(b)], "rest"...))
		if err != nil || string(rest) != "rest" {
			r.Fatalf("%v, rest %q", err, rest)
		}
		if again := got.Append(nil); !bytes.Equal(again, b) {
			r.Fatalf("%+v\n%+v", v, got)
		}
		equal(r, v, got)
		cut := rapid.IntRange(0, len(b)-1).Draw(r, "cut")
		if _, _, err := ReadDecision(b[:cut]); err == nil {
			r.Fatalf("%d of %d bytes are a decision", cut, len(b))
		}
	})
}

// equal compares but for empty and absent slices.
func equal(r *rapid.T, a, b any) {
	tidy := func(v any) {
		switch v := v.(type) {
		case *Decision:
			for i := range v.Receipts {
				if len(v.Receipts[i].Rungs) == 0 {
					v.Receipts[i].Rungs = nil
				}
			}
			if v.Tax != nil && len(v.Tax.Lines) == 0 {
				v.Tax.Lines = nil
			}
			if v.List != nil && len(v.List.Lines) == 0 {
				v.List.Lines = nil
			}
		case *parcel:
			if v.Order != nil && len(v.Order.Lines) == 0 {
				v.Order.Lines = nil
			}
			if v.List != nil && len(v.List.Lines) == 0 {
				v.List.Lines = nil
			}
		}
	}
	tidy(a)
	tidy(b)
	if !reflect.DeepEqual(a, b) {
		r.Fatalf("%+v\n%+v", a, b)
	}
}

func TestEntriesGoThereAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		for _, v := range []entry{&parcel{}, &payment{}, &waybill{}, &numberRef{}, &seen{}} {
			draw(r, reflect.ValueOf(v).Elem(), 0)
			e := &encoder{}
			v.encode(e)
			got, err := decodeEntry(e.b)
			if err != nil {
				r.Fatalf("%T: %v", v, err)
			}
			equal(r, v, got)
			if _, err := decodeEntry(append(e.b, 0)); err == nil {
				r.Fatalf("%T with a byte more is read", v)
			}
			cut := rapid.IntRange(0, len(e.b)-1).Draw(r, "cut")
			if _, err := decodeEntry(e.b[:cut]); err == nil {
				r.Fatalf("%d of %d bytes are a %T", cut, len(e.b), v)
			}
		}
	})
}

func TestReasonsGoThereAndBack(t *testing.T) {
	t.Parallel()
	rs := []Reason{Say("1332", "1", "2"), Say("1800")}
	got, rest, err := ReadReasons(append(AppendReasons(nil, rs), 7))
	if err != nil || len(rest) != 1 || !reflect.DeepEqual(got, rs) {
		t.Errorf("%v %v %v", got, rest, err)
	}
}

// FuzzReadDecision: bytes from a store that was tampered with give an error or
// a decision that can be written and rendered, never a panic.
func FuzzReadDecision(f *testing.F) {
	d := &Decision{Seq: 1, What: Decided, Reasons: []Reason{Say("1332", "1")}, Tax: &Assessment{Lines: make([]LineTax, 1)}, List: &List{Lines: make([]ListLine, 1)},
		Receipts: []Receipt{{Kind: 622, Fields: make([]string, 7), Rungs: []Rung{{Status: 100, Reasons: []Reason{Say("1332", "1")}}}}}}
	f.Add(d.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, _, err := ReadDecision(b)
		if err != nil {
			return
		}
		v.Nodes()
		if _, _, err := ReadDecision(v.Append(nil)); err != nil {
			t.Errorf("what was read can't be read again: %v", err)
		}
	})
}

// FuzzDecodeEntry: the same for what a snapshot holds.
func FuzzDecodeEntry(f *testing.F) {
	for _, v := range []entry{&parcel{Order: &Order{Lines: make([]OrderLine, 1)}, List: &List{}}, &payment{Payment: &Payment{}}, &waybill{Waybill: &Waybill{}}, &numberRef{}, &seen{}} {
		e := &encoder{}
		v.encode(e)
		f.Add(e.b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decodeEntry(b)
		if err != nil {
			return
		}
		e := &encoder{}
		v.encode(e)
		if _, err := decodeEntry(e.b); err != nil {
			t.Errorf("what was read can't be read again: %v", err)
		}
	})
}
