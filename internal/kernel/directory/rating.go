package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Rating is what a client says of an entry for a year (评价).
type Rating struct {
	Rater     string // customs code of the client
	Year      int    // of the trade
	Stars     int64  // 1 to 5
	Words     string
	Answer    string // of the owner
	Hidden    bool   // by an office
	WhyHidden string
	At        time.Time
	Mine      bool // the caller's own
}

// maxWords bounds what is written with a rating, in bytes.
const maxWords = 3000

// score orders by ratings: the mean in hundredths, drawn to three stars by five
// ratings of three, so that one rating does not lead the list.
func score(stars, n int64) int64 {
	if n == 0 {
		return 0
	}
	return (stars + 15) * 100 / (n + 5)
}

// Rate writes the caller's rating of an entry for a year, or its change. Only an
// enterprise that the owner really served in that year may rate.
func (s *Service) Rate(ctx context.Context, directory, id string, year int, stars int64, words string) error {
	p := access.Of(ctx)
	d, e, err := s.get(ctx, directory, id)
	if err != nil {
		return err
	}
	rater := OwnerOf(p)
	if !d.Rated || p.Scope(access.ListingEdit) != access.Own || len(rater) != 10 {
		return s.denied(ctx, "rate", e)
	}
	words = strings.TrimSpace(words)
	switch now := s.Today().Year(); {
	case stars < 1 || stars > 5:
		return Problems{{Code: "choice", Field: "stars", ZH: "评分应为1至5星", EN: "a rating is 1 to 5 stars", FixZH: "选择1至5", FixEN: "choose 1 to 5"}}
	case len(words) > maxWords:
		return Problems{{Code: "long", Field: "words", ZH: "评价超过1000字", EN: "the words are longer than 1,000 characters", FixZH: "删减", FixEN: "make it shorter"}}
	case year > now || year < now-1:
		return Problems{{Code: "year", Field: "year", ZH: "只能评价本年或上年的服务", EN: "a rating is of this year or the last", FixZH: "选择本年或上年", FixEN: "choose this year or the last"}}
	}
	client, err := s.client(ctx, e.Owner, rater, year)
	if err != nil {
		return err
	}
	if !client || mine(p, e.Owner) {
		if err := s.denied(ctx, "rate", e); err != ErrDenied {
			return err
		}
		return Problems{{Code: "no-client", ZH: fmt.Sprintf("本企业%d年没有由该服务商参与且已放行的包裹，不能评价", year), EN: fmt.Sprintf("no parcel of yours was released in %d in which this provider had a part, so it is not yours to rate", year),
			FixZH: "真实交易发生后再评价", FixEN: "rate it once it has served you"}}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.rate(ctx, tx, e, Rating{Rater: rater, Year: year, Stars: stars, Words: words}); err != nil {
			return err
		}
		return s.rated(ctx, tx, e, "rate", fmt.Sprintf("rater=%s year=%d stars=%d", rater, year, stars))
	})
}

func (s *Service) client(ctx context.Context, provider, client string, year int) (bool, error) {
	if s.c.Clients == nil || provider == "" || provider == client {
		return false, nil
	}
	return s.c.Clients.Client(ctx, provider, client, year)
}

// Served counts the enterprises that the entry's owner served in a year, from
// cleared trade.
func (s *Service) Served(ctx context.Context, e *Entry, year int) (int, error) {
	if s.c.Clients == nil || len(e.Owner) != 10 {
		return 0, nil
	}
	return s.c.Clients.Served(ctx, e.Owner, year)
}

func ratingBound(what string, e *Entry, r Rating) []byte {
	return fmt.Appendf(nil, "directory rating %s %d %s %d", what, e.Serial, r.Rater, r.Year)
}

func (s *Service) rate(ctx context.Context, tx *store.Tx, e *Entry, r Rating) error {
	actor, _ := by(access.Of(ctx))
	seal := func(what, text string) []byte { return s.c.Keys.Seal(nil, []byte(text), ratingBound(what, e, r)) }
	res, err := tx.Exec(ctx, `update directory_ratings set stars = $4, words = $5, rated_by = $6, rated_at = $7 where serial = $1 and rater = $2 and year = $3`,
		int64(e.Serial), r.Rater, r.Year, r.Stars, seal("words", r.Words), actor, clock.Micros(s.c.Clock.Now()))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(ctx, `insert into directory_ratings (serial, rater, year, stars, words, answer, hidden, why_hidden, rated_by, rated_at) values ($1, $2, $3, $4, $5, $6, false, $7, $8, $9)`,
		int64(e.Serial), r.Rater, r.Year, r.Stars, seal("words", r.Words), seal("answer", ""), seal("why", ""), actor, clock.Micros(s.c.Clock.Now()))
	return err
}

