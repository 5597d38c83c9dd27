package api

import (
	"context"
	"slices"

	"pilotzone/internal/kernel/access"
)

// reach is over whose things an operation goes for its caller: all, or those of
// some enterprises. The gate has let the caller through already.
type reach struct {
	all     bool
	parties []string
}

// reachOf asks the table of permissions.
func reachOf(ctx context.Context, need access.Permission) reach {
	p := access.Of(ctx)
	return reach{all: p.Scope(need) == access.Zone, parties: p.Parties()}
}

// sees tells whether a thing of any of the enterprises is within reach.
func (r reach) sees(codes ...string) bool {
	return r.all || slices.ContainsFunc(codes, func(c string) bool { return c != "" && slices.Contains(r.parties, c) })
}

// narrow is the enterprises that a list is about: the one asked for, if it is
// within reach; else all within reach, none of which means everybody's.
func (r reach) narrow(asked string) ([]string, error) {
	switch {
	case asked != "" && !r.sees(asked):
		return nil, problem(403, "not_own", "只能查询本企业或委托企业的数据", "only one's own enterprise and clients by mandate can be asked for", "去掉 enterprise 参数，或填写本企业代码", "leave enterprise out, or give a code of your own")
	case asked != "":
		return []string{asked}, nil
	case r.all:
		return nil, nil
	case len(r.parties) == 0:
		return nil, problem(403, "no_enterprise", "账号未绑定企业代码", "the account is bound to no enterprise", "由管理员将账号所属单位与企业备案绑定", "have the administrator bind your organisation to its filing")
	}
	return r.parties, nil
}

// gather reads the first things of a list for each of some enterprises ("" is
// everybody, if none is named) and lays them together in their order; what
// several of them have a part in stands once.
func gather[T any](parties []string, limit int, read func(party string) ([]T, error), order func(a, b T) int) ([]T, error) {
	switch len(parties) {
	case 0:
		return read("")
	case 1:
		return read(parties[0])
	}
	var all []T
	for _, p := range parties {
		list, err := read(p)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, order)
	all = slices.CompactFunc(all, func(a, b T) bool { return order(a, b) == 0 })
	return all[:min(limit, len(all))], nil
}

// caller is how the caller is named in what it does.
func caller(ctx context.Context) string {
	if p := access.Of(ctx); p != nil {
		return p.ID
	}
	return ""
}

// withoutEnd is a context that the end of its request does not end: for what
// must be written down once something was done.
func withoutEnd(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
