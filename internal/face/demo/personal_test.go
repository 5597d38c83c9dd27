package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/drop"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/backup"
)

// logged keeps what was logged, at every level.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

var personal = regexp.MustCompile(`<(?:\w+:)?(\w*(?:IdNumber|elephone))>\s*([0-9Xx+-]+)\s*<`)

// learn takes all numbers of persons of a day's messages.
func (f *finder) learn(t *testing.T, p *traffic.Plan) {
	t.Helper()
	var buf []byte
	for k := range p.Messages() {
		var err error
		buf, err = p.Append(buf[:0], k, func(copNo string) (string, bool) { return "430020261122000001", true })
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range personal.FindAllSubmatch(buf, -1) {
			switch v := strings.ToUpper(string(m[2])); len(v) {
			case 18:
				f.ids[v] = true
			case 11:
				f.phones[v] = true
			}
		}
	}
	if len(f.ids) < 900 || len(f.phones) < 900 {
		t.Fatalf("only %d identity numbers and %d telephones in the traffic", len(f.ids), len(f.phones))
	}
}

// After a day with its log, its pages as every role, interface, receipts, uploads,
// pre-flight, exports and backup no identity number and no telephone of anybody
// stands anywhere in clear.
func TestNoNumberOfAPersonStandsInClear(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	log := &logged{}
	d, err := Open(ctx, Options{Parcels: 2000, Store: "sqlite:" + filepath.Join(dir, "zone.db"), Tokens: []zone.Token{zonetest.Token("operator", "operator"), zonetest.Token("officer", "officer")},
		Clock: clock.NewFixed(clock.Day(20261122).Time().Add(9 * time.Hour)), Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	f := newFinder(t)
	f.learn(t, d.plan)
	if _, err := d.Play(ctx, nil); err != nil {
		t.Fatal(err)
	}
	dropped(t, d, filepath.Join(dir, "drop"))
	uploaded(t, d)
	s := site.New(d.Zone)
	asked := ask(t, d, s.Handler(), f) + walk(t, d, s, f)
	export(t, d, filepath.Join(dir, "audit.csv"))
	if err := backup.Backup(ctx, d.Zone.Store, filepath.Join(dir, "backup")); err != nil {
		t.Fatal(err)
	}
	values := f.tables(t, d.Zone.Store)
	running := f.folder(t, dir) // with write-ahead logs
	if err := d.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	ended := f.folder(t, dir) // with the snapshot
	f.look("log", log.buf.Bytes(), depth)
	for place, n := range f.found {
		t.Errorf("%s: %d numbers of persons in clear", place, n)
	}
	t.Logf("%d identity numbers and %d telephones looked for in %d MB: %d values, %d and %d files, %d answers, %d bytes of log; %d pieces decoded",
		len(f.ids), len(f.phones), f.looked>>20, values, running, ended, asked, log.buf.Len(), f.opened)
	if asked < 100 || running < 10 || log.buf.Len() == 0 || f.opened == 0 {
		t.Error("too little was looked at for this to say anything")
	}
}

// dropped sends messages by file and waits for what comes out.
func dropped(t *testing.T, d *Demo, root string) {
	t.Helper()
	d.Zone.Config.Drop = zone.Drop{Folder: root, Settle: 20 * time.Millisecond, Workers: 2}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- drop.New(d.Zone).Run(ctx) }()
	var wait []string
	for i := range 20 {
		message, _ := d.gen.AppendMessage(nil, d.gen.Kind(uint64(i), 311), uint64(i), 1)
		name := fmt.Sprintf("m%d", i)
		wait = append(wait, filepath.Join(root, "done", name+".json"))
		for os.WriteFile(filepath.Join(root, "inbox", name+".xml"), message, 0o600) != nil { // until the folder is there
			time.Sleep(10 * time.Millisecond)
		}
	}
	for until := time.Now().Add(20 * time.Second); len(wait) > 0; {
		if _, err := os.Stat(wait[0]); err == nil {
			wait = wait[1:]
		} else if time.Now().After(until) {
			t.Fatalf("%s is not there", wait[0])
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// ask reads what programs and people read: lists, parcels, documents, receipts.
// It also reads one document in clear, which leaves an entry and nothing more.
func ask(t *testing.T, d *Demo, h http.Handler, f *finder) (answers int) {
	t.Helper()
	get := func(address, token string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		r.Header.Set("Authorization", zonetest.Bearer(token))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
		if w.Code == http.StatusOK {
			answers++
		}
		f.look(regexp.MustCompile(`\d+`).ReplaceAllString(address, "N")+" as "+token, w.Body.Bytes(), depth)
		f.look("headers", fmt.Append(nil, w.Header()), 0)
	}
	for _, token := range []string{"operator", "officer"} {
		for n := 1; n <= 60; n++ {
			get(fmt.Sprintf("/v1/parcels/%d", n), token)
			get(fmt.Sprintf("/parcels/%d", n), token)
			docs, err := d.Zone.Lookup.Documents(t.Context(), uint64(n))
			if err != nil {
				continue
			}
			for _, doc := range docs {
				get(fmt.Sprintf("/v1/parcels/%d/documents/%d", n, doc.Input), token)
			}
		}
		get("/v1/receipts?limit=200", token)
		get("/parcels", token)
	}
	clear := &disclose.Service{Index: d.Zone.Lookup, Documents: d.Zone.Reader(), DB: d.Zone.Store.Services, Audit: d.Zone.Audit}
	who := access.With(t.Context(), &access.Principal{ID: "officer", Roles: []access.Role{access.Customs}})
	given := 0
	for n := uint64(1); n <= 60 && given == 0; n++ {
		docs, err := d.Zone.Lookup.Documents(t.Context(), n)
		if err != nil || len(docs) == 0 {
			continue
		}
		got, err := clear.Open(who, disclose.Request{Parcel: n, Input: docs[0].Input, Purpose: "inspection", Note: "查验单 1"})
		if err != nil {
			t.Fatal(err)
		}
		given = len(got.Fields)
	}
	if given == 0 {
		t.Error("nothing was read in clear")
	}
	return answers
}

// export writes the audit chain, as its page does.
func export(t *testing.T, d *Demo, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Zone.Audit.SealAll(t.Context()), d.Zone.Audit.Export(t.Context(), file, audit.Filter{}), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// The search itself finds what is there, in each of the forms.
func TestFinderFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	const id, phone = "11010519491231002X", "13812345678"
	text := []byte(`<buyerIdNumber>` + strings.ToLower(id) + `</buyerIdNumber>` + strings.Repeat("x", 100))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(text)
	z.Close()
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := packer.EncodeAll(text, []byte("before"))
	wide := []byte{}
	for _, c := range []byte(phone) {
		wide = append(wide, c, 0)
	}
	for name, data := range map[string][]byte{
		"text": text, "an identity number among digits": []byte("2026" + id), "a telephone": []byte("tel:" + phone + ";"), "with country code": []byte("+86" + phone),
		"gzip": append([]byte("before"), zipped.Bytes()...), "zstd": packed, "cut zstd": packed[:len(packed)-4],
		"base64": []byte(`{"x":"` + base64.StdEncoding.EncodeToString(text) + `"}`), "base64 of an address": []byte(base64.RawURLEncoding.EncodeToString(zipped.Bytes())),
		"hexadecimal": []byte(hex.EncodeToString(text)), "hexadecimal of zstd": []byte(hex.EncodeToString(packed)), "wide characters": wide,
	} {
		f := newFinder(t)
		f.ids[id], f.phones[phone] = true, true
		f.look(name, data, depth)
		if len(f.found) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	f := newFinder(t)
	f.ids[id], f.phones[phone] = true, true
	f.look("others", []byte("11010519491231003X 13812345679 0"+phone+"1 1101**********002X"), depth)
	if len(f.found) > 0 {
		t.Errorf("found what is not there: %v", f.found)
	}
}

// What is planted into the databases of a zone is found in table and file.
func TestFinderFindsWhatIsPlantedInAZone(t *testing.T) {
	t.Parallel()
	const phone = "13812345678"
	z := zonetest.Open(t, nil)
	if err := z.Audit.Record(t.Context(), audit.Entry{Actor: "clerk", Act: "parcel.read", Object: "phone:" + phone, Outcome: audit.Done}); err != nil {
		t.Fatal(err)
	}
	err := z.Store.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		packer, err := zstd.NewWriter(nil)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `create table planted (n bigint not null, b bytea not null)`); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into planted values ($1, $2)`, int64(13812345678), packer.EncodeAll([]byte(strings.Repeat("x", 5000)+" "+phone), nil))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newFinder(t)
	f.phones[phone] = true
	f.tables(t, z.Store)
	f.folder(t, filepath.Dir(strings.TrimPrefix(z.Config.Store, "sqlite:")))
	for _, place := range []string{"audit_entries.object", "planted.n", "planted.b (decoded)", "zone.services.db-wal"} {
		if f.found[place] == 0 {
			t.Errorf("not found in %s: %v", place, f.found)
		}
	}
}
