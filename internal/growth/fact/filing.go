package fact

import (
	"context"
	"fmt"
	"strconv"

	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Matter is the id of the matter in which evidence is filed (指标佐证申报).
const Matter = "evidence-filing"

// Effects are what the matter does here, by the names that its definition uses.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"evidence-check": s.check, "evidence-accept": s.reviewed}
}

// check is the effect of handing evidence in: it must be of the applicant's own
// subject, or of the client for whom an agent applies, and its value of the fact's
// type. The caller is the applicant.
func (s *Service) check(ctx context.Context, _ *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	in := entryOf(m)
	if !s.owns(ctx, in.Subject) && !s.client(ctx, m, in.Subject) {
		return matter.Problems{problem("subject", "subject", "只能为本单位的企业或园区申报", "evidence can be filed for one's own enterprise or park alone", "填写本单位的海关编码或园区编号", "give the customs code or the park of your own organisation")}
	}
	_, err := s.read(in)
	return err
}

// client tells whether the subject is the client of the agent that applies.
func (s *Service) client(ctx context.Context, m *matter.Matter, who Subject) bool {
	if m.Client == "" || who.Kind != Enterprise {
		return false
	}
	f, err := s.c.Registry.Get(ctx, m.Client)
	return err == nil && codeOf(f) == who.ID
}

// reviewed is the effect of approval: the reviewed fact is written, with its
// paper and who reviewed it.
func (s *Service) reviewed(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	e, err := s.read(entryOf(m))
	if err != nil {
		return err
	}
	e.ID, e.Matter, e.FiledOrg, e.FiledBy = m.Number, m.Number, m.Org, m.Owner
	return s.accept(ctx, tx, e)
}

// entryOf reads the form of the matter.
func entryOf(m *matter.Matter) Entry {
	text := func(name string) string {
		switch v := m.Form[name].(type) {
		case string:
			return v
		case nil:
			return ""
		default:
			return fmt.Sprint(v)
		}
	}
	year, _ := strconv.Atoi(text("year")) // 0: none was given
	return Entry{Subject: Subject{Kind(text("kind")), text("subject")}, Fact: text("fact"), Year: year, Part: text("part"), Value: text("value"),
		Document: text("paper"), Place: text("place"), Until: text("until")}
}
