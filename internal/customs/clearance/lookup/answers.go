package lookup

import (
	"context"
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance"
)

// Answers returns what was answered about documents that bear a number and
// belong to no parcel: their list never came, or was refused as a document. In
// order; letters count alike in either case. None is no error.
func (x *Index) Answers(ctx context.Context, number string) ([]*clearance.Decision, error) {
	number = strings.TrimSpace(number)
	if number == "" {
		return nil, nil
	}
	var out []*clearance.Decision
	err := x.traced(ctx, hashNumber(number), func(d *clearance.Decision) {
		if d.Number == 0 && slices.ContainsFunc(numbers(d), func(n string) bool { return strings.EqualFold(n, number) }) {
			out = append(out, d)
		}
	})
	return out, err
}

// Related returns a decision and all others about the same order's documents, in
// order; of a document that names no order, those about its number. Error:
// ErrNotFound.
func (x *Index) Related(ctx context.Context, decision uint64) ([]*clearance.Decision, error) {
	var first *clearance.Decision
	if err := x.fetch(ctx, []uint64{decision}, func(d *clearance.Decision) { first = d }); err != nil {
		return nil, err
	}
	if first == nil || first.Kind == 0 || first.Number != 0 {
		return nil, ErrNotFound
	}
	var out []*clearance.Decision
	var err error
	switch {
	case first.Parcel != (clearance.Key{}):
		err = x.traced(ctx, hashKey(first.Parcel), func(d *clearance.Decision) {
			if d.Parcel == first.Parcel && d.Number == 0 {
				out = append(out, d)
			}
		})
	case first.Subject != "":
		err = x.traced(ctx, hashNumber(first.Subject), func(d *clearance.Decision) {
			if d.Subject == first.Subject && d.Kind == first.Kind && d.Parcel == first.Parcel && d.Number == 0 {
				out = append(out, d)
			}
		})
	}
	if err == nil && len(out) == 0 {
		out = []*clearance.Decision{first}
	}
	return out, err
}
