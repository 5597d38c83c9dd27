package rule

import (
	"math"

	"pilotzone/internal/kernel/clock"
)

// maxCases bounds the analysis; a condition with more cases counts as reachable.
const maxCases = 512

// Unreachable tells whether no value of the facts can make the condition hold:
// x >= 10 && x < 5 (永不成立). It looks at comparisons of one fact with a constant,
// case by case of the alternatives; what it cannot see counts as reachable.
func (c *Condition) Unreachable() bool {
	cases, ok := c.root.cases()
	if !ok {
		return false
	}
	for _, one := range cases {
		if reachable(one) {
			return false
		}
	}
	return true
}

// cases are the alternatives, each as the comparisons that must hold together.
func (n *node) cases() ([][]*leaf, bool) {
	switch {
	case n.leaf != nil:
		return [][]*leaf{{n.leaf}}, true
	case n.any != nil:
		var all [][]*leaf
		for _, m := range n.any {
			some, ok := m.cases()
			if all = append(all, some...); !ok || len(all) > maxCases {
				return nil, false
			}
		}
		return all, true
	}
	all := [][]*leaf{nil}
	for _, m := range n.all {
		some, ok := m.cases()
		if !ok || len(all)*len(some) > maxCases {
			return nil, false
		}
		var next [][]*leaf
		for _, a := range all {
			for _, s := range some {
				next = append(next, append(append([]*leaf(nil), a...), s...))
			}
		}
		all = next
	}
	return all, true
}

// room is what is left for one fact.
type room struct {
	lo, hi int64
	not    map[int64]bool
	is     string
	fixed  bool
	isNot  map[string]bool
}

func reachable(leaves []*leaf) bool {
	rooms := map[string]*room{}
	for _, l := range leaves {
		if l.left.konst != nil && l.right.konst != nil {
			if !holds(*l.left.konst, l.op, *l.right.konst) {
				return false
			}
			continue
		}
		if l.left.fact == "" || l.right.konst == nil {
			continue
		}
		r := rooms[l.left.fact]
		if r == nil {
			r = &room{lo: math.MinInt64, hi: math.MaxInt64, not: map[int64]bool{}, isNot: map[string]bool{}}
			rooms[l.left.fact] = r
		}
		if !r.take(l.op, *l.right.konst) {
			return false
		}
	}
	return true
}

// take narrows the room; false if nothing is left.
func (r *room) take(op string, v Value) bool {
	if v.t == TypeText {
		return r.takeText(op, v.s)
	}
	n := v.n
	switch v.t {
	case TypeDay:
		n = int64(v.Day().Sub(clock.NewDay(1970, 1, 1)))
	case TypeBool:
		r.lo, r.hi = max(r.lo, 0), min(r.hi, 1)
	}
	switch op {
	case "==":
		r.lo, r.hi = max(r.lo, n), min(r.hi, n)
	case "!=":
		r.not[n] = true
	case "<", "<=":
		if op == "<" {
			if n == math.MinInt64 {
				return false
			}
			n--
		}
		r.hi = min(r.hi, n)
	case ">", ">=":
		if op == ">" {
			if n == math.MaxInt64 {
				return false
			}
			n++
		}
		r.lo = max(r.lo, n)
	}
	for r.lo <= r.hi && r.not[r.lo] && r.lo < math.MaxInt64 {
		r.lo++
	}
	return r.lo <= r.hi && (r.lo != r.hi || !r.not[r.lo])
}

func (r *room) takeText(op, s string) bool {
	if op == "!=" {
		r.isNot[s] = true
	} else {
		if r.fixed && r.is != s {
			return false
		}
		r.is, r.fixed = s, true
	}
	return !r.fixed || !r.isNot[r.is]
}
