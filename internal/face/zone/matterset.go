package zone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// definitions are the matters of one set of packs.
type definitions struct {
	set  *pack.Set
	list *matter.Catalogue
}

// loadMatters reads the definitions of a set, and those of the folder that the
// configuration names.
func (z *Zone) loadMatters(set *pack.Set) (*matter.Catalogue, error) {
	folders := []fs.FS{set.MatterFiles()}
	if first(set) {
		folders[0] = packs.Matters()
	}
	if z.Config.Matters != "" {
		folders = append(folders, os.DirFS(z.Config.Matters))
	}
	list, err := matter.Load(folders...)
	if err != nil {
		return nil, fmt.Errorf("matters (事项定义有误): %w", err)
	}
	z.matterset.Store(&definitions{set, list})
	return list, nil
}

// catalogue are the definitions of the set in force: a switch of packs takes
// effect with the next question. A set is checked before it is switched on, so
// that it can only fail by what was put into the zone's own folder meanwhile;
// then the definitions stay as they were.
func (z *Zone) catalogue() *matter.Catalogue {
	set, known := z.Set(), z.matterset.Load()
	if known.set == set {
		return known.list
	}
	list, err := z.loadMatters(set)
	if err != nil {
		z.Config.Log.Error("the matters of the new set cannot be read; those before stay (新规则包的事项无法读取，沿用原事项)", "error", err)
		z.matterset.Store(&definitions{set, known.list})
		return known.list
	}
	return list
}

// clientOrg is the organisation of a client by its code, "" if it has none.
func (z *Zone) clientOrg(ctx context.Context, code string) (string, string, error) {
	o, err := z.Accounts.OrgOfCode(access.With(ctx, access.System()), code)
	if errors.Is(err, access.ErrNotFound) {
		return "", "", nil
	} else if err != nil {
		return "", "", err
	}
	return o.ID, o.Name, nil
}

// first tells whether no pack of a set holds matters: one of the first format,
// which had none. The definitions that the program ships then stand in, as they
// did.
func first(set *pack.Set) bool {
	for _, p := range set.Packs() {
		if p.Matters() > 0 {
			return false
		}
	}
	return true
}
