package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/face/query"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/form"
)

// DirectoryText is a directory in force (名录).
type DirectoryText struct {
	ID          string         `json:"id"`
	Theme       string         `json:"theme"`
	Title       form.Words     `json:"title"`
	Summary     form.Words     `json:"summary"`
	Holders     string         `json:"holders" doc:"owners: enterprises and parks have their own entries; offices: what offices put in."`
	Matters     []string       `json:"matters,omitempty" doc:"Matters by which entries come in."`
	Closed      bool           `json:"closed,omitempty" doc:"New entries come by matter or from offices alone."`
	Review      bool           `json:"review,omitempty" doc:"What owners put in waits for an office."`
	Rated       bool           `json:"rated,omitempty" doc:"Clients of real trade rate entries."`
	Certificate bool           `json:"certificate,omitempty" doc:"Entries have a code that verifies."`
	Facets      []string       `json:"facets"`
	Schema      map[string]any `json:"schema,omitempty" doc:"JSON Schema 2020-12 of an entry's fields; of one directory alone."`
}

// EntryText is an entry of a directory (名录条目), personal fields masked.
type EntryText struct {
	Directory string         `json:"directory"`
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Owner     string         `json:"owner,omitempty" doc:"Customs code of the enterprise, or the organisation; none: the office's."`
	State     string         `json:"state" enum:"draft,waiting,published,suspended,removed"`
	Proposed  string         `json:"proposed,omitempty" doc:"State of a change beside what is published: draft or waiting."`
	Revision  uint64         `json:"revision" doc:"Give it with what you do next."`
	Fields    map[string]any `json:"fields"`
	From      string         `json:"from,omitempty"`
	To        string         `json:"to,omitempty"`
	Ended     bool           `json:"ended,omitempty"`
	Due       string         `json:"due,omitempty" doc:"By when an office looks at it again."`
	Code      string         `json:"code,omitempty" doc:"Of a certificate, for its owner: GET /v1/directory-certificates/{code}."`
	Matter    string         `json:"matter,omitempty"`
	Source    string         `json:"source,omitempty" doc:"Of an entry that a rule pack ships."`
	Mark      string         `json:"mark,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Rating    string         `json:"rating,omitempty" doc:"Mean of the ratings with one decimal, 1 to 5."`
	Ratings   int64          `json:"ratings,omitempty"`
	Served    *int           `json:"served,omitempty" doc:"Enterprises served this year, counted from released parcels."`
	Changed   string         `json:"changed"`
	Acts      []string       `json:"acts,omitempty" doc:"What the caller can do now."`
}

// RatingText is a client's rating (客户评价).
type RatingText struct {
	Rater  string `json:"rater"`
	Year   int    `json:"year"`
	Stars  int64  `json:"stars"`
	Words  string `json:"words,omitempty"`
	Answer string `json:"answer,omitempty"`
	Hidden bool   `json:"hidden,omitempty"`
	At     string `json:"at"`
}

// FacetText is how many entries have each value of a field.
type FacetText struct {
	Field  string           `json:"field"`
	Values map[string]int64 `json:"values"`
}

// ConcernText is an entry that concerns what an enterprise sold.
type ConcernText struct {
	Entry   EntryText `json:"entry"`
	Parcels int64     `json:"parcels"`
	Behind  string    `json:"behind" doc:"Query of GET /v1/parcels that shows them."`
}

type (
	// DirectoryPath names a directory in a path.
	DirectoryPath struct {
		Directory string `path:"directory" maxLength:"64" doc:"名录编号"`
	}
	// EntryPath names an entry in a path.
	EntryPath struct {
		DirectoryPath
		ID string `path:"id" maxLength:"64" doc:"条目编号"`
	}
	directoriesOutput struct {
		Body struct {
			Directories []DirectoryText `json:"directories"`
		}
	}
	directoryOutput struct{ Body DirectoryText }
	entryOutput     struct{ Body EntryText }
	entriesOutput   struct {
		Body struct {
			Entries []EntryText `json:"entries"`
			Total   int         `json:"total"`
			Facets  []FacetText `json:"facets"`
			Next    string      `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
		}
	}
	entriesInput struct {
		DirectoryPath
		Text   string   `query:"text" maxLength:"100" doc:"Words that all stand in an entry."`
		Value  []string `query:"value,explode" maxItems:"40" doc:"field:value of a facet; several of a field are joined by or."`
		Sort   string   `query:"sort" enum:"name,newest,ends,rating"`
		Mine   bool     `query:"mine" doc:"One's own, in any state."`
		On     string   `query:"on" maxLength:"10" doc:"YYYY-MM-DD: entries that counted on that day; none: today."`
		All    bool     `query:"all" doc:"In any state, for offices."`
		Cursor string   `query:"cursor" maxLength:"400"`
		Limit  int      `query:"limit" minimum:"1" maximum:"200" default:"40"`
	}
	putEntryInput struct {
		DirectoryPath
		Body struct {
			ID       string         `json:"id,omitempty" maxLength:"64" doc:"None: a new entry."`
			Revision uint64         `json:"revision,omitempty" doc:"That the change was decided on."`
			Owner    string         `json:"owner,omitempty" maxLength:"64" doc:"For offices: whose it is."`
			Fields   map[string]any `json:"fields"`
			Submit   bool           `json:"submit,omitempty" doc:"Hand it in; an office publishes it at once."`
			Reason   string         `json:"reason,omitempty" maxLength:"300"`
		}
	}
	actEntryInput struct {
		EntryPath
		Body struct {
			Act      string `json:"act" enum:"submit,retract,publish,return,suspend,remove,recheck"`
			Revision uint64 `json:"revision"`
			Reason   string `json:"reason,omitempty" maxLength:"300"`
		}
	}
	rateInput struct {
		EntryPath
		Body struct {
			Year  int    `json:"year"`
			Stars int64  `json:"stars" doc:"1 to 5."`
			Words string `json:"words,omitempty" maxLength:"1000"`
		}
	}
	answerRatingInput struct {
		EntryPath
		Body struct {
			Rater  string `json:"rater" maxLength:"64"`
			Year   int    `json:"year"`
			Answer string `json:"answer" maxLength:"1000"`
		}
	}
	hideRatingInput struct {
		EntryPath
		Body struct {
			Rater  string `json:"rater" maxLength:"64"`
			Year   int    `json:"year"`
			Hidden bool   `json:"hidden"`
			Reason string `json:"reason" maxLength:"300"`
		}
	}
	ratingsOutput struct {
		Body struct {
			Ratings []RatingText `json:"ratings"`
		}
	}
	importEntriesInput struct {
		DirectoryPath
		RawBody []byte `contentType:"text/csv" doc:"CSV in UTF-8 with a head of field names."`
	}
	importedOutput struct {
		Body struct {
			Added   int `json:"added"`
			Changed int `json:"changed"`
		}
	}
	verifyCertificateInput struct {
		Code string `path:"code" maxLength:"40"`
	}
	concernsOutput struct {
		Body struct {
			Concerns []ConcernText `json:"concerns"`
		}
	}
)

