package zone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// PackReport is what a check of a pack's folder found (规则包校验结果).
type PackReport struct {
	Folder  string      `json:"folder"`
	Pack    string      `json:"pack,omitempty"`    // its version, if it could be read
	Over    []string    `json:"over,omitempty"`    // packs that it was laid over, by version
	Faults  pack.Faults `json:"faults"`            // of loading, or of the whole set
	Items   int         `json:"items,omitempty"`   // of the pack itself
	Matters int         `json:"matters,omitempty"` // definitions of the pack itself
}

// CheckFolders checks packs in folders: each is laid over what its parents ask
// for, which are other folders given or shipped packs, and judged as a set that
// is to be switched on in a zone of its own. The error says that a folder can't
// be read; faults are none.
func CheckFolders(ctx context.Context, c clock.Clock, folders []string) ([]PackReport, error) {
	dir, err := os.MkdirTemp("", "pilotzone-check")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	k := &folderCheck{byName: make(map[string]*pack.Pack), today: clock.DayOf(c.Now())}
	var out []PackReport
	loaded := make([]*pack.Pack, len(folders))
	for i, folder := range folders {
		p, err := pack.LoadDir(folder)
		r := PackReport{Folder: folder, Faults: pack.Faults{}}
		switch {
		case err == nil:
			r.Pack, loaded[i] = p.Version(), p
			if k.byName[p.Name] == nil {
				k.byName[p.Name] = p
			}
		case !errors.As(err, &r.Faults):
			return nil, err
		}
		out = append(out, r)
	}
	if k.zone, err = scratch(ctx, dir, c); err != nil {
		return nil, err
	}
	for i := range out {
		if loaded[i] != nil {
			k.judge(&out[i], loaded[i])
		}
	}
	return out, k.zone.Close(context.WithoutCancel(ctx))
}

// scratch is a zone that nobody uses: it knows what definitions of matters may
// name.
func scratch(ctx context.Context, dir string, c clock.Clock) (*Zone, error) {
	config := Default()
	config.Store, config.Clock, config.Bare = "sqlite:"+filepath.Join(dir, "check.db"), c, true
	config.Packs = []string{"national"}
	config.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return Open(ctx, config)
}

type folderCheck struct {
	byName map[string]*pack.Pack // those given; of one name the first
	today  clock.Day
	zone   *Zone
}

// judge lays a pack over its parents and checks the set.
func (k *folderCheck) judge(r *PackReport, p *pack.Pack) {
	for _, kind := range pack.Kinds() {
		r.Items += len(p.Items(kind))
	}
	r.Matters = p.Matters()
	stack, faults := k.under(p, nil)
	if len(faults) > 0 {
		r.Faults = faults
		return
	}
	for _, q := range stack[:len(stack)-1] {
		r.Over = append(r.Over, q.Version())
	}
	set, err := pack.NewSet(stack...)
	if errors.As(err, &r.Faults) {
		return
	}
	r.Faults = append(r.Faults, k.zone.CheckSet(set, k.today)...)
}

// under is a pack on top of its parents and theirs, the lowest first.
func (k *folderCheck) under(p *pack.Pack, on []string) (stack []*pack.Pack, faults pack.Faults) {
	if slices.Contains(on, p.Name) {
		return nil, parentFault(p, strings.Join(append(on, p.Name), " → "), "规则包互为上级", "packs are each other's parents")
	}
	for _, want := range p.Parents {
		name, _, _ := strings.Cut(want, "@")
		below, err := k.parent(name)
		if err != nil {
			return nil, parentFault(p, want, "找不到上级包", "the parent is not found: "+err.Error())
		}
		more, bad := k.under(below, append(on, p.Name))
		if len(bad) > 0 {
			return nil, bad
		}
		for _, q := range more {
			if !slices.ContainsFunc(stack, func(x *pack.Pack) bool { return x.Name == q.Name }) {
				stack = append(stack, q)
			}
		}
	}
	return append(stack, p), nil
}

func (k *folderCheck) parent(name string) (*pack.Pack, error) {
	if p := k.byName[name]; p != nil {
		return p, nil
	}
	if !slices.Contains(packs.Shipped(), name) {
		return nil, fmt.Errorf("neither given nor shipped (%s) (既未给出，也非自带)", strings.Join(packs.Shipped(), ", "))
	}
	return pack.LoadFS(packs.Files, name)
}

func parentFault(p *pack.Pack, what, zh, en string) pack.Faults {
	return pack.Faults{{File: p.Name + "/pack.yaml", What: pack.Text{ZH: zh + "：" + what, EN: en + ": " + what},
		Mend: pack.Text{ZH: "改正 parents，或把上级包的文件夹一并给出", EN: "mend parents, or give the parent's folder too"}}}
}
