package notify

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// everybody stands for the enterprises of the whole zone among an endpoint's codes.
const everybody = "*"

// Everybody is what an endpoint names as its code to get the events of the
// whole zone: for those alone whose permission reaches over it.
const Everybody = everybody

// Endpoint is where events are sent (推送地址).
type Endpoint struct {
	ID         string
	Owner      string // organisation, or the program that made it
	URL        string
	Note       string
	Types      []string // none: all
	Codes      []string // enterprises whose events it gets; Everybody
	Active     bool
	Reason     string // why it is not active
	Made       time.Time
	MadeBy     string
	Changed    time.Time
	Revision   uint64
	Failures   int       // in a row
	OlderUntil time.Time // until when the secret before is used beside the newest
}

// Fault is one thing that is wrong with an endpoint.
type Fault struct {
	Field        string
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text.
func (f *Fault) Error() string { return f.Field + ": " + f.EN }

// Bounds of endpoints.
const (
	mostEndpoints = 20
	mostURL       = 500
)

// Check tells whether events may go to an address, by what can be seen of it
// without asking for its name; the rest is looked at when it is dialled.
func (s *Service) Check(address string) error {
	bad := func(zh, en, fixZH, fixEN string) error { return &Fault{"url", zh, en, fixZH, fixEN} }
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(address) > mostURL:
		return bad("地址无效", "the address is not one", "填写完整地址，例如 https://hooks.example.cn/pilotzone", "give a whole address, such as https://hooks.example.cn/pilotzone")
	case u.Scheme != "https" && (u.Scheme != "http" || !s.c.AllowHTTP):
		return bad("地址须以 https:// 开头", "the address must begin with https://", "为接收端配置 TLS 证书", "give the receiver a TLS certificate")
	case u.User != nil || u.Fragment != "":
		return bad("地址中不得包含用户名、密码或 #", "the address must hold no user name, password or #", "删除这些部分；推送以签名验证", "leave them out: deliveries are verified by their signature")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !s.allowed(ip) {
		return bad("不向内部网络地址推送", "nothing is sent to addresses of internal networks", "填写公网地址", "give a public address")
	}
	return nil
}

func checkTypes(types []string) error {
	known := Types()
	for _, t := range types {
		if !slices.ContainsFunc(known, func(k Type) bool { return k.Name == t }) {
			return &Fault{"types", "没有该事件类型：" + t, "there is no event " + t, "从列表中选择", "choose from the list"}
		}
	}
	return nil
}

// Add makes an endpoint and returns it with its secret, which is not shown
// again. by is who does it.
func (s *Service) Add(ctx context.Context, by audit.Entry, e Endpoint) (*Endpoint, string, error) {
	if err := errors.Join(s.Check(e.URL), checkTypes(e.Types)); err != nil {
		return nil, "", err
	}
	if len(e.Codes) == 0 {
		return nil, "", &Fault{"codes", "未指明企业", "no enterprise is named", "选择要接收其事件的企业", "choose the enterprises whose events it gets"}
	}
	var err error
	if e.ID, err = s.id("ep_"); err != nil {
		return nil, "", err
	}
	secret, sealed, err := s.secret(e.ID)
	if err != nil {
		return nil, "", err
	}
	now := s.c.Clock.Now()
	e.Active, e.Made, e.MadeBy, e.Changed, e.Revision = true, now, by.Actor, now, 1
	by.Act, by.Object, by.Outcome, by.Detail = "webhook.add", "webhook:"+e.ID, audit.Done, "host="+host(e.URL)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from notify_endpoints where owner = $1`, e.Owner).Scan(&n); err != nil {
			return store.Wrap("count endpoints", err)
		}
		if n >= mostEndpoints {
			return ErrTooMany
		}
		if _, err := tx.Exec(ctx, `insert into notify_endpoints (id, owner, url, note, types, secret, older, older_until, active, reason, made, made_by, changed, revision, failures, rest_until)
			values ($1, $2, $3, $4, $5, $6, $7, 0, true, '', $8, $9, $8, 1, 0, 0)`,
			e.ID, e.Owner, e.URL, e.Note, strings.Join(e.Types, " "), sealed, []byte{}, clock.Micros(now), e.MadeBy); err != nil {
			return err
		}
		if err := writeCodes(ctx, tx, e.ID, e.Codes); err != nil {
			return err
		}
		tx.AfterCommit(s.changed)
		return s.audit(ctx, tx, by)
	})
	if err != nil {
		return nil, "", err
	}
	return &e, secret, nil
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func writeCodes(ctx context.Context, tx *store.Tx, id string, codes []string) error {
	if _, err := tx.Exec(ctx, `delete from notify_endpoint_codes where endpoint = $1`, id); err != nil {
		return err
	}
	for _, c := range slices.Compact(slices.Sorted(slices.Values(codes))) {
		if _, err := tx.Exec(ctx, `insert into notify_endpoint_codes (endpoint, code) values ($1, $2)`, id, c); err != nil {
			return err
		}
	}
	return nil
}

// secretBytes is the length of a secret: the convention says 24 to 64.
const secretBytes = 32

// secret draws a secret: as it is shown, and sealed.
func (s *Service) secret(id string) (shown string, sealed []byte, err error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.c.Random, b); err != nil {
		return "", nil, err
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(b), s.c.Keys.Seal(nil, b, secretOf(id)), nil
}

func secretOf(id string) []byte { return []byte("notify_endpoints secret " + id) }

// change changes an endpoint of an owner in one transaction. revision is that
// which the caller saw; 0 does not look.
func (s *Service) change(ctx context.Context, by audit.Entry, id string, revision uint64, act string, f func(ctx context.Context, tx *store.Tx) error) error {
	by.Act, by.Object, by.Outcome = "webhook."+act, "webhook:"+id, audit.Done
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var now int64
		err := tx.QueryRow(ctx, `select revision from notify_endpoints where id = $1`, id).Scan(&now)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return store.Wrap("read endpoint", err)
		case revision != 0 && revision != uint64(now):
			return ErrChanged
		}
		if _, err := tx.Exec(ctx, `update notify_endpoints set revision = revision + 1, changed = $1 where id = $2`, s.now(), id); err != nil {
			return err
		}
		if err := f(ctx, tx); err != nil {
			return err
		}
		tx.AfterCommit(s.changed)
		return s.audit(ctx, tx, by)
	})
}

// Change sets address, note, kinds, enterprises and whether it is active. An
// endpoint that is made active again begins without its failures.
func (s *Service) Change(ctx context.Context, by audit.Entry, e Endpoint) error {
	if err := errors.Join(s.Check(e.URL), checkTypes(e.Types)); err != nil {
		return err
	}
	reason := ""
	if !e.Active {
		reason = "switched off"
	}
	return s.change(ctx, by, e.ID, e.Revision, "change", func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update notify_endpoints set url = $1, note = $2, types = $3, active = $4, reason = $5, failures = 0, rest_until = 0 where id = $6`,
			e.URL, e.Note, strings.Join(e.Types, " "), e.Active, reason, e.ID); err != nil {
			return err
		}
		return writeCodes(ctx, tx, e.ID, e.Codes)
	})
}