func (s *Server) addDirectories() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"directories"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
	}
	const entries = "/v1/directories/{directory}/entries"
	add(s, op("list-directories", http.MethodGet, "/v1/directories", "Directories in force / 名录目录"), access.Public, s.directories)
	add(s, op("read-directory", http.MethodGet, "/v1/directories/{directory}", "A directory with the form of its entries / 名录定义"), access.Public, s.directory)
	add(s, op("list-entries", http.MethodGet, entries, "Entries, searched and counted / 名录条目检索"), access.Public, s.entries)
	add(s, op("read-entry", http.MethodGet, entries+"/{id}", "An entry / 名录条目"), access.Public, s.entry)
	add(s, op("put-entry", http.MethodPost, entries, "Put an entry in or change one / 填报条目"), access.ListingEdit, s.putEntry)
	add(s, op("act-on-entry", http.MethodPost, entries+"/{id}/acts", "Hand in, publish, suspend, remove … / 条目操作"), access.ListingEdit, s.actOnEntry)
	load := op("import-entries", http.MethodPost, "/v1/directories/{directory}/import", "Take a CSV file in, whole or not at all / 批量导入")
	load.MaxBodyBytes = 8<<20 + 1
	load.BodyReadTimeout = s.config.ReadTimeout
	add(s, load, access.ListingEdit, s.importEntries)
	add(s, op("list-ratings", http.MethodGet, entries+"/{id}/ratings", "Ratings by real clients / 客户评价"), access.Public, s.ratings)
	add(s, op("rate-entry", http.MethodPut, entries+"/{id}/rating", "Rate a provider that served you / 评价服务商"), access.ListingEdit, s.rateEntry)
	add(s, op("answer-rating", http.MethodPost, entries+"/{id}/rating-answers", "Answer a rating / 答复评价"), access.ListingEdit, s.answerRating)
	add(s, op("hide-rating", http.MethodPost, entries+"/{id}/rating-visibility", "Hide a rating with a reason, or show it again / 隐藏评价"), access.ListingEdit, s.hideRating)
	add(s, op("verify-certificate", http.MethodGet, "/v1/directory-certificates/{code}", "Verify a certificate by its code / 核验证书"), access.Public, s.certificate)
	add(s, op("list-concerns", http.MethodGet, "/v1/directories/{directory}/concerns", "Entries that concern what one sold within a year / 与所售商品有关的措施"), access.ParcelRead, s.concerns)
}

