package lookup

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
)

// Facet is something that parcels are chosen and counted by (检索与统计维度). Its
// number is stored.
type Facet uint8

// The facets and their values.
const (
	ByDirection   Facet = iota + 1 // "I" import, "E" export
	ByMode                         // tradeMode 监管方式, "9610"
	ByState                        // clearance.State.String, "released"
	ByStatus                       // newest receipt status 回执状态, "800"
	ByCustoms                      // customsCode 申报海关, "4616"
	ByCountry                      // Parcel.Country 国别, "502"
	ByReason                       // codes of the newest status, any number of them
	ByParty                        // enterprises that have a part, any number of them
	ByMerchant                     // ebcCode 电商企业
	ByGoods                        // HS heading of the most valuable line 主要商品品目, "3304"
	ByDay                          // Beijing day of the first list, "20261122"
	BySlot                         // ten minutes of the first list, Beijing, "202611221030"
	ByReleaseSlot                  // ten minutes of the release, Beijing
	ByTime                         // direction and bucket of the time from first list to release, "I031"
)

var facetNames = [...]string{"", "direction", "mode", "state", "status", "customs", "country", "reason", "party", "merchant", "goods", "day", "slot", "release_slot", "release_time"}

// Facets are all facets.
func Facets() []Facet {
	out := make([]Facet, 0, len(facetNames)-1)
	for f := ByDirection; int(f) < len(facetNames); f++ {
		out = append(out, f)
	}
	return out
}

// String is the facet's name in the API.
func (f Facet) String() string {
	if int(f) < len(facetNames) {
		return facetNames[f]
	}
	return fmt.Sprintf("facet %d", uint8(f))
}

// Facets calls f for every facet and value that the parcel has.
func (p *Parcel) Facets(f func(Facet, string)) {
	one := func(facet Facet, value string) {
		if value != "" {
			f(facet, value)
		}
	}
	if p.Direction != 0 {
		f(ByDirection, string(rune(p.Direction)))
	}
	one(ByMode, p.Mode)
	f(ByState, p.State.String())
	if p.Status != 0 {
		f(ByStatus, strconv.Itoa(int(p.Status)))
	}
	one(ByCustoms, p.Customs)
	one(ByCountry, p.Country)
	for _, r := range p.Reasons {
		f(ByReason, r)
	}
	for _, c := range p.parties() {
		f(ByParty, c)
	}
	one(ByMerchant, p.Merchant)
	one(ByGoods, p.Goods)
	f(ByDay, strconv.Itoa(int(p.Day)))
	f(BySlot, Slot(p.Declared))
	if p.Released != 0 && (p.State == clearance.Released || p.State == clearance.Closed) {
		f(ByReleaseSlot, Slot(p.Released))
		f(ByTime, fmt.Sprintf("%c%03d", p.Direction, TimeBucket(p.Released-p.Declared)))
	}
}

// Slot names the ten minutes of Beijing in which an instant (µs UTC) falls:
// "202611221030".
func Slot(at int64) string {
	t := clock.FromMicros(at)
	return t.Truncate(10 * time.Minute).Format("200601021504")
}

// TimeBucket is the bucket of a time in µs: exact to 16 ms, then eight buckets
// for each doubling, so that a bucket is at most an eighth wide.
func TimeBucket(micros int64) int {
	ms := uint64(max(micros, 0) / 1000)
	if ms < 16 {
		return int(ms)
	}
	e := bits.Len64(ms) - 4 // ms>>e is 8 to 15
	return 16 + (e-1)*8 + int(ms>>e) - 8
}

// BucketEnd is the longest time of a bucket, in µs.
func BucketEnd(bucket int) int64 {
	if bucket < 16 {
		return int64(bucket)*1000 + 999
	}
	e, m := (bucket-16)/8+1, (bucket-16)%8+8
	return (int64(m+1)<<e)*1000 - 1
}

// words reads codes that stand in a column with spaces between.
func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, " ")
}
