package matter

import (
	"context"
	"slices"

	"pilotzone/internal/kernel/access"
)

// Client is somebody for whom an agent may apply (委托方).
type Client struct {
	Filing string   // its id as an enterprise everywhere
	Codes  []string // its enterprise codes
	Org    string   // its organisation
	Name   string
}

// covers tells whether a mandate of the caller's covers matters of a client: one
// that is narrowed to kinds of messages does not.
func covers(p *access.Principal, client string) bool {
	return p != nil && client != "" && slices.ContainsFunc(p.Mandates, func(m access.Mandate) bool { return m.Client == client && len(m.Kinds) == 0 })
}

// acts tells whether the caller is the agent of a matter, with a mandate that is
// in force now.
func acts(p *access.Principal, m *Matter) bool {
	return m.Agent != "" && p.Org == m.Agent && covers(p, m.Client)
}

// Clients are those for whom the caller may apply now.
func (s *Service) Clients(ctx context.Context) ([]Client, error) {
	p := access.Of(ctx)
	if p == nil || p.Org == "" || !p.May(access.MatterApply) || s.c.Client == nil {
		return nil, nil
	}
	var out []Client
	for _, m := range p.Mandates {
		if len(m.Kinds) > 0 || len(m.Codes) == 0 || slices.ContainsFunc(out, func(c Client) bool { return c.Filing == m.Client }) {
			continue
		}
		org, name, err := s.c.Client(ctx, m.Codes[0])
		if err != nil {
			return nil, err
		}
		if org != "" {
			out = append(out, Client{Filing: m.Client, Codes: m.Codes, Org: org, Name: name})
		}
	}
	return out, nil
}

// BeginFor starts a matter as a draft for a client of the caller's, who holds a
// mandate: the matter is the client's, and the agent goes on with it as long as
// the mandate is in force. Everybody sees who acted for whom.
func (s *Service) BeginFor(ctx context.Context, client, definition, key string, form map[string]any) (*Matter, error) {
	d := s.Define(definition)
	if d == nil {
		return nil, ErrNotFound
	}
	clients, err := s.Clients(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(clients, func(c Client) bool { return c.Filing == client || slices.Contains(c.Codes, client) })
	if i < 0 || !slices.Contains(d.Applicants, "organisation") || !d.Open(access.Of(ctx)) {
		return nil, s.denied(ctx, Start, &Matter{Number: "new " + d.ID + " for " + cut(client, maxKey)})
	}
	return s.begin(ctx, d, &Matter{Org: clients[i].Org, Agent: access.Of(ctx).Org, Client: clients[i].Filing}, key, form, nil)
}