func directoryText(d *directory.Definition) DirectoryText {
	t := DirectoryText{ID: d.ID, Theme: d.Theme, Title: d.Title, Summary: d.Summary, Holders: string(d.Holders), Closed: d.Closed, Review: d.Review, Rated: d.Rated, Certificate: d.Certificate, Facets: d.Facets}
	if t.Facets == nil {
		t.Facets = []string{}
	}
	for _, w := range d.Enter {
		t.Matters = append(t.Matters, w.Matter)
	}
	return t
}

func (s *Server) directories(ctx context.Context, _ *noInput) (*directoriesOutput, error) {
	out := &directoriesOutput{}
	out.Body.Directories = []DirectoryText{}
	for _, d := range s.zone.Directory.Definitions(ctx) {
		out.Body.Directories = append(out.Body.Directories, directoryText(d))
	}
	return out, nil
}

func (s *Server) directory(ctx context.Context, in *DirectoryPath) (*directoryOutput, error) {
	for _, d := range s.zone.Directory.Definitions(ctx) {
		if d.ID == in.Directory {
			out := &directoryOutput{Body: directoryText(d)}
			out.Body.Schema = d.Form.Schema
			return out, nil
		}
	}
	return nil, directory.ErrNotFound
}

func (s *Server) entryText(ctx context.Context, e *directory.Entry) EntryText {
	t := EntryText{Directory: e.Directory, ID: e.ID, Name: e.Name, Owner: e.Owner, State: string(e.State), Proposed: string(e.Proposed), Revision: e.Revision, Fields: e.Fields,
		From: dayText(e.From), To: dayText(e.To), Ended: e.Expired(s.today()), Due: dayText(e.Due), Matter: e.Matter, Source: e.Source, Mark: e.Mark, Reason: e.Reason,
		Ratings: e.Ratings, Changed: timeText(e.Changed)}
	if e.Ratings > 0 {
		t.Rating = string([]byte{'0' + byte(e.Tenths()/10), '.', '0' + byte(e.Tenths()%10)})
	}
	if s.zone.Directory.Mine(ctx, e) || s.zone.Directory.Edits(ctx) {
		t.Code = e.Code
	}
	return t
}

