package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/kernel/access"
)

// StoryPaper is one document of a parcel, a column of its comparison (单证).
type StoryPaper struct {
	Role     string         `json:"role" enum:"order,payment,waybill,list,arrival,departure"`
	Kind     int            `json:"kind" doc:"Message kind, 311 for CEB311."`
	Missing  bool           `json:"missing"`
	Since    string         `json:"waited_for_since,omitempty" doc:"Since when the list waits for it."`
	Shown    uint64         `json:"shown,omitempty" doc:"Input number of the version that the values are of."`
	Versions []StoryVersion `json:"versions" doc:"In the order in which they came."`
}

// StoryVersion is one document as it came in.
type StoryVersion struct {
	Input    uint64       `json:"input"`
	Decision uint64       `json:"decision" doc:"The answer."`
	At       string       `json:"at"`
	What     string       `json:"what"`
	Counts   bool         `json:"counts" doc:"The list was decided with it, or would be now."`
	Reasons  []ReasonText `json:"reasons"`
}

// StoryRow is one field of the documents, side by side (并列比对).
type StoryRow struct {
	Field    string      `json:"field"`
	ZH       string      `json:"zh"`
	EN       string      `json:"en"`
	Line     int         `json:"line,omitempty" doc:"Line of goods; of the head if left out."`
	Values   []string    `json:"values" doc:"One a document, in the order of papers; personal data masked."`
	Compared bool        `json:"compared" doc:"The platform holds this field of these documents against each other."`
	Differs  bool        `json:"differs"`
	Marks    []StoryMark `json:"marks" doc:"Rules that it breaks, as the platform said when it decided."`
}

// StoryMark is a reason put at the field that it speaks of.
type StoryMark struct {
	Reason   ReasonText `json:"reason"`
	Papers   []string   `json:"papers" doc:"Documents that it speaks of."`
	Warning  bool       `json:"warning" doc:"It refuses nothing."`
	Decision uint64     `json:"decision"`
}

// StoryRule is a rule that spoke in the decision on the list (裁定依据).
type StoryRule struct {
	Reason   ReasonText   `json:"reason"`
	Weight   string       `json:"weight" enum:"noted,held,refuses,passed"`
	Official bool         `json:"official" doc:"The code is customs' own, not the platform's."`
	Basis    []StoryBasis `json:"basis" doc:"Where the rule stands."`
	Values   []StoryValue `json:"values" doc:"Parameters of the packs behind it, as in force on the day."`
}

// StoryBasis is a source.
type StoryBasis struct {
	Document string `json:"document"`
	Article  string `json:"article,omitempty"`
	Mark     string `json:"mark" doc:"How far it can be trusted: seen, recalled, inference or design."`
}

// StoryValue is a parameter of the packs.
type StoryValue struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	Unit  string     `json:"unit,omitempty"`
	From  string     `json:"from,omitempty"`
	To    string     `json:"to,omitempty"`
	Basis StoryBasis `json:"basis"`
	Pack  string     `json:"pack"`
}

// ParcelStory is a parcel's documents side by side, with the rules that spoke.
type ParcelStory struct {
	Number   uint64       `json:"number"`
	State    string       `json:"state"`
	StateZH  string       `json:"state_zh"`
	Next     string       `json:"next,omitempty" doc:"What has to happen for it to go on."`
	NextZH   string       `json:"next_zh,omitempty"`
	Papers   []StoryPaper `json:"papers"`
	Rows     []StoryRow   `json:"rows"`
	General  []StoryMark  `json:"general" doc:"Reasons that speak of no field: limits, guarantee, numbers used before."`
	Decision uint64       `json:"decision,omitempty" doc:"The last time the list was decided."`
	Day      string       `json:"day,omitempty" doc:"By whose rules it was decided."`
	Versions string       `json:"versions,omitempty" doc:"Packs by version."`
	Rules    []StoryRule  `json:"rules"`
}

type storyOutput struct{ Body ParcelStory }

func (s *Server) addStories() {
	add(s, huma.Operation{OperationID: "get-parcel-story", Method: http.MethodGet, Path: "/v1/parcels/{id}/story", Tags: []string{"parcels"},
		Summary: "A parcel's documents side by side, with the rules that spoke / 单证并列比对与裁定依据", Errors: []int{401, 403, 404, 409, 503}}, access.ParcelRead, s.story)
}

func (s *Server) story(ctx context.Context, in *ParcelPath) (*storyOutput, error) {
	found, err := s.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.zone.Story.Read(ctx, found.Number, nil)
	if err != nil {
		return nil, err
	}
	b := ParcelStory{Number: v.Parcel.Number, State: v.Parcel.State.String(), StateZH: v.Parcel.State.Chinese(), Next: v.Next.EN, NextZH: v.Next.ZH,
		Papers: []StoryPaper{}, Rows: []StoryRow{}, General: storyMarks(v.General), Rules: []StoryRule{}}
	for i := range v.Papers {
		b.Papers = append(b.Papers, storyPaper(&v.Papers[i]))
	}
	for i := range v.Rows {
		r := &v.Rows[i]
		row := StoryRow{Field: r.Key, ZH: r.Name.ZH, EN: r.Name.EN, Line: int(r.Line), Compared: r.Compared, Differs: r.Differs, Marks: storyMarks(r.Marks)}
		for _, c := range r.Cells {
			row.Values = append(row.Values, c.Text)
		}
		b.Rows = append(b.Rows, row)
	}
	if r := v.Ruling; r != nil {
		b.Decision, b.Day, b.Versions = r.Decision, r.Day.String(), r.Versions
		for i := range r.Rules {
			b.Rules = append(b.Rules, storyRule(&r.Rules[i]))
		}
	}
	return &storyOutput{Body: b}, nil
}

func storyPaper(p *story.Paper) StoryPaper {
	out := StoryPaper{Role: p.Role.String(), Kind: int(p.Kind), Missing: p.Missing(), Since: stamp(p.Since), Versions: []StoryVersion{}}
	if v := p.Version(); v != nil {
		out.Shown = v.Input
	}
	for _, v := range p.Versions {
		out.Versions = append(out.Versions, StoryVersion{Input: v.Input, Decision: v.Decision, At: stamp(v.At), What: v.What.String(), Counts: v.Counts, Reasons: reasonTexts(v.Reasons)})
	}
	return out
}

func storyMarks(list []story.Mark) []StoryMark {
	out := make([]StoryMark, len(list))
	for i, m := range list {
		out[i] = StoryMark{Reason: reasonTexts([]clearance.Reason{m.Reason})[0], Papers: []string{}, Warning: m.Warning, Decision: m.Decision}
		for _, r := range m.Papers {
			out[i].Papers = append(out[i].Papers, r.String())
		}
	}
	return out
}

func storyRule(r *story.Spoken) StoryRule {
	out := StoryRule{Reason: reasonTexts([]clearance.Reason{r.Reason})[0], Weight: r.Weight.Words().EN, Official: r.Official, Basis: []StoryBasis{}, Values: []StoryValue{}}
	for _, b := range r.Basis {
		out.Basis = append(out.Basis, storyBasis(b))
	}
	for _, v := range r.Values {
		value := StoryValue{Name: v.Name, Value: v.Text, Unit: v.Unit, Basis: storyBasis(v.Basis), Pack: v.Pack}
		if v.From != 0 {
			value.From = v.From.String()
		}
		if v.To != 0 {
			value.To = v.To.String()
		}
		out.Values = append(out.Values, value)
	}
	return out
}

func storyBasis(b story.Basis) StoryBasis {
	return StoryBasis{Document: b.Document, Article: b.Article, Mark: b.Mark.String()}
}
