package library_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

var friday = time.Date(2026, 11, 27, 9, 0, 0, 0, clock.Beijing)

// measuresOf reads the measures and matters of shipped packs: what they need of
// a whole pack is its head.
func measuresOf(t *testing.T, names ...string) *pack.Set {
	t.Helper()
	var list []*pack.Pack
	for _, name := range names {
		files := fstest.MapFS{}
		for _, pattern := range []string{name + "/pack.yaml", name + "/measures/*.yaml"} {
			found, err := fs.Glob(packs.Files, pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				data, err := fs.ReadFile(packs.Files, f)
				if err != nil {
					t.Fatal(err)
				}
				files[f] = &fstest.MapFile{Data: data}
			}
		}
		p, err := pack.LoadFS(files, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryArticleOfTheSeedsIsAMeasure(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"national": 15, "huaian": 17, "hunan": 13, "sanya": 23, "xinxiang": 19} {
		s := library.New(library.Config{Rules: func() *pack.Set { return measuresOf(t, slices.Compact([]string{"national", name})...) }, Clock: clock.NewFixed(friday)})
		list := s.Measures(library.Query{Pack: name})
		if len(list) != want {
			t.Errorf("%s: %d measures, want %d", name, len(list), want)
		}
		seen := map[string]bool{}
		for _, m := range list {
			if m.At == "" || seen[m.At] || m.Summary.ZH == "" || m.Summary.EN == "" {
				t.Errorf("%s: %+v", name, m)
			}
			seen[m.At] = true
		}
	}
}

func TestMeasuresAreFoundByWordsAndSayHowTheyStand(t *testing.T) {
	t.Parallel()
	set := measuresOf(t, "national", "hunan")
	s := library.New(library.Config{Rules: func() *pack.Set { return set }, Clock: clock.NewFixed(friday)})
	for query, first := range map[string]string{"公共海外仓": "hunan-07", "own brands trademark certification": "hunan-02", "孵化中心": "hunan-06"} {
		if list := s.Measures(library.Query{Text: query, Pack: "hunan"}); len(list) == 0 || list[0].ID != first {
			t.Errorf("%q: %v", query, list)
		}
	}
	if list := s.Suggest("我们想建海外仓，省里有什么支持？", 5); len(list) == 0 || len(list) > 5 {
		t.Errorf("%d suggestions", len(list))
	}
	m, ok := s.Measure("hunan-01")
	if !ok || m.Standing != "unconfirmed" || m.Note.ZH == "" || !slices.Contains(m.Links.Incentives, "turnover-100m") || m.Clause() != "湘政办发〔2023〕9号 （一）" {
		t.Errorf("%+v", m)
	}
	if w, ok := s.Cite("hunan-01"); !ok || !strings.HasPrefix(w.ZH, "湘政办发〔2023〕9号 （一）") {
		t.Errorf("%v", w)
	}
	if _, ok := s.Cite("nowhere"); ok {
		t.Error("a clause that is none")
	}
}

func TestAMeasureThatEndedSaysSo(t *testing.T) {
	t.Parallel()
	m := &library.Measure{Standing: "confirmed", To: 20261231}
	if m.Ended(20261231) || !m.Ended(20270101) {
		t.Error("the last day is included")
	}
}

// question is answered with a clause, and published if its applicant agrees.
const question = `
id: question
version: "1"
valid_from: 2020-01-01
category: policy
title: {zh: 咨询, en: Question}
summary: {zh: 问, en: Ask}
applicants: [organisation]
cites: true
answer: {consent: publish, question: question, topic: topic}
form:
  schema:
    type: object
    additionalProperties: false
    required: [topic, question]
    properties:
      topic: {type: string, enum: [tax, fx]}
      question: {type: string, maxLength: 500, x-personal: true}
      publish: {type: boolean}
  sections:
    - id: all
      title: {zh: 问题, en: Question}
      fields:
        - {name: topic, label: {zh: 主题, en: Topic}, options: {tax: {zh: 税收, en: Tax}, fx: {zh: 外汇, en: Exchange}}}
        - {name: question, label: {zh: 问题, en: Question}}
        - {name: publish, label: {zh: 公开, en: Publish}}
steps:
  - {id: answer, title: {zh: 答复, en: Answer}, roles: [commerce], days: 5, acts: [approve, return]}
results:
  approve: {letter: {title: {zh: 答复, en: Answer}, body: {zh: "{reason}", en: "{reason}"}}}
`

func TestAnAnswerIsPublishedWithConsentAndWithoutNumbersOfPersons(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ring, err := keys.New(keys.AES256GCM, friday, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := clock.NewFixed(friday)
		log := audit.New(audit.Config{DB: st.Services, Keys: ring, Clock: c})
		set := measuresOf(t, "national", "hunan")
		s := library.New(library.Config{DB: st.Services, Audit: log, Clock: c, Rules: func() *pack.Set { return set }})
		catalogue, err := matter.Load(fstest.MapFS{"q.yaml": {Data: []byte(question)}})
		if err != nil {
			t.Fatal(err)
		}
		matters, err := matter.New(matter.Config{DB: st.Services, Keys: ring, Clock: c, Random: rand.Reader, Catalogue: catalogue, Blobs: blob.New(st.Services, ring, c, rand.Reader, blob.Limits{}), Audit: log, Cite: s.Cite})
		if err != nil {
			t.Fatal(err)
		}
		s.Use(matters)
		as := func(id, org string, r access.Role) context.Context {
			return access.With(t.Context(), &access.Principal{ID: id, Org: org, Roles: []access.Role{r}})
		}
		clerk, commerce, tax := as("u1", "o1", access.Clerk), as("c1", "", access.Commerce), as("t1", "", access.Tax)
		answered := func(consent bool) string {
			m, err := matters.Begin(clerk, "question", "", map[string]any{"topic": "tax", "question": "张三 13812345678 想问退税", "publish": consent})
			if err == nil {
				m, err = matters.Submit(clerk, m.Number, 0, "")
			}
			if err == nil {
				_, err = matters.Do(commerce, m.Number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "离境即退税，销售再核算。", Cites: []string{"measure:hunan-13"}})
			}
			if err != nil {
				t.Fatal(err)
			}
			return m.Number
		}
		yes, no := answered(true), answered(false)
		if a, err := s.Ready(commerce, yes); err != nil || a.Topic.EN != "Tax" || a.Reply != "离境即退税，销售再核算。" || a.Question != "" || len(a.Cites) != 1 {
			t.Fatalf("%+v, %v", a, err)
		}
		var bad matter.Problems
		if err := s.Publish(commerce, no, "海外仓货物何时退税？", "离境即退税，销售再核算。"); !errors.As(err, &bad) || bad[0].Code != "consent" {
			t.Fatalf("without consent: %v", err)
		}
		if err := s.Publish(commerce, yes, "张三 13812345678 想问退税", "离境即退税，销售再核算。"); !errors.As(err, &bad) || bad[0].Code != "personal" {
			t.Fatalf("with a telephone: %v", err)
		}
		if err := s.Publish(tax, yes, "海外仓货物何时退税？", "离境即退税，销售再核算。"); !errors.Is(err, matter.ErrNotFound) && !errors.Is(err, library.ErrDenied) {
			t.Fatalf("another office: %v", err)
		}
		if err := s.Publish(commerce, yes, "海外仓货物何时退税？", "离境即退税，销售再核算。"); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{"": 1, "海外仓退税": 1, "班列": 0} {
			if list, err := s.Answers(t.Context(), query, ""); err != nil || len(list) != want {
				t.Errorf("%q: %d, %v", query, len(list), err)
			}
		}
		if list, err := s.Answers(t.Context(), "", "hunan-13"); err != nil || len(list) != 1 || list[0].Cites[0].Measure != "hunan-13" {
			t.Fatalf("by the clause that it cites: %+v, %v", list, err)
		}
		if err := s.Retract(clerk, yes); !errors.Is(err, library.ErrDenied) {
			t.Fatal(err)
		}
		if err := s.Retract(commerce, yes); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Answers(t.Context(), "", ""); err != nil || len(list) != 0 {
			t.Fatalf("%+v, %v", list, err)
		}
	}, append(append(matter.Migrations(), library.Migrations()...), audit.Migration)...)
}
