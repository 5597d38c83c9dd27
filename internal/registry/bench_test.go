package registry_test

import (
	"testing"

	"pilotzone/internal/registry"
)

// BenchmarkFiled is one check of an enterprise in the core, of 1,000 filed.
func BenchmarkFiled(b *testing.B) {
	var all []registry.Filing
	for i := range 1000 {
		all = append(all, firm(b, i))
	}
	v := view(b, all...)
	on := day("2026-06-01")
	b.ReportAllocs()
	for b.Loop() {
		if ok, why := v.Filed(all[500].CustomsCode, "merchant", on); !ok {
			b.Fatal(why)
		}
	}
}
