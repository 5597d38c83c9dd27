package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// PackText is a rule pack that is switched on (规则包).
type PackText struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256" doc:"Of its content."`
}

type packsOutput struct {
	Body struct {
		Version  string     `json:"version" doc:"As decisions name the packs, from the bottom."`
		Packs    []PackText `json:"packs"`
		Decision uint64     `json:"decision,omitempty" doc:"Decision that switched them on, after an upload."`
	}
}

type packInput struct {
	RawBody []byte `contentType:"application/octet-stream" doc:"Archive of the pack: its files as tar, compressed with zstd."`
}

// largestPack bounds an upload.
const largestPack = 64 << 20

func (s *Server) addPacks() {
	add(s, huma.Operation{OperationID: "list-packs", Method: http.MethodGet, Path: "/v1/packs", Tags: []string{"packs"},
		Summary: "Rule packs switched on / 已启用规则包", Errors: []int{401, 403}}, access.RulesRead, s.packs)
	add(s, huma.Operation{OperationID: "switch-pack", Method: http.MethodPost, Path: "/v1/packs", Tags: []string{"packs"}, MaxBodyBytes: largestPack,
		Summary:     "Check a pack and switch it on at once / 校验并立即启用规则包",
		Description: "A pack of a name that is switched on takes its place, another one is laid on top. Decisions made already do not change.",
		Errors:      []int{401, 403, 413, 422, 503}}, access.PackSwitch, s.switchPack)
}

func (s *Server) packs(context.Context, *struct{}) (*packsOutput, error) {
	return describePacks(s.zone.Intake.Rules().Set()), nil
}

func describePacks(set *pack.Set) *packsOutput {
	out := &packsOutput{}
	out.Body.Version, out.Body.Packs = set.Version(), []PackText{}
	for _, p := range set.Packs() {
		out.Body.Packs = append(out.Body.Packs, PackText{Name: p.Name, Version: p.Version(), SHA256: hex.EncodeToString(p.Hash[:])})
	}
	return out
}

// switchPack checks the pack with those that are on before anything changes.
func (s *Server) switchPack(ctx context.Context, in *packInput) (*packsOutput, error) {
	p, err := pack.FromArchive(in.RawBody)
	if err != nil {
		if bad := ofFaults(err); bad != nil {
			return nil, bad
		}
		return nil, problem(422, "pack_archive", "不是规则包归档", "not an archive of a pack", "上传以 zstd 压缩的 tar，内含 pack.yaml", "send a tar compressed with zstd that holds pack.yaml")
	}
	s.switching.Lock()
	defer s.switching.Unlock()
	list := s.zone.Intake.Rules().Set().Packs()
	if at := slices.IndexFunc(list, func(q *pack.Pack) bool { return q.Name == p.Name }); at >= 0 {
		list[at] = p
	} else {
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		return nil, err
	}
	book, err := refdata.New(set)
	if err != nil {
		return nil, err
	}
	if missing := book.On(s.today()).Missing; len(missing) > 0 {
		names := strings.Join(missing, ", ")
		return nil, problem(422, "pack_missing", "启用后今日缺少参数或表："+names, "switched on, these would be missing today: "+names, "在规则包中补上", "add them to the pack")
	}
	var a intake.Answer
	err = s.zone.Act(ctx, "pack.switch", "pack:"+p.Version(), set.Version(), func() (err error) {
		a, err = s.zone.Intake.Command(ctx, clearance.SwitchPacks, set.Marshal())
		return err
	})
	if err != nil {
		return nil, err
	}
	out := describePacks(set)
	out.Body.Decision = a.Last
	return out, nil
}
