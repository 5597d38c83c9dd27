package console

import (
	"net/http"
	"strconv"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

// parcelPage tells the whole story of a parcel.
type parcelPage struct {
	frame
	Parcel    *lookup.Parcel
	Mode      Pair
	Direction Pair
	Now       []clearance.Reason // why it stands where it stands
	Next      Pair               // who has to do something
	Documents []document
	Steps     []step
	Tax       *working
	Receipts  []receipt
	List      *clearance.List
	Versions  string
	Engine    int
	Decision  uint64
}

type document struct {
	Kind   int
	Words  Pair
	Number string
	Sender string
	At     int64
	What   Pair
	Input  uint64
	Path   string
}

// step is one decision of the timeline.
type step struct {
	At       int64
	Decision uint64
	Words    Pair
	Moved    bool
	To       clearance.State
	Reasons  []clearance.Reason
}

// working is the tax with its arithmetic.
type working struct {
	Assessment *clearance.Assessment
	Taxed      bool // within the channel
	Decision   Pair
	Steps      []Pair
	Lines      []clearance.LineTax
}

type receipt struct {
	At      int64
	Kind    string
	Words   Pair
	To      string
	Status  int32
	Status2 Pair
	Reasons []clearance.Reason
}

func (k *Console) parcel(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		k.failed(w, r, lookup.ErrNotFound)
		return
	}
	parcel, decisions, err := k.Index.Parcel(r.Context(), number)
	if err != nil {
		k.failed(w, r, err)
		return
	}
	p := parcelPage{frame: k.frame(r, Pair{"包裹 " + r.PathValue("number"), "Parcel " + r.PathValue("number")}), Parcel: parcel}
	p.Direction = Pair{"进口", "import"}
	if parcel.Direction == clearance.Export {
		p.Direction = Pair{"出口", "export"}
	}
	p.Mode = k.mode(parcel)
	for _, d := range decisions {
		p.add(d)
	}
	p.Next = next(parcel)
	k.show(w, http.StatusOK, "parcel", p)
}

// mode is the supervision mode by code and name.
func (k *Console) mode(p *lookup.Parcel) Pair {
	on := clock.DayOf(time.UnixMicro(p.Updated))
	if m, ok := refdata.ModeOf([]byte(p.Mode)); ok {
		if rule, ok := k.Rules().On(on).Mode(byte(p.Direction), m); ok {
			return Pair{p.Mode + " " + rule.Name.ZH, p.Mode + " " + rule.Name.EN}
		}
	}
	return Pair{p.Mode, p.Mode}
}

// add takes a decision into the story.
func (p *parcelPage) add(d *clearance.Decision) {
	moved := d.Number != 0 && d.From != d.To
	p.Steps = append(p.Steps, step{At: d.At, Decision: d.Seq, Words: stepWords(d), Moved: moved, To: d.To, Reasons: d.Reasons})
	if moved || d.What == clearance.Decided {
		p.Now = Stopped(d)
	}
	p.Versions, p.Engine, p.Decision = d.Versions, int(d.Engine), d.Seq
	if d.List != nil {
		p.List = d.List
	}
	if d.What == clearance.Decided {
		p.Tax = nil
		if d.Tax != nil {
			p.Tax = workingOf(d.Tax, d.List)
		}
	}
	if what, ok := documentWhat(d); ok {
		v := document{Kind: int(d.Kind), Words: kindWords(d.Kind), Number: d.Subject, At: d.At, What: what, Input: d.Input,
			Path: api(p.Parcel.Number) + "/documents/" + strconv.FormatUint(d.Input, 10)}
		if len(d.Receipts) > 0 {
			v.Sender = d.Receipts[0].To
		}
		p.Documents = append(p.Documents, v)
	}
	for i := range d.Receipts {
		for _, g := range d.Receipts[i].Rungs {
			p.Receipts = append(p.Receipts, receipt{At: d.At, Kind: d.Receipts[i].Kind.String(), Words: kindWords(d.Receipts[i].Kind), To: d.Receipts[i].To,
				Status: g.Status, Status2: statusWords(g.Status), Reasons: g.Reasons})
		}
	}
}

// documentWhat says what became of the document that a decision answers.
func documentWhat(d *clearance.Decision) (Pair, bool) {
	switch d.What {
	case clearance.DocStored, clearance.DocRefused, clearance.DocRepeated, clearance.DocDeleted:
		return whats[d.What], true
	case clearance.Moved:
		return whats[clearance.DocStored], d.Kind == 623 || d.Kind == 605
	}
	return Pair{}, false
}

// stepWords is a decision in words.
func stepWords(d *clearance.Decision) Pair {
	kind, what := kindWords(d.Kind), whats[d.What]
	switch {
	case d.What == clearance.Decided:
		return what
	case d.What == clearance.Moved && (d.Kind == 621 || d.Kind == 603):
		for _, r := range d.Reasons {
			if r.Code == "PZ1609" {
				return Pair{"监管人员处置", "an officer's verdict"}
			}
		}
		return Pair{"状态变更", "state changed"}
	case d.What == clearance.Moved:
		return kind
	case d.Kind == 0:
		return Pair{"监管人员处置" + "：" + what.ZH, "an officer's verdict: " + what.EN}
	}
	return Pair{kind.ZH + " " + what.ZH, kind.EN + " " + what.EN}
}

// next says what has to happen for the parcel to go on.
func next(p *lookup.Parcel) Pair {
	switch p.State {
	case clearance.Waiting:
		return Pair{"等待所缺单证，由相应企业报送", "waits for the missing documents, which the enterprise in question sends"}
	case clearance.Concluded:
		return Pair{"等待运抵单 (CEB507)", "waits for the arrival message (CEB507)"}
	case clearance.Review, clearance.Inspect, clearance.Detained:
		return Pair{"等待监管人员处置", "waits for an officer's verdict"}
	case clearance.Refused, clearance.Expired:
		return Pair{"按下列说明改正后重新申报", "mend it as said below and declare again"}
	case clearance.Released:
		if p.Direction == clearance.Export {
			return Pair{"等待离境单 (CEB509)", "waits for the departure message (CEB509)"}
		}
	}
	return Pair{}
}

// workingOf writes the arithmetic of an assessment out, from the operands that
// the decision keeps.
func workingOf(a *clearance.Assessment, list *clearance.List) *working {
	w := &working{Assessment: a, Lines: a.Lines}
	r := result(a, list)
	w.Taxed = r.Decision != tax.NotCBEC
	w.Decision = Pair{r.Decision.ZH() + "：" + r.Reason.ZH(), r.Decision.EN() + ": " + r.Reason.EN()}
	w.Steps = []Pair{{"订单计税价格 " + yuan(a.Dutiable) + " 元；年度已用 " + yuan(a.UsedBefore) + " 元；年度限值 " + yuan(a.Limit) + " 元",
		"dutiable value of the order " + yuan(a.Dutiable) + "; used this year " + yuan(a.UsedBefore) + "; annual limit " + yuan(a.Limit)}}
	for _, t := range r.Explain()[2:] { // the first two name the single limit, which a decision does not keep, and the decision
		w.Steps = append(w.Steps, Pair{t.ZH, t.EN})
	}
	return w
}
