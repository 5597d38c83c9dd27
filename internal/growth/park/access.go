package park

import (
	"context"
	"slices"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
)

// manages tells whether the caller may change a place and look after its members:
// an office, its operator, or the enterprise that owns a warehouse.
func manages(ctx context.Context, p *Place) bool {
	who := access.Of(ctx)
	switch who.Scope(access.ParkManage) {
	case access.Zone:
		return true
	case access.Own:
		if p.Org != "" && p.Org == who.Org {
			return true
		}
	}
	switch who.Scope(access.ListingEdit) {
	case access.Own:
		return p.owned() && p.Enterprise != "" && slices.Contains(who.Codes, p.Enterprise)
	}
	return false
}

// owned tells whether enterprises enter such places by themselves.
func (p *Place) owned() bool {
	return p.Kind == Overseas || p.Kind == Consolidation || p.Kind == Incubator
}

// Office tells whether the caller decides about places.
func Office(ctx context.Context) bool {
	return access.Of(ctx).Scope(access.ParkManage) == access.Zone
}

// Manages tells whether the caller may change a place.
func (s *Service) Manages(ctx context.Context, p *Place) bool { return manages(ctx, p) }

// Inside tells whether the caller sees members and figures of a place: an office
// or auditor that reads parks, or who manages it.
func (s *Service) Inside(ctx context.Context, p *Place) bool {
	return access.Of(ctx).Scope(access.ParkRead) == access.Zone || manages(ctx, p)
}

// visible tells whether a place may be seen at all: those in operation and those
// planned are public.
func visible(ctx context.Context, p *Place) bool {
	return p.State == Open || p.State == Planned || access.Of(ctx).Scope(access.ParkRead) == access.Zone || manages(ctx, p)
}

// owns tells whether the caller acts for an enterprise.
func owns(ctx context.Context, need access.Permission, enterprise string) bool {
	who := access.Of(ctx)
	switch who.Scope(need) {
	case access.Zone:
		return true
	case access.Own:
		return slices.Contains(who.Codes, enterprise)
	}
	return false
}

// opensFigures tells whether the caller may see the figures by which a place is
// judged: where they are those of an enterprise, its operator needs the
// enterprise's consent like anybody else.
func (s *Service) opensFigures(ctx context.Context, p *Place) bool {
	who := access.Of(ctx)
	subject, ok := subjectOf(p)
	return !ok || subject.Kind != fact.Enterprise || who.Scope(access.ParkRead) == access.Zone ||
		who != nil && (slices.Contains(who.Codes, subject.ID) || s.Consents.Consents(ctx, subject.ID, who.Org))
}

// sharesWith tells whether the caller may see what a member traded.
func (s *Service) sharesWith(ctx context.Context, m *Member) bool {
	who := access.Of(ctx)
	return who.Scope(access.ParkRead) == access.Zone || who != nil && s.Consents.Consents(ctx, m.Enterprise, who.Org)
}

// Owns tells whether the caller manages a place without being an office.
func (s *Service) Owns(ctx context.Context, place string) bool {
	p, err := s.place(ctx, place)
	return err == nil && !Office(ctx) && manages(ctx, p)
}
