package console_test

import (
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console"
)

// at is a time of 2026-11-22 in Beijing, µs UTC.
func at(hour, minute int) int64 {
	return time.Date(2026, 11, 22, hour-8, minute, 0, 0, time.UTC).UnixMicro()
}

// A parcel is counted in one state at a time, and released once.
func TestFlowFollowsParcels(t *testing.T) {
	t.Parallel()
	f := console.NewFlow()
	tax := &clearance.Assessment{Dutiable: 10_000, Lines: []clearance.LineTax{{VATTax: 910}}}
	f.Add(
		&clearance.Decision{Seq: 1, At: at(9, 0), What: clearance.DocStored, Kind: 621, Number: 7, To: clearance.Waiting, Reasons: []clearance.Reason{clearance.Say("PZ1501", "运单")}},
		&clearance.Decision{Seq: 2, At: at(9, 30), What: clearance.DocStored, Kind: 511},
		&clearance.Decision{Seq: 3, At: at(9, 30), What: clearance.Decided, Kind: 621, Number: 7, From: clearance.Waiting, To: clearance.Inspect, Tax: tax, Reasons: []clearance.Reason{clearance.Say("PZ1608")}},
		&clearance.Decision{Seq: 4, At: at(11, 0), What: clearance.Moved, Kind: 621, Number: 7, From: clearance.Inspect, To: clearance.Released},
		&clearance.Decision{Seq: 5, At: at(12, 0), What: clearance.DocRefused, Kind: 311, Reasons: []clearance.Reason{clearance.Say("-301010"), clearance.Say("-301010")}},
	)
	d := f.Day()
	if d.Total != 3 || d.Refused != 1 || d.Released != 1 || d.Decision != 5 {
		t.Errorf("documents %d refused %d released %d decision %d", d.Total, d.Refused, d.Released, d.Decision)
	}
	if d.Count(clearance.Waiting, clearance.Inspect) != 0 || d.Count(clearance.Released) != 1 {
		t.Errorf("states %v", d.Parcels)
	}
	if d.Dutiable != 10_000 || d.Tax() != 910 || d.Held["PZ1608"] != 1 || d.Rejected["-301010"] != 1 || d.Missing["运单"] != 1 {
		t.Errorf("value %s tax %s held %v rejected %v missing %v", d.Dutiable, d.Tax(), d.Held, d.Rejected, d.Missing)
	}
	if got := d.Imports.Percentile(50); got != 7200 {
		t.Errorf("from declaration to release %d s, want 7200", got)
	}
	f.Add(&clearance.Decision{Seq: 6, At: at(33, 0), What: clearance.DocStored, Kind: 311})
	if d := f.Day(); d.Day != 20261123 || d.Total != 1 || len(d.Parcels) != 0 {
		t.Errorf("the next day begins with %+v", d)
	}
}

// A parcel of an older day does not enter the states of this one, but its
// release counts with its whole time.
func TestFlowKeepsDaysApart(t *testing.T) {
	t.Parallel()
	f := console.NewFlow()
	f.Add(
		&clearance.Decision{Seq: 1, At: at(9, 0), What: clearance.DocStored, Kind: 621, Number: 7, To: clearance.Waiting},
		&clearance.Decision{Seq: 2, At: at(33, 0), What: clearance.DocStored, Kind: 621, Number: 8, To: clearance.Waiting},
		&clearance.Decision{Seq: 3, At: at(33, 0), What: clearance.Decided, Kind: 621, Number: 7, From: clearance.Waiting, To: clearance.Released},
	)
	d := f.Day()
	if d.Count(clearance.Waiting) != 1 || d.Count(clearance.Released) != 0 || d.Released != 1 || d.Imports.Most() != 86_400 {
		t.Errorf("states %v released %d longest %d", d.Parcels, d.Released, d.Imports.Most())
	}
}
