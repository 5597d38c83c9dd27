package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/store"
)

func TestAuditVerify(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	s.run(0, "", "submit", "--store", "sqlite:zone.db", "--filings", s.filings(g), s.write("order.xml", zonetest.Message(t, g, 311, 0, 3)))
	out, _ := s.run(0, "", "audit", "verify", "--store", "sqlite:zone.db")
	s.has(out, "differences 差异: 0")
	out, _ = s.run(0, "", "audit", "verify", "--store", "sqlite:zone.db", "--json")
	var r struct {
		OK       bool
		Entries  int
		Unsealed int
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || !r.OK || r.Entries+r.Unsealed != len(g.Zone().Enterprises) {
		t.Errorf("%v %s", err, out)
	}
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(s.dir, "zone.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update audit_entries set actor = 'somebody else' where id = (select max(id) from audit_entries)`)
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	out, _ = s.run(1, "", "audit", "verify", "--store", "sqlite:zone.db")
	s.has(out, "differences 差异: 1", "changed")
	s.run(2, "", "audit", "verify", "--store", "sqlite:nothing.db")
	s.run(2, "", "audit", "verify", "--store", "sqlite:zone.db", "--key", "nothing.key")
}

func TestKeys(t *testing.T) {
	s := newScript(t)
	g := zonetest.Traffic(t)
	order := s.write("order.xml", zonetest.Message(t, g, 311, 0, 3))
	s.run(0, "", "submit", "--filings", s.filings(g), order)
	out, _ := s.run(0, "", "keys", "list")
	s.has(out, "inline", "    1  aes-256-gcm", "seals")
	out, _ = s.run(0, "", "keys", "rotate", "--cipher", "sm4-gcm")
	s.has(out, "data key 2 (sm4-gcm)")
	s.run(0, "", "keys", "rotate") // of the cipher in use
	out, _ = s.run(0, "", "keys", "list", "--json")
	var list struct {
		Master string
		Keys   []struct {
			ID     int
			Cipher string
			Seals  bool
		} `json:"data_keys"`
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Keys) != 3 || list.Keys[2].Cipher != "sm4-gcm" || !list.Keys[2].Seals || list.Keys[0].Seals {
		t.Errorf("%v %s", err, out)
	}
	s.run(0, "", "submit", order)
	s.run(0, "", "replay") // reads what all three sealed

	out, _ = s.run(0, "", "keys", "rewrap", "--master", "file:zone.master", "--cipher", "sm4-gcm")
	s.has(out, "file:zone.master")
	out, _ = s.run(0, "", "keys", "list")
	s.has(out, "file:zone.master, sm4-gcm")
	s.run(0, "", "submit", order)
	s.run(0, "", "replay")
	if err := os.Rename(filepath.Join(s.dir, "zone.master"), filepath.Join(s.dir, "away.master")); err != nil {
		t.Fatal(err)
	}
	_, errs := s.run(2, "", "replay")
	s.has(errs, "zone.master")
	s.write("zone.master", []byte(strings.Repeat("0", 64)))
	_, errs = s.run(2, "", "keys", "list")
	s.has(errs, "master key")
	s.run(2, "", "keys", "rewrap", "--master", "somewhere")
	s.run(2, "", "keys", "rotate", "--cipher", "rot13")
	s.run(2, "", "keys", "list", "--key", "nothing.key")
}