// Rotate gives an endpoint a new secret, which is returned once. For the time of
// the overlap deliveries are signed with both.
func (s *Service) Rotate(ctx context.Context, by audit.Entry, id string, overlap time.Duration) (string, error) {
	secret, sealed, err := s.secret(id)
	if err != nil {
		return "", err
	}
	until := clock.Micros(s.c.Clock.Now().Add(overlap))
	return secret, s.change(ctx, by, id, 0, "rotate", func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update notify_endpoints set older = secret, older_until = $1, secret = $2 where id = $3`, until, sealed, id)
		return err
	})
}

// Remove takes an endpoint away with all of its deliveries.
func (s *Service) Remove(ctx context.Context, by audit.Entry, id string) error {
	return s.change(ctx, by, id, 0, "remove", func(ctx context.Context, tx *store.Tx) error {
		for _, q := range []string{`delete from notify_attempts where delivery in (select id from notify_deliveries where endpoint = $1)`,
			`delete from notify_deliveries where endpoint = $1`, `delete from notify_endpoint_codes where endpoint = $1`, `delete from notify_endpoints where id = $1`} {
			if _, err := tx.Exec(ctx, q, id); err != nil {
				return err
			}
		}
		return nil
	})
}

const endpointColumns = `id, owner, url, note, types, active, reason, made, made_by, changed, revision, failures, older_until`

// Endpoints lists those of an owner, of all owners if it is "".
func (s *Service) Endpoints(ctx context.Context, owner string) ([]Endpoint, error) {
	return s.endpoints(ctx, `where owner = $1 or $1 = '' order by made desc, id`, owner)
}

// Endpoint reads one.
func (s *Service) Endpoint(ctx context.Context, id string) (*Endpoint, error) {
	list, err := s.endpoints(ctx, `where id = $1`, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func (s *Service) endpoints(ctx context.Context, where, arg string) ([]Endpoint, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select `+endpointColumns+` from notify_endpoints `+where, arg)
	if err != nil {
		return nil, store.Wrap("read endpoints", err)
	}
	defer rows.Close()
	var out []Endpoint
	for rows.Next() {
		var e Endpoint
		var types string
		var made, changed, older int64
		if err := rows.Scan(&e.ID, &e.Owner, &e.URL, &e.Note, &types, &e.Active, &e.Reason, &made, &e.MadeBy, &changed, &e.Revision, &e.Failures, &older); err != nil {
			return nil, store.Wrap("read endpoints", err)
		}
		e.Types, e.Made, e.Changed = strings.Fields(types), clock.FromMicros(made), clock.FromMicros(changed)
		if older > 0 {
			e.OlderUntil = clock.FromMicros(older)
		}
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Wrap("read endpoints", err)
	}
	rows.Close()
	for i := range out {
		if out[i].Codes, err = s.codes(ctx, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) codes(ctx context.Context, id string) ([]string, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select code from notify_endpoint_codes where endpoint = $1 order by code`, id)
	if err != nil {
		return nil, store.Wrap("read endpoints", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, store.Wrap("read endpoints", err)
		}
		out = append(out, c)
	}
	return out, store.Wrap("read endpoints", rows.Err())
}

// Test sends a delivery to try an endpoint and returns its number.
func (s *Service) Test(ctx context.Context, by audit.Entry, id string) (number uint64, err error) {
	event, err := s.id("evt_test_")
	if err != nil {
		return 0, err
	}
	e := Event{ID: event, Type: WebhookTest, At: s.c.Clock.Now(), Data: map[string]string{"message": "这是一条测试推送 / This is a delivery to try your endpoint", "endpoint": id}}
	by.Act, by.Object, by.Outcome = "webhook.test", "webhook:"+id, audit.Done
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.queue(ctx, tx, []delivery{{&e, id, ""}}); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select id from notify_deliveries where endpoint = $1 and event = $2`, id, event).Scan(&number); err != nil {
			return store.Wrap("read delivery", err)
		}
		return s.audit(ctx, tx, by)
	})
	if errors.Is(err, store.ErrConstraint) {
		err = fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return number, err
}
