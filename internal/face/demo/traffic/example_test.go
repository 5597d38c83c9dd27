package traffic_test

import (
	"fmt"

	"pilotzone/internal/face/demo/traffic"
)

// A day's plan: the messages in order of time, and what must become of each
// parcel.
func ExampleGen_Plan() {
	const parcels = 800
	g, err := traffic.New(traffic.Options{Seed: 1, Day: 20260308, Block: traffic.BlockFor(parcels)})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := g.Plan(parcels, traffic.Mix{traffic.PayerNotBuyer: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	var buf []byte
	for k := range plan.Messages() {
		if buf, err = plan.Append(buf[:0], k, nil); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, e := range plan.Expect() {
		if e.Trouble != traffic.None {
			fmt.Println(e.Trouble, e.Final.Names(), e.Codes)
		}
	}
	// Output:
	// payer-not-buyer [rejected] [1327]
	// payer-not-buyer [rejected] [1327]
	// payer-not-buyer [rejected] [1327]
	// payer-not-buyer [rejected] [1327]
}

// A message of many documents, as the speed measurements send them.
func ExampleGen_AppendMessage() {
	g, err := traffic.New(traffic.Options{Seed: 1, Day: 20260308, Modes: traffic.ImportModes()})
	if err != nil {
		fmt.Println(err)
		return
	}
	var buf []byte
	for from, n := uint64(0), 0; from < 250; from += uint64(n) {
		buf, n = g.AppendMessage(buf[:0], 311, from, 250)
		fmt.Println(n)
	}
	// Output:
	// 100
	// 100
	// 100
}
