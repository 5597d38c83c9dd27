package ledger_test

import (
	"fmt"
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// BenchmarkTransfer is one transfer in a durable transaction of its own.
func BenchmarkTransfer(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...store.Migration) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s := open(b, ledger.Migration)
			z := zone{b, s.Services, ledger.New(s.Services, clock.NewFixed(noon))}
			z.open("a", ledger.CNYFen, ledger.Unlimited)
			z.open("b", ledger.CNYFen, ledger.AtLeast(0))
			i := 0
			for b.Loop() {
				if err := z.transfer(yuan(fmt.Sprint("k", i), "a", "b", 1)); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
