package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
)

// startPage is the day at a glance.
type startPage struct {
	frame
	Day      *Day
	Live     bool
	States   []stateCount
	Kinds    []kindCount
	Rejected []codeCount
	Held     []codeCount
	Missing  []codeCount
	Speeds   []speed
	Packs    []packVersion
	Observed bool // the positive list is the observed one
	Engine   int
	Links    []link
}

type stateCount struct {
	State clearance.State
	Count int
	Of    int // parcels of the day
}

type kindCount struct {
	Code  int
	Words Pair
	Count int
}

type codeCount struct {
	Code  string
	Words Pair
	Count int
	Of    int // the greatest count of the table
}

// speed is how long parcels of a direction took from declaration to release.
type speed struct {
	Direction                Pair
	Count                    int
	Half, Most, Nearly, Last int64 // seconds
}

type packVersion struct {
	Title   Pair
	Version string
}

type link struct {
	Path  string
	Words Pair
}

// links are what else this server answers.
var links = []link{
	{"/docs", Pair{"接口文档", "API documentation"}},
	{"/openapi.json", Pair{"OpenAPI 描述", "OpenAPI document"}},
	{"/healthz", Pair{"存活检查", "Health"}},
	{"/readyz", Pair{"就绪检查", "Readiness"}},
	{"/metrics", Pair{"监控指标", "Metrics"}},
}

var shownStates = []clearance.State{clearance.Released, clearance.Closed, clearance.Concluded, clearance.Waiting, clearance.Review, clearance.Inspect,
	clearance.Detained, clearance.Returned, clearance.Refused, clearance.Expired, clearance.Withdrawn, clearance.Deleted}

func (k *Console) start(w http.ResponseWriter, r *http.Request) {
	d := k.Flow.Day()
	p := startPage{frame: k.frame(r, Pair{"今日流量", "The flow of the day"}), Day: &d, Engine: clearance.EngineVersion, Links: links,
		Live: k.Config.Live != nil && k.Config.Live()}
	if p.Live {
		p.Refresh = 3
	}
	all := 0
	for _, n := range d.Parcels {
		all += n
	}
	for _, s := range shownStates {
		if n := d.Parcels[s]; n > 0 {
			p.States = append(p.States, stateCount{s, n, all})
		}
	}
	for kind, n := range d.Documents {
		p.Kinds = append(p.Kinds, kindCount{int(kind), kindWords(kind), n})
	}
	slices.SortFunc(p.Kinds, func(a, b kindCount) int { return a.Code - b.Code })
	p.Rejected, p.Held = ranked(d.Rejected, 10), ranked(d.Held, 10)
	p.Missing = ranked(d.Missing, 6)
	for _, v := range []struct {
		words Pair
		times *Times
	}{{Pair{"进口", "imports"}, &d.Imports}, {Pair{"出口", "exports"}, &d.Exports}} {
		if v.times.Count() > 0 {
			p.Speeds = append(p.Speeds, speed{v.words, v.times.Count(), v.times.Percentile(50), v.times.Percentile(90), v.times.Percentile(99), v.times.Most()})
		}
	}
	p.rules(k)
	k.show(w, http.StatusOK, "start", p)
}

// rules says by which packs is decided.
func (p *startPage) rules(k *Console) {
	book := k.Rules()
	for _, v := range book.Set().Packs() {
		p.Packs = append(p.Packs, packVersion{Pair{v.Title.ZH, v.Title.EN}, v.Version()})
	}
	if p.Day.Day != 0 {
		p.Observed = book.On(p.Day.Day).PositiveObserved()
	}
}

// ranked are the greatest counts first.
func ranked(m map[string]int, most int) []codeCount {
	out := make([]codeCount, 0, len(m))
	for code, n := range m {
		out = append(out, codeCount{Code: code, Words: Words(code), Count: n})
	}
	slices.SortFunc(out, func(a, b codeCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Code, b.Code)
	})
	out = out[:min(len(out), most)]
	for i := range out {
		out[i].Of = out[0].Count
	}
	return out
}

// documentWords are the documents that a list can wait for, in English.
var documentWords = strings.NewReplacer("支付凭证", "payment", "收款单", "receipt of payment", "订单", "order", "运单", "waybill", "、", ", ")

// Waits names missing documents in the page's language.
func (p startPage) Waits(names string) string { return p.Say(names, documentWords.Replace(names)) }

// findPage lists the parcels that a number leads to.
type findPage struct {
	frame
	Found []found
}

type found struct {
	Number    uint64
	OrderNo   string
	WaybillNo string
	State     clearance.State
	Updated   int64
}

// find leads a number to its parcel.
func (k *Console) find(w http.ResponseWriter, r *http.Request) {
	number := strings.TrimSpace(r.URL.Query().Get("number"))
	list, err := k.Index.Find(r.Context(), number)
	if err != nil {
		k.failed(w, r, err)
		return
	}
	p := findPage{frame: k.frame(r, Pair{"查找", "Search"})}
	p.Number = number
	if len(list) == 1 {
		http.Redirect(w, r, p.Path("/parcels/"+strconv.FormatUint(list[0].Number, 10)), http.StatusSeeOther)
		return
	}
	for i := range list {
		v := &list[i]
		p.Found = append(p.Found, found{v.Number, v.OrderNo, v.WaybillNo, v.State, v.Updated})
	}
	status := http.StatusOK
	if len(list) == 0 {
		status = http.StatusNotFound
	}
	k.show(w, status, "find", p)
}
