// Package news tells applicants how their applications go on, and enterprises
// what became of their filings (办件与备案通知): it follows the streams of matters
// and of the registry and makes events for webhooks and the bell of package
// notify.
//
// Invariants: an event stands for one fact and always has the same id, so that a
// fact that is read twice is told once; events hold numbers and states, nothing
// that anybody wrote.
package news

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// Config is what the followers work with.
type Config struct {
	DB       *store.DB // services
	Notify   *notify.Service
	Matters  *matter.Service
	Registry *registry.Registry
	Clock    clock.Clock
	Log      *slog.Logger
	// Codes are the enterprise codes of an organisation.
	Codes func(ctx context.Context, org string) []string
}

// Matter is the data of matter.changed.
type Matter struct {
	Number     string `json:"number"`
	Definition string `json:"definition"`
	Subject    string `json:"subject,omitempty"`
	Act        string `json:"act"`
	State      string `json:"state"`
	Step       string `json:"step,omitempty"`
	Due        string `json:"due,omitempty"`
}

// Filing is the data of filing.changed.
type Filing struct {
	ID       string `json:"id"`
	Revision uint64 `json:"revision"`
	State    string `json:"state"`
}

// Followers are the two followers: of matters and of filings. Run them beside
// the zone.
func Followers(c Config) []*feed.Consumer {
	n := &news{c}
	of := func(s *feed.Stream, apply func(context.Context, *store.Tx, []feed.Event) error) *feed.Consumer {
		return &feed.Consumer{Name: "news", Stream: s.Name(), Source: s, DB: c.DB, Clock: c.Clock, Wake: &s.Signal, Log: c.Log, Apply: apply}
	}
	return []*feed.Consumer{of(c.Matters.Facts(), n.matters), of(c.Registry.Stream(), n.filings)}
}

type news struct{ c Config }

// told are the acts that the applicant hears of.
var told = map[matter.Act]bool{matter.Accept: true, matter.Approve: true, matter.Refuse: true, matter.Return: true, matter.Comment: true, matter.Note: true,
	matter.Overturn: true, matter.Reopen: true}

func (n *news) matters(ctx context.Context, tx *store.Tx, events []feed.Event) error {
	for _, e := range events {
		var f matter.Fact
		if err := json.Unmarshal(e.Body, &f); err != nil {
			return fmt.Errorf("news: fact %d of matters: %w", e.Seq, err)
		}
		if err := n.offices(ctx, tx, &f); err != nil {
			return err
		}
		if !told[f.Act] || f.Actor == f.Owner {
			continue
		}
		recipient := "org:" + f.Org
		if f.Org == "" {
			recipient = "person:" + f.Owner
		}
		zh, en := n.words(&f)
		if err := n.c.Notify.Tell(ctx, tx, notify.Notice{Recipient: recipient, Type: notify.MatterChanged, Words: notify.Words{ZH: zh, EN: en}, Link: "/matters/" + f.Number}); err != nil {
			return err
		}
		if f.Agent != "" {
			if err := n.c.Notify.Tell(ctx, tx, notify.Notice{Recipient: "org:" + f.Agent, Type: notify.MatterChanged, Words: notify.Words{ZH: zh, EN: en}, Link: "/matters/" + f.Number}); err != nil {
				return err
			}
		}
		parties := n.c.Codes(ctx, f.Org)
		if len(parties) == 0 {
			continue
		}
		data := Matter{Number: f.Number, Definition: f.Definition, Subject: f.Subject, Act: string(f.Act), State: string(f.State), Step: f.Step}
		if f.Due != 0 {
			data.Due = f.Due.String()
		}
		if err := n.c.Notify.Publish(ctx, tx, notify.Event{ID: fmt.Sprintf("matter-%d", e.Seq), Type: notify.MatterChanged, At: e.At, Key: "matter:" + f.Number, Parties: parties, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// offices tells the roles that a fact names: a matter is late, an opinion is
// missing.
func (n *news) offices(ctx context.Context, tx *store.Tx, f *matter.Fact) error {
	zh, en := n.words(f)
	for _, r := range f.To {
		if err := n.c.Notify.Tell(ctx, tx, notify.Notice{Recipient: notify.ForRole(r), Type: notify.MatterChanged, Words: notify.Words{ZH: zh, EN: en}, Link: "/matters/" + f.Number}); err != nil {
			return err
		}
	}
	return nil
}

// words says what happened to a matter.
func (n *news) words(f *matter.Fact) (zh, en string) {
	titleZH, titleEN := f.Definition, f.Definition
	if d := n.c.Matters.DefinitionOf(&matter.Matter{Definition: f.Definition, Version: f.Version}); d != nil {
		titleZH, titleEN = d.Title.ZH, d.Title.EN
	}
	return titleZH + " " + f.Number + "：" + f.Act.ZH(), titleEN + " " + f.Number + ": " + f.Act.EN()
}

func (n *news) filings(ctx context.Context, tx *store.Tx, events []feed.Event) error {
	for _, e := range events {
		f, err := registry.DecodeFiling(e.Body)
		if err != nil {
			return err
		}
		state := f.State(clock.DayOf(e.At))
		var parties []string
		for _, code := range []string{f.CustomsCode, f.USCC} {
			if code != "" {
				parties = append(parties, code)
			}
		}
		event := notify.Event{ID: fmt.Sprintf("filing-%d", e.Seq), Type: notify.FilingChanged, At: e.At, Key: "filing:" + f.ID, Parties: parties,
			Data: Filing{ID: f.ID, Revision: f.Revision, State: state.String()}}
		if f.Revision > 1 { // that it was filed says the letter
			event.Bell = &notify.Bell{Words: notify.Words{ZH: "备案已变更，状态：" + state.ZH(), EN: "The filing has changed; it is " + state.String()}, Link: "/enterprises/" + f.ID, Fold: "filing " + f.ID}
		}
		if err := n.c.Notify.Publish(ctx, tx, event); err != nil {
			return err
		}
	}
	return nil
}
