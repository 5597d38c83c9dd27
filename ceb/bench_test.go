package ceb_test

import (
	"testing"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// parcel is the order, payment, waybill and list of one parcel; only the list
// must be signed.
func parcel() [][]byte {
	var list [][]byte
	for _, k := range []ceb.Kind{311, 411, 511, 621} {
		list = append(list, cebtest.Message(k, cebtest.Options{Lines: 2, Unsigned: true}))
	}
	return list
}

func BenchmarkDecodeParcel(b *testing.B) {
	messages, size := parcel(), 0
	for _, m := range messages {
		size += len(m)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range messages {
			if m, err := ceb.Decode(data); err != nil || !m.Fast {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDecodeHundredOrders(b *testing.B) {
	data := cebtest.Message(311, cebtest.Options{Docs: 100, Lines: 2})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if m, err := ceb.Decode(data); err != nil || !m.Fast {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeSlowPath(b *testing.B) {
	messages, size := parcel(), 0
	for _, m := range messages {
		size += len(m)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range messages {
			if _, err := ceb.Slow(data); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppendReceipt(b *testing.B) {
	values := []string{cebtest.GUID(1), "1105910159", "1105910159", "1105910159", "order1", "B20180507000000001", "49212020I046118061", "800", "20260101120000000", "[Code:2600;Desc:放行]"}
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = ceb.AppendOpen(dst[:0], 622, cebtest.GUID(0))
		dst = ceb.AppendNode(dst, 622, values, nil)
		dst = ceb.AppendClose(dst, 622, nil)
	}
}
