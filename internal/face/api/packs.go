package api

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
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
	Note    string `query:"note" minLength:"2" maxLength:"500" default:"由接口上传 uploaded by the interface" doc:"Why (原因)."`
	RawBody []byte `contentType:"application/octet-stream" doc:"The pack: a zip of its folder, or its files as tar compressed with zstd."`
}

// largestPack bounds an upload.
const largestPack = 64 << 20

func (s *Server) addPacks() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"packs"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
	}
	sent := func(o huma.Operation, description string) huma.Operation {
		o.MaxBodyBytes, o.Description = largestPack, description
		o.Errors = append(o.Errors, 413)
		return o
	}
	add(s, op("list-packs", http.MethodGet, "/v1/packs", "Rule packs switched on / 已启用规则包"), access.RulesRead, s.packs)
	add(s, sent(op("switch-pack", http.MethodPost, "/v1/packs", "Check a pack and switch it on at once / 校验并立即启用规则包"),
		"A pack of a name that is switched on takes its place, another one is laid on top. Decisions made already do not change. A set with a fault is refused whole. It is a proposal that is switched on in the same breath; where the setting asks for two people it is refused."),
		access.PackSwitch, s.switchPack)
	add(s, sent(op("check-pack", http.MethodPost, "/v1/packs/check", "All that is wrong with a pack over the rules in force / 校验规则包"), "Nothing is kept."), access.PackSwitch, s.checkPack)
	add(s, op("roll-packs-back", http.MethodPost, "/v1/packs/rollback", "Go back to the rules before the last switch / 回退规则"), access.PackSwitch, s.rollBack)
	add(s, op("list-switches", http.MethodGet, "/v1/packs/switches", "How the rules in force came about / 规则启用记录"), access.RulesRead, s.switches)
	s.addProposals(op, sent)
	s.addRules(op)
}

// ofRulebook puts refusals of changes of rules into problems.
func ofRulebook(err error) error {
	var r *rulebook.Refusal
	if !errors.As(err, &r) {
		return err
	}
	status := 409
	switch {
	case errors.Is(r, rulebook.ErrDenied):
		status = 403
	case errors.Is(r, rulebook.ErrNotFound):
		status = 404
	case errors.Is(r, rulebook.ErrNote), errors.Is(r, rulebook.ErrTime), errors.Is(r, rulebook.ErrUnknown), errors.Is(r, rulebook.ErrFaults):
		status = 422
	}
	p := problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
	p.Errors = packFaults(r.Faults)
	return p
}

func packFaults(list pack.Faults) []ProblemItem {
	var out []ProblemItem
	for _, f := range list {
		out = append(out, ProblemItem{Path: f.File, Line: f.Line, Message: f.What.EN, MessageZH: f.What.ZH, Fix: f.Mend.EN, FixZH: f.Mend.ZH})
	}
	return out
}

// readPack reads an uploaded pack.
func readPack(data []byte) (*pack.Pack, error) {
	p, err := pack.Read(data)
	if err == nil {
		return p, nil
	}
	if bad := ofFaults(err); bad != nil {
		return nil, bad
	}
	return nil, problem(422, "pack_archive", "不是规则包", "not a pack", "上传规则包文件夹的 zip，或以 zstd 压缩的 tar，内含 pack.yaml", "send a zip of the pack's folder, or a tar compressed with zstd, that holds pack.yaml")
}

func (s *Server) packs(context.Context, *struct{}) (*packsOutput, error) {
	return describePacks(s.zone.Set()), nil
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
	p, err := readPack(in.RawBody)
	if err != nil {
		return nil, err
	}
	decision, err := s.zone.SwitchNow(ctx, rulebook.Draft{Packs: []*pack.Pack{p}, Note: in.Note})
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := describePacks(s.zone.Set())
	out.Body.Decision = decision
	return out, nil
}

type packCheckOutput struct {
	Body struct {
		Fine    bool          `json:"fine" doc:"It could be switched on."`
		Version string        `json:"version,omitempty" doc:"Of the whole set, if its packs fit on each other."`
		Faults  []ProblemItem `json:"faults"`
	}
}

func (s *Server) checkPack(ctx context.Context, in *packInput) (*packCheckOutput, error) {
	out := &packCheckOutput{}
	p, err := pack.Read(in.RawBody)
	var bad pack.Faults
	if errors.As(err, &bad) {
		out.Body.Faults = packFaults(bad)
		return out, nil
	}
	if err != nil {
		_, err = readPack(in.RawBody)
		return nil, err
	}
	set, found, err := s.zone.Rulebook.Judge(ctx, rulebook.Draft{Packs: []*pack.Pack{p}})
	if err != nil {
		return nil, ofRulebook(err)
	}
	if set != nil {
		out.Body.Version = set.Version()
	}
	out.Body.Fine, out.Body.Faults = len(found) == 0, append([]ProblemItem{}, packFaults(found)...)
	return out, nil
}

type rollbackInput struct {
	Body struct {
		Note string `json:"note" minLength:"2" maxLength:"500" doc:"Why (原因)."`
	}
}

func (s *Server) rollBack(ctx context.Context, in *rollbackInput) (*packsOutput, error) {
	decision, err := s.zone.RollBack(ctx, in.Body.Note)
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := describePacks(s.zone.Set())
	out.Body.Decision = decision
	return out, nil
}

// PackSwitch is one change of the rules in force (规则启用记录).
type PackSwitch struct {
	Number   int64  `json:"number"`
	Kind     string `json:"kind" enum:"proposal,rollback"`
	Proposal int64  `json:"proposal,omitempty"`
	Before   string `json:"before" doc:"Packs in force before, by version."`
	After    string `json:"after"`
	At       string `json:"at"`
	By       string `json:"by"`
	Note     string `json:"note"`
}

type switchesOutput struct {
	Body struct {
		Switches []PackSwitch `json:"switches" doc:"Newest first, at most 200."`
	}
}

func (s *Server) switches(ctx context.Context, _ *struct{}) (*switchesOutput, error) {
	list, err := s.zone.Rulebook.Switches(ctx, 200)
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := &switchesOutput{}
	out.Body.Switches = []PackSwitch{}
	for _, v := range list {
		out.Body.Switches = append(out.Body.Switches, PackSwitch{v.Number, string(v.Kind), v.Proposal, v.Before, v.After, moment(v.At), v.ByName, v.Note})
	}
	return out, nil
}
