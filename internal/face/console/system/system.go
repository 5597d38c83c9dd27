// Package system is the page of the platform's own state (系统): health, parts,
// queue, snapshot, versions, packs, and the data keys with their rotation.
//
// Invariants: no secret is shown, keys by their ids alone; a rotation asks for
// confirmation and is entered in the audit chain.
package system

import (
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
)

type pages struct {
	*ui.Shell
	zone    *zone.Zone
	started time.Time
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, z.Config.Clock.Now()}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/system", ZH: "系统", EN: "System", Icon: "settings", Need: access.SystemRead})
	s.Get("/system", access.SystemRead, p.system)
	s.Get("/system/rotate", access.SystemManage, p.ask)
	s.Post("/system/rotate", access.SystemManage, p.rotate)
}

// view is what the page shows.
type view struct {
	zone.State
	parts    []zone.Part
	packs    []packRow
	keys     []keys.KeyInfo
	master   keys.Master
	now      time.Time
	started  time.Time
	program  string
	engine   int
	store    string
	storeID  string
	p50, p99 time.Duration
	messages uint64
	manages  bool
}

type packRow struct {
	title            ui.Text
	version, release string
}

func (p *pages) system(w http.ResponseWriter, r *http.Request) error {
	z := p.zone
	state, err := z.State(r.Context())
	if err != nil {
		return err
	}
	stats := z.Intake.Stats()
	v := &view{State: state, parts: z.Parts(), keys: z.Keys.DataKeys(), master: z.Keys.Master(), now: z.Config.Clock.Now(), started: p.started, program: program(),
		engine: clearance.EngineVersion, store: z.Store.Dialect.String(), storeID: z.Store.ID,
		p50: stats.CommitTimes.Percentile(50), p99: stats.CommitTimes.Percentile(99), messages: stats.Messages.Load(), manages: access.Of(r.Context()).May(access.SystemManage)}
	for _, k := range z.Intake.Rules().Set().Packs() {
		v.packs = append(v.packs, packRow{ui.T(k.Title.ZH, k.Title.EN), k.Version(), k.Release})
	}
	return p.Show(w, r, ui.View{Title: ui.T("系统", "System"), Wide: true, Body: whole(v)})
}

// program is the build that runs.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	words := []string{info.Main.Version, info.GoVersion}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words = append(words, s.Value[:min(12, len(s.Value))])
		}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// ask asks before a rotation.
func (p *pages) ask(w http.ResponseWriter, r *http.Request) error {
	return p.confirm(w, r, ui.Text{}, 0)
}

func (p *pages) confirm(w http.ResponseWriter, r *http.Request, fault ui.Text, status int) error {
	list := p.zone.Keys.DataKeys()
	return p.Show(w, r, ui.View{Title: ui.T("轮换数据密钥", "Rotate the data key"), Status: status, Back: "/system", BackTo: ui.T("系统", "System"), Body: rotation(list[len(list)-1], fault)})
}

// rotate makes a new data key.
func (p *pages) rotate(w http.ResponseWriter, r *http.Request) error {
	if r.PostForm.Get("confirm") != "yes" {
		return p.confirm(w, r, ui.T("请勾选确认", "tick the box to confirm"), http.StatusUnprocessableEntity)
	}
	cipher, err := keys.ParseCipher(r.PostForm.Get("cipher"))
	if err != nil {
		return p.confirm(w, r, ui.T("请选择加密算法", "choose a cipher"), http.StatusUnprocessableEntity)
	}
	who := access.Of(r.Context())
	id, err := p.zone.RotateKeys(r.Context(), cipher, audit.Entry{Actor: who.ID, Org: who.Org})
	if err != nil {
		return err
	}
	number := ui.Count(uint32(id))
	return p.Done(w, r, "/system", ui.T("已启用第 "+number+" 号数据密钥，请备份密钥文件", "Data key "+number+" seals from now on: back the key file up"))
}
