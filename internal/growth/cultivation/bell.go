package cultivation

import (
	"context"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// NoticeKind is the kind of the notices of all rooms at the bell.
const NoticeKind = "cultivation"

// News is what the bell says of a record (站内通知): its page, what happened in one
// word, and the words for people. It holds no personal data.
type News struct {
	Link, Act string
	Words     pack.Text
}

// Tell puts news to the bell of a party, in the act's transaction.
func (d *Desk) Tell(ctx context.Context, tx *store.Tx, party string, n News) error {
	if party != "" && !strings.Contains(party, ":") {
		party = "code:" + party // an enterprise; organisations and persons name their kind
	}
	return d.ring(ctx, tx, n, party)
}

// TellOffices puts news to the bell of all who have one of some roles.
func (d *Desk) TellOffices(ctx context.Context, tx *store.Tx, n News, roles ...access.Role) error {
	to := make([]string, len(roles))
	for i, r := range roles {
		to[i] = notify.ForRole(r)
	}
	return d.ring(ctx, tx, n, to...)
}

func (d *Desk) ring(ctx context.Context, tx *store.Tx, n News, to ...string) error {
	if d.Bell == nil {
		return nil
	}
	list := make([]notify.Notice, len(to))
	for i, r := range to {
		list[i] = notify.Notice{Recipient: r, Type: NoticeKind, Fold: NoticeKind + " " + n.Act + " " + n.Link, Words: notify.Words{ZH: n.Words.ZH, EN: n.Words.EN}, Link: n.Link}
	}
	return d.Bell(ctx, tx, list...)
}
