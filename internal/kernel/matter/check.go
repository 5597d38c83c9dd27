package matter

import (
	"cmp"
	"errors"
	"slices"

	"pilotzone/internal/kernel/pack"
)

// Check says all that is wrong with the definitions of a set of packs, apart
// from hooks that only a running zone knows.
func Check(set *pack.Set) pack.Faults {
	_, faults := load(set.MatterFiles())
	return packFaults(faults)
}

// CheckSet says which hooks the definitions of a set name that are not there.
func (s *Service) CheckSet(set *pack.Set) pack.Faults {
	c, _ := load(set.MatterFiles())
	var faults []loadFault
	for _, d := range c.All() {
		if err := s.c.Hooks.missing(d); err != nil {
			faults = append(faults, loadFault{d.file, err})
		}
	}
	return packFaults(faults)
}

func packFaults(faults []loadFault) pack.Faults {
	var out pack.Faults
	for _, f := range faults {
		for _, err := range split(f.err) {
			out = append(out, pack.Fault{File: "matters/" + f.file, What: pack.Text{ZH: "事项定义有误：" + err.Error(), EN: "the definition of the matter is wrong: " + err.Error()},
				Mend: pack.Text{ZH: "按 docs/matters.md 改正", EN: "mend it as docs/matters.md says"}})
		}
	}
	slices.SortStableFunc(out, func(a, b pack.Fault) int { return cmp.Compare(a.File, b.File) })
	return out
}

// split takes joined errors apart.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}
