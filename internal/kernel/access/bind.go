package access

import (
	"context"
	"slices"
	"strings"

	"pilotzone/internal/kernel/store"
)

// BindFiling gives an organisation the filing that was approved for it, and the
// filing's codes beside those it has, in the transaction of the approval. A code
// that is another organisation's, or another filing of the same one, is ErrTaken.
func (a *Accounts) BindFiling(ctx context.Context, tx *store.Tx, org, filing string, codes []string) error {
	o, err := loadOrg(ctx, tx, org)
	if err != nil {
		return err
	}
	if o.Filing != "" && o.Filing != filing {
		return ErrTaken
	}
	for _, c := range codes {
		var others int
		if err := tx.QueryRow(ctx, `select count(*) from access_codes where code = $1 and org <> $2`, c, org).Scan(&others); err != nil {
			return store.Wrap("read accounts", err)
		}
		if others > 0 {
			return ErrTaken
		}
		if !slices.Contains(o.Codes, c) {
			o.Codes = append(o.Codes, c)
		}
	}
	o.Filing = filing
	if err := o.check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update access_orgs set filing = $1 where id = $2`, filing, org); err != nil {
		return err
	}
	if err := putCodes(ctx, tx, o); err != nil {
		return err
	}
	tx.AfterCommit(a.cache.forget)
	return a.note(ctx, tx, "org.bind", "org:"+org, "filing="+filing+" codes="+strings.Join(o.Codes, ","))
}