// oneEntry is an entry with what can be done with it.
func (s *Server) oneEntry(ctx context.Context, e *directory.Entry, err error) (*entryOutput, error) {
	if err != nil {
		return nil, entryProblem(err)
	}
	out := &entryOutput{Body: s.entryText(ctx, e)}
	for _, a := range s.zone.Directory.Acts(ctx, e) {
		out.Body.Acts = append(out.Body.Acts, string(a))
	}
	if d := s.zone.Directory.Define(e.Directory); d != nil && d.Rated {
		n, err := s.zone.Directory.Served(ctx, e, s.today().Year())
		if err != nil {
			return nil, err
		}
		out.Body.Served = &n
	}
	return out, nil
}

func (s *Server) entries(ctx context.Context, in *entriesInput) (*entriesOutput, error) {
	q := directory.Query{Directory: in.Directory, Text: in.Text, Sort: directory.Sort(in.Sort), Mine: in.Mine, All: in.All, After: in.Cursor, Limit: in.Limit, Values: map[string][]string{}}
	if in.On != "" {
		day, err := clock.ParseDay(in.On)
		if err != nil {
			return nil, problem(422, "day", "日期有误", "the day is not in order", "按 2026-03-01 的格式填写", "write it as 2026-03-01")
		}
		q.On = day
	}
	for _, v := range in.Value {
		field, value, ok := strings.Cut(v, ":")
		if !ok {
			return nil, problem(422, "value", "筛选值应为 字段:值", "a value is field:value", "按 kinds:logistics 的格式填写", "write it as kinds:logistics")
		}
		q.Values[field] = append(q.Values[field], value)
	}
	page, err := s.zone.Directory.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &entriesOutput{}
	out.Body.Entries, out.Body.Facets, out.Body.Total, out.Body.Next = []EntryText{}, []FacetText{}, page.Total, page.Next
	for i := range page.Entries {
		out.Body.Entries = append(out.Body.Entries, s.entryText(ctx, &page.Entries[i]))
	}
	for _, f := range s.zone.Directory.Define(in.Directory).Facets {
		t := FacetText{Field: f, Values: map[string]int64{}}
		for _, c := range page.Facets[f] {
			t.Values[c.Value] = int64(c.N)
		}
		out.Body.Facets = append(out.Body.Facets, t)
	}
	return out, nil
}

func (s *Server) entry(ctx context.Context, in *EntryPath) (*entryOutput, error) {
	e, err := s.zone.Directory.Get(ctx, in.Directory, in.ID)
	return s.oneEntry(ctx, e, err)
}

func (s *Server) putEntry(ctx context.Context, in *putEntryInput) (*entryOutput, error) {
	b := &in.Body
	e, err := s.zone.Directory.Put(ctx, directory.Entering{Directory: in.Directory, ID: b.ID, Revision: b.Revision, Owner: b.Owner, Fields: b.Fields, Submit: b.Submit, Reason: b.Reason})
	return s.oneEntry(ctx, e, err)
}

func (s *Server) actOnEntry(ctx context.Context, in *actEntryInput) (*entryOutput, error) {
	e, err := s.zone.Directory.Act(ctx, directory.Doing{Directory: in.Directory, ID: in.ID, Act: directory.Act(in.Body.Act), Revision: in.Body.Revision, Reason: in.Body.Reason})
	return s.oneEntry(ctx, e, err)
}

func (s *Server) importEntries(ctx context.Context, in *importEntriesInput) (*importedOutput, error) {
	out := &importedOutput{}
	var err error
	out.Body.Added, out.Body.Changed, err = s.zone.Directory.Import(ctx, in.Directory, in.RawBody)
	if err != nil {
		return nil, entryProblem(err)
	}
	return out, nil
}

