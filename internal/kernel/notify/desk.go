package notify

import (
	"context"
	"slices"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// EndpointsFor lists the endpoints that a caller manages: its organisation's, or
// all of the zone.
func (s *Service) EndpointsFor(ctx context.Context, p *access.Principal) ([]Endpoint, error) {
	switch p.Scope(access.WebhookManage) {
	case access.Zone:
		return s.Endpoints(ctx, "")
	case access.Own:
		list, err := s.Endpoints(ctx, Owner(p))
		return slices.DeleteFunc(list, func(e Endpoint) bool { return !within(p, &e) }), err
	}
	return nil, nil
}

// within tells whether an endpoint of the caller's organisation is the caller's
// to manage: a key that stands for some enterprises has nothing to do with the
// events of others.
func within(p *access.Principal, e *Endpoint) bool {
	own := p.Parties()
	return p.Key == "" || !slices.ContainsFunc(e.Codes, func(c string) bool { return !slices.Contains(own, c) })
}

// EndpointFor reads an endpoint that a caller manages. What belongs to others is
// as if it were not there.
func (s *Service) EndpointFor(ctx context.Context, p *access.Principal, id string) (*Endpoint, error) {
	e, err := s.Endpoint(ctx, id)
	if err != nil {
		return nil, err
	}
	switch scope := p.Scope(access.WebhookManage); {
	case scope == access.Zone, scope == access.Own && e.Owner == Owner(p) && within(p, e):
		return e, nil
	}
	return nil, ErrNotFound
}

// DeliveryFor reads a delivery of an endpoint that a caller manages.
func (s *Service) DeliveryFor(ctx context.Context, p *access.Principal, endpoint string, id uint64) (*Delivery, []byte, []Attempt, error) {
	if _, err := s.EndpointFor(ctx, p, endpoint); err != nil {
		return nil, nil, nil, err
	}
	d, body, attempts, err := s.Delivery(ctx, id)
	if err == nil && d.Endpoint != endpoint {
		err = ErrNotFound
	}
	if err != nil {
		return nil, nil, nil, err
	}
	return d, body, attempts, nil
}

// CodesFor are the enterprises that an endpoint of a caller may name: those
// asked for, which the caller must see, else all that it sees.
func CodesFor(p *access.Principal, asked []string) ([]string, error) {
	if p.Scope(access.WebhookManage) == access.Zone {
		if len(asked) == 0 {
			return []string{Everybody}, nil
		}
		return asked, nil
	}
	own := p.Parties()
	if len(asked) == 0 {
		asked = own
	}
	for _, c := range asked {
		if !slices.Contains(own, c) {
			return nil, &Fault{"codes", "只能接收本企业或委托企业的事件：" + c, "only events of one's own enterprises and clients can be had: " + c, "填写本企业代码", "give codes of your own"}
		}
	}
	return asked, nil
}

// By is the beginning of an entry of the audit chain for what a caller does.
func By(p *access.Principal) audit.Entry {
	if p == nil {
		return audit.Entry{}
	}
	return audit.Entry{Actor: p.ID, Org: p.Org}
}