// rated sums the ratings that are shown, writes the chain and tells the owner.
func (s *Service) rated(ctx context.Context, tx *store.Tx, e *Entry, act, detail string) error {
	if err := tx.QueryRow(ctx, `select cast(coalesce(sum(stars), 0) as bigint), count(*) from directory_ratings where serial = $1 and not hidden`, int64(e.Serial)).Scan(&e.Stars, &e.Ratings); err != nil {
		return store.Wrap("read ratings", err)
	}
	if _, err := tx.Exec(ctx, `update directory_entries set stars = $2, ratings = $3, score = $4 where serial = $1`, int64(e.Serial), e.Stars, e.Ratings, score(e.Stars, e.Ratings)); err != nil {
		return err
	}
	a := entry(access.Of(ctx), act, e)
	a.Detail = detail
	if err := s.c.Audit.Write(ctx, tx, a); err != nil {
		return err
	}
	if act != "rate" {
		return nil
	}
	return s.tell(ctx, tx, e, fmt.Sprintf("ratings %d", e.Serial), "“"+e.Name+"”有新评价", "“"+e.Name+"” was rated")
}

// Ratings returns the ratings of an entry that the caller may see, the newest
// first; hidden ones are for owner, rater and offices.
func (s *Service) Ratings(ctx context.Context, directory, id string, limit int) ([]Rating, error) {
	_, e, err := s.get(ctx, directory, id)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	own := mine(p, e.Owner) || edits(p)
	rows, err := s.db.Read().QueryContext(ctx, `select rater, year, stars, words, answer, hidden, why_hidden, rated_at from directory_ratings where serial = $1 order by rated_at desc, rater limit $2`, int64(e.Serial), min(max(limit, 1), 200))
	if err != nil {
		return nil, store.Wrap("read ratings", err)
	}
	defer rows.Close()
	var out []Rating
	for rows.Next() {
		r, err := s.rating(rows, e)
		if err != nil {
			return nil, err
		}
		r.Mine = mine(p, r.Rater)
		if r.Hidden && !own && !r.Mine {
			continue
		}
		out = append(out, *r)
	}
	return out, store.Wrap("read ratings", rows.Err())
}

func (s *Service) rating(row interface{ Scan(...any) error }, e *Entry) (*Rating, error) {
	var r Rating
	var words, answer, why []byte
	var at int64
	if err := row.Scan(&r.Rater, &r.Year, &r.Stars, &words, &answer, &r.Hidden, &why, &at); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		}
		return nil, store.Wrap("read ratings", err)
	}
	r.At = clock.FromMicros(at)
	for _, part := range []struct {
		what   string
		sealed []byte
		into   *string
	}{{"words", words, &r.Words}, {"answer", answer, &r.Answer}, {"why", why, &r.WhyHidden}} {
		plain, err := s.c.Keys.Open(nil, part.sealed, ratingBound(part.what, e, r))
		if err != nil {
			return nil, err
		}
		*part.into = string(plain)
	}
	return &r, nil
}

// AnswerRating writes the owner's answer to a rating.
func (s *Service) AnswerRating(ctx context.Context, directory, id, rater string, year int, answer string) error {
	_, e, err := s.get(ctx, directory, id)
	if err != nil {
		return err
	}
	if !mine(access.Of(ctx), e.Owner) {
		return s.denied(ctx, "rating.answer", e)
	}
	if answer = strings.TrimSpace(answer); answer == "" || len(answer) > maxWords {
		return Problems{{Code: "required", Field: "answer", ZH: "答复应为1至1000字", EN: "an answer has 1 to 1,000 characters", FixZH: "改写", FixEN: "write it anew"}}
	}
	r := Rating{Rater: rater, Year: year}
	return s.change(ctx, e, r, "rating.answer", `update directory_ratings set answer = $4 where serial = $1 and rater = $2 and year = $3`, s.c.Keys.Seal(nil, []byte(answer), ratingBound("answer", e, r)))
}

// HideRating hides a rating from others, or shows it again, with the reason; it
// no longer counts in the score.
func (s *Service) HideRating(ctx context.Context, directory, id, rater string, year int, hidden bool, reason string) error {
	_, e, err := s.get(ctx, directory, id)
	if err != nil {
		return err
	}
	if !edits(access.Of(ctx)) {
		return s.denied(ctx, "rating.hide", e)
	}
	if reason = strings.TrimSpace(reason); reason == "" || len(reason) > maxWords {
		return Problems{{Code: "required", Field: "reason", ZH: "未填写理由", EN: "a reason is missing", FixZH: "填写理由", FixEN: "say why"}}
	}
	r := Rating{Rater: rater, Year: year}
	return s.change(ctx, e, r, "rating.hide", `update directory_ratings set why_hidden = $4, hidden = $5 where serial = $1 and rater = $2 and year = $3`,
		s.c.Keys.Seal(nil, []byte(reason), ratingBound("why", e, r)), hidden)
}

func (s *Service) change(ctx context.Context, e *Entry, r Rating, act, query string, args ...any) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, query, append([]any{int64(e.Serial), r.Rater, r.Year}, args...)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return s.rated(ctx, tx, e, act, fmt.Sprintf("rater=%s year=%d", r.Rater, r.Year))
	})
}