func (s *Server) ratings(ctx context.Context, in *EntryPath) (*ratingsOutput, error) {
	list, err := s.zone.Directory.Ratings(ctx, in.Directory, in.ID, 200)
	if err != nil {
		return nil, err
	}
	out := &ratingsOutput{}
	out.Body.Ratings = []RatingText{}
	for _, r := range list {
		out.Body.Ratings = append(out.Body.Ratings, RatingText{r.Rater, r.Year, r.Stars, r.Words, r.Answer, r.Hidden, r.At.Format(time.RFC3339)})
	}
	return out, nil
}

func (s *Server) rateEntry(ctx context.Context, in *rateInput) (*emptyOutput, error) {
	return &emptyOutput{}, entryProblem(s.zone.Directory.Rate(ctx, in.Directory, in.ID, in.Body.Year, in.Body.Stars, in.Body.Words))
}

func (s *Server) answerRating(ctx context.Context, in *answerRatingInput) (*emptyOutput, error) {
	return &emptyOutput{}, entryProblem(s.zone.Directory.AnswerRating(ctx, in.Directory, in.ID, in.Body.Rater, in.Body.Year, in.Body.Answer))
}

func (s *Server) hideRating(ctx context.Context, in *hideRatingInput) (*emptyOutput, error) {
	return &emptyOutput{}, entryProblem(s.zone.Directory.HideRating(ctx, in.Directory, in.ID, in.Body.Rater, in.Body.Year, in.Body.Hidden, in.Body.Reason))
}

func (s *Server) certificate(ctx context.Context, in *verifyCertificateInput) (*entryOutput, error) {
	_, e, err := s.zone.Directory.Verify(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &entryOutput{Body: s.entryText(ctx, e)}, nil
}

func (s *Server) concerns(ctx context.Context, in *DirectoryPath) (*concernsOutput, error) {
	out := &concernsOutput{}
	out.Body.Concerns = []ConcernText{}
	p := access.Of(ctx)
	if p.Scope(access.ParcelRead) != access.Own {
		return nil, problem(422, "own", "此查询按企业自己的出口包裹进行", "this goes by an enterprise's own exports", "用企业的账号或密钥查询", "ask as an enterprise")
	}
	list, err := s.zone.Listing.Concerns(ctx, in.Directory, p.Parties()...)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		out.Body.Concerns = append(out.Body.Concerns, s.concern(ctx, c))
	}
	return out, nil
}

func (s *Server) concern(ctx context.Context, c listing.Concern) ConcernText {
	return ConcernText{Entry: s.entryText(ctx, &c.Entry), Parcels: c.Parcels, Behind: query.Values(c.Behind).Encode()}
}

// entryProblem says what is wrong with an entry or a file of them.
func entryProblem(err error) error {
	var list directory.Problems
	if !errors.As(err, &list) {
		return err
	}
	p := problem(422, "entry", "条目有误", "the entry is not in order", "按 errors 逐项处理", "mend what errors lists")
	p.Errors = problemItems(list)
	if len(list) == 1 {
		p.Code, p.Detail, p.DetailZH, p.Fix, p.FixZH = "entry_"+strings.ReplaceAll(list[0].Code, "-", "_"), list[0].EN, list[0].ZH, list[0].FixEN, list[0].FixZH
	}
	return p
}

// ofDirectory knows the errors of directories.
func ofDirectory(err error) *Problem {
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return problem(404, "not_found", "没有该名录或条目", "there is no such directory or entry", "核对编号", "check the id")
	case errors.Is(err, directory.ErrDenied):
		return problem(403, "not_yours", "无权操作该条目", "this entry is not yours to change", "由条目所有者或主管部门办理", "its owner or the office does it")
	case errors.Is(err, directory.ErrStale):
		return problem(409, "stale", "条目已有变化", "the entry has changed meanwhile", "重新读取后再操作", "read it again")
	}
	return nil
}
