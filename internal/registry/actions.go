package registry

import (
	"context"
	"fmt"
	"slices"

	"pilotzone/ceb"
	"pilotzone/ceb/dsig"
	"pilotzone/internal/kernel/clock"
)

// Suspend makes a filing not count from a day on until it is resumed (暂停备案);
// reason stands in the filing.
func (r *Registry) Suspend(ctx context.Context, by Author, id string, from clock.Day, reason string) (*Filing, error) {
	return r.Change(ctx, by, id, Suspending(from, reason))
}

// Suspending is the edit of Suspend, for ChangeIn.
func Suspending(from clock.Day, reason string) func(*Filing) error {
	return func(f *Filing) error {
		if f.State(from) == Suspended {
			return Faults{{ID: f.ID, Field: "suspensions", ZH: "该日已处于暂停状态", EN: "it is suspended on that day already"}}
		}
		f.Suspensions = append(slices.Clone(f.Suspensions), Suspension{From: from, Reason: reason})
		return nil
	}
}

// Resume ends the suspension that has no end, so that the filing counts again
// from a day on (恢复备案).
func (r *Registry) Resume(ctx context.Context, by Author, id string, from clock.Day) (*Filing, error) {
	return r.Change(ctx, by, id, Resuming(from))
}

// Resuming is the edit of Resume, for ChangeIn.
func Resuming(from clock.Day) func(*Filing) error {
	return func(f *Filing) error {
		i := slices.IndexFunc(f.Suspensions, func(s Suspension) bool { return s.To == 0 })
		if i < 0 {
			return Faults{{ID: f.ID, Field: "suspensions", ZH: "未处于暂停状态", EN: "it is not suspended"}}
		}
		f.Suspensions = slices.Clone(f.Suspensions)
		if from <= f.Suspensions[i].From { // it never came into force
			f.Suspensions = slices.Delete(f.Suspensions, i, i+1)
			return nil
		}
		f.Suspensions[i].To = from.AddDays(-1)
		return nil
	}
}

// NewCertificate describes a certificate, given in DER, for a filing; codes are
// the enterprises beside the owner for which it may sign.
func NewCertificate(der []byte, codes ...string) (Certificate, error) {
	c, err := dsig.ParseCertificate(der)
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{Fingerprint: c.Fingerprint, Serial: c.Serial, Subject: c.Subject,
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Codes: codes, DER: c.DER}, nil
}

// AddCertificate registers a certificate with a filing (登记证书); the same one
// again replaces what was said about it.
func (r *Registry) AddCertificate(ctx context.Context, by Author, id string, c Certificate) (*Filing, error) {
	return r.Change(ctx, by, id, func(f *Filing) error {
		rest := slices.DeleteFunc(slices.Clone(f.Certificates), func(o Certificate) bool { return o.Fingerprint == c.Fingerprint })
		f.Certificates = append(rest, c)
		return nil
	})
}

// RevokeCertificate makes a certificate worthless from a day on (注销证书).
func (r *Registry) RevokeCertificate(ctx context.Context, by Author, id, fingerprint string, from clock.Day) (*Filing, error) {
	return r.Change(ctx, by, id, func(f *Filing) error {
		i := slices.IndexFunc(f.Certificates, func(c Certificate) bool { return c.Fingerprint == fingerprint })
		if i < 0 {
			return Faults{{ID: id, Field: "certificates", ZH: "证书未登记: " + fingerprint, EN: "no such certificate: " + fingerprint}}
		}
		if !from.Valid() {
			return fmt.Errorf("registry: revoke certificate: %d is no day", from)
		}
		f.Certificates = slices.Clone(f.Certificates)
		f.Certificates[i].Revoked = from
		return nil
	})
}

// SetPolicy sets the signature mode for a message kind, 0 for all without their
// own; mode 0 takes the policy away.
func (r *Registry) SetPolicy(ctx context.Context, by Author, id string, k ceb.Kind, m Mode) (*Filing, error) {
	return r.Change(ctx, by, id, func(f *Filing) error {
		f.Policies = slices.DeleteFunc(slices.Clone(f.Policies), func(p Policy) bool { return p.Kind == k })
		if m != 0 {
			f.Policies = append(f.Policies, Policy{Kind: k, Mode: m})
		}
		slices.SortFunc(f.Policies, func(a, b Policy) int { return int(a.Kind) - int(b.Kind) })
		return nil
	})
}
