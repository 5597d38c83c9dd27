package notify

import (
	"context"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Bell is what an event puts to the bell of its parties.
type Bell struct {
	Words
	Link string // page of the thing, such as /parcels/12
	Fold string // what comes while one with the same is unread counts with it; "": stands alone
}

// Notice is one line at the bell (站内通知).
type Notice struct {
	ID        uint64
	Recipient string // person:ID, org:ID or code:ENTERPRISE
	Fold      string
	Type      string
	Words
	Link  string
	Count int // how many stand behind it
	At    time.Time
	Read  bool
}

// Recipients are those whose notices a caller reads: its own, those of its
// organisation, and those of the enterprises that it acts for.
func Recipients(p *access.Principal) []string {
	if p == nil {
		return nil
	}
	out := []string{"person:" + p.ID}
	if owner := Owner(p); owner != "" {
		out = append(out, "org:"+owner)
	}
	for _, c := range p.Parties() {
		out = append(out, "code:"+c)
	}
	for _, r := range p.Roles {
		out = append(out, ForRole(r))
	}
	return out
}

// ForRole is the recipient of what a whole role hears, such as that a matter of
// its department is late.
func ForRole(r access.Role) string { return "role:" + string(r) }

// Owner is whose a caller's endpoints are: its organisation's, or its own where
// it belongs to none.
func Owner(p *access.Principal) string {
	if p == nil || p.Org != "" {
		return orgOf(p)
	}
	return p.ID
}

func orgOf(p *access.Principal) string {
	if p == nil {
		return ""
	}
	return p.Org
}

// ring puts events to the bell of their parties.
func (s *Service) ring(ctx context.Context, tx *store.Tx, events []Event) error {
	var list []Notice
	at := map[[2]string]int{}
	for i := range events {
		e := &events[i]
		if e.Bell == nil {
			continue
		}
		fold := e.Bell.Fold
		if fold == "" {
			fold = e.ID
		}
		for _, to := range e.recipients() {
			k := [2]string{to, fold}
			n, ok := at[k]
			if !ok {
				n = len(list)
				at[k] = n
				list = append(list, Notice{Recipient: k[0], Fold: fold, Type: e.Type})
			}
			list[n].Words, list[n].Link = e.Bell.Words, e.Bell.Link
			list[n].Count++
		}
	}
	return s.put(ctx, tx, list)
}

// recipients are those at whose bell an event stands.
func (e *Event) recipients() []string {
	var out []string
	for _, code := range e.Parties {
		if code != "" {
			out = append(out, "code:"+code)
		}
	}
	return out
}

// Tell puts notices to the bell of persons or organisations, in the transaction
// of what they tell. A notice without a fold stands alone, once for its link.
func (s *Service) Tell(ctx context.Context, tx *store.Tx, list ...Notice) error {
	for i := range list {
		list[i].Count = max(list[i].Count, 1)
		if list[i].Fold == "" {
			list[i].Fold = list[i].Type + " " + list[i].Link
		}
	}
	return s.put(ctx, tx, list)
}

// put writes notices. One that is folded into another takes a new number, so
// that it is unread again, and stands first.
func (s *Service) put(ctx context.Context, tx *store.Tx, list []Notice) error {
	if len(list) == 0 {
		return nil
	}
	id, err := numbers(ctx, tx, "notices", len(list))
	if err != nil {
		return err
	}
	now := s.now()
	for i, n := range list {
		if _, err := tx.Exec(ctx, `insert into notify_notices (id, recipient, fold, type, zh, en, link, count, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (recipient, fold) do update set id = excluded.id, zh = excluded.zh, en = excluded.en, link = excluded.link,
				count = notify_notices.count + excluded.count, at = excluded.at`,
			id+int64(i), n.Recipient, n.Fold, n.Type, n.ZH, n.EN, n.Link, int64(n.Count), now); err != nil {
			return err
		}
	}
	return nil
}

// places writes $from, $from+1 …
func places(from, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(out, ", ")
}

// Notices lists what stands at a person's bell, newest first, before a number
// (0: from the newest).
func (s *Service) Notices(ctx context.Context, person string, to []string, before uint64, limit int) ([]Notice, error) {
	if len(to) == 0 {
		return nil, nil
	}
	top := int64(before)
	if top == 0 {
		top = 1<<63 - 1
	}
	args := []any{person, top, min(max(limit, 1), 200)}
	for _, r := range to {
		args = append(args, r)
	}
	rows, err := s.db.Read().QueryContext(ctx, `select n.id, n.recipient, n.fold, n.type, n.zh, n.en, n.link, n.count, n.at,
			(n.id <= coalesce((select upto from notify_read r where r.person = $1), 0) or exists (select 1 from notify_seen s where s.person = $1 and s.notice = n.id))
		from notify_notices n where n.id < $2 and n.recipient in (`+places(4, len(to))+`) order by n.id desc limit $3`, args...)
	if err != nil {
		return nil, store.Wrap("read notices", err)
	}
	defer rows.Close()
	var out []Notice
	for rows.Next() {
		var n Notice
		var at int64
		if err := rows.Scan(&n.ID, &n.Recipient, &n.Fold, &n.Type, &n.ZH, &n.EN, &n.Link, &n.Count, &at, &n.Read); err != nil {
			return nil, store.Wrap("read notices", err)
		}
		n.At = clock.FromMicros(at)
		out = append(out, n)
	}
	return out, store.Wrap("read notices", rows.Err())
}

// MostUnread is where counting ends: more is shown as 99+.
const MostUnread = 100

// Unread counts what a person has not read, up to MostUnread.
func (s *Service) Unread(ctx context.Context, person string, to []string) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	args := []any{person, MostUnread}
	for _, r := range to {
		args = append(args, r)
	}
	var n int
	err := s.db.Read().QueryRowContext(ctx, `select count(*) from (select 1 from notify_notices n
		where n.recipient in (`+places(3, len(to))+`) and n.id > coalesce((select upto from notify_read r where r.person = $1), 0)
			and not exists (select 1 from notify_seen s where s.person = $1 and s.notice = n.id) limit $2) as unread`, args...).Scan(&n)
	return n, store.Wrap("count notices", err)
}

// Read marks one notice, of those that a person reads, as read.
func (s *Service) Read(ctx context.Context, person string, to []string, id uint64) error {
	list, err := s.Notices(ctx, person, to, id+1, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].ID != id {
		return ErrNotFound
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into notify_seen (person, notice) values ($1, $2) on conflict do nothing`, person, int64(id))
		return err
	})
}

// ReadAll marks all notices up to a number as read: those that come meanwhile
// stay unread.
func (s *Service) ReadAll(ctx context.Context, person string, upto uint64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into notify_read (person, upto) values ($1, $2) on conflict (person) do update set upto = excluded.upto
			where excluded.upto > notify_read.upto`, person, int64(upto)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from notify_seen where person = $1 and notice <= $2`, person, int64(upto))
		return err
	})
}
