package policy

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Line is one line of a budget, or the whole (预算科目).
type Line struct {
	Year     int
	Line     string // "" is the whole
	Title    pack.Text
	Origin   string    // pack and id, or "office"
	Cap      money.Fen // ceiling
	Bound    money.Fen // granted, paid or not
	Reserved money.Fen // granted, not paid
	Paid     money.Fen
	Returned money.Fen // taken back after payment
}

// Left is what may still be granted.
func (l *Line) Left() money.Fen { return l.Cap - l.Bound }

// BudgetChange is one change of a ceiling.
type BudgetChange struct {
	Number int
	Cap    money.Fen
	At     time.Time
	Actor  string
	Reason string
}

// budgetItem is the kind's own keys of a budget.
type budgetItem struct {
	Year  int    `yaml:"year"`
	Cap   string `yaml:"cap"`
	Lines []struct {
		ID    string    `yaml:"id"`
		Title pack.Text `yaml:"title"`
		Cap   string    `yaml:"cap"`
	} `yaml:"lines"`
}

// lineID is the form of a line's name.
var lineID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// OpenBudgets opens the budgets of the packs in force that are not open yet, for
// this year and the next. What an office changed stays.
func (s *Service) OpenBudgets(ctx context.Context) error {
	for _, i := range s.c.Rules().Items(BudgetKind) {
		var b budgetItem
		if err := i.Decode(&b); err != nil {
			return err
		}
		if this := s.Today().Year(); b.Year < this || b.Year > this+1 {
			continue
		}
		whole, err := money.ParseFen(b.Cap)
		if err != nil {
			return err
		}
		list := []Line{{Year: b.Year, Title: i.Title, Cap: whole}}
		for _, l := range b.Lines {
			most, err := money.ParseFen(l.Cap)
			if err != nil {
				return err
			}
			list = append(list, Line{Year: b.Year, Line: l.ID, Title: l.Title, Cap: most})
		}
		err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, l := range list {
				l.Origin = i.FromPack() + "/" + i.ID
				if err := s.open(ctx, tx, l, "规则包 "+l.Origin+" / the pack"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens a line, with its accounts; one that is there stays as it is.
func (s *Service) open(ctx context.Context, tx *store.Tx, l Line, reason string) error {
	res, err := tx.Exec(ctx, `insert into policy_budgets (year, line, title, title_en, origin, opened) values ($1, $2, $3, $4, $5, $6) on conflict (year, line) do nothing`,
		int64(l.Year), l.Line, l.Title.ZH, l.Title.EN, l.Origin, s.now())
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.openAccounts(ctx, tx, l); err != nil {
		return err
	}
	if err := s.changed(ctx, tx, l, reason); err != nil {
		return err
	}
	return s.write(ctx, tx, "budget.open", "budget:"+itoa(l.Year)+"/"+l.Line, "cap="+l.Cap.String())
}

func (s *Service) openAccounts(ctx context.Context, tx *store.Tx, l Line) error {
	capped := ledger.Between(0, int64(l.Cap))
	if l.Line == "" {
		if err := s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: counterAccount(l.Year), Unit: ledger.CNYFen, Limits: ledger.Unlimited}); err != nil {
			return err
		}
		return s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: wholeAccount(l.Year), Unit: ledger.CNYFen, Limits: capped})
	}
	for _, side := range []string{"reserved", "paid", "returned"} {
		if err := s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: sideAccount(side, l.Year, l.Line), Unit: ledger.CNYFen, Limits: ledger.AtMost(0)}); err != nil {
			return err
		}
	}
	return s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: lineAccount(l.Year, l.Line), Unit: ledger.CNYFen, Limits: capped})
}

func (s *Service) changed(ctx context.Context, tx *store.Tx, l Line, reason string) error {
	who, _ := actor(ctx)
	_, err := tx.Exec(ctx, `insert into policy_budget_changes (year, line, number, cap, at, actor, reason)
		select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 from policy_budget_changes where year = $1 and line = $2`, int64(l.Year), l.Line, int64(l.Cap), s.now(), who, reason)
	return err
}

// SetBudget opens a line of a year's budget (line "" is the whole), or raises or
// lowers its ceiling, never below what is bound.
func (s *Service) SetBudget(ctx context.Context, l Line, reason string) error {
	object := "budget:" + itoa(l.Year) + "/" + l.Line
	if err := s.may(ctx, access.BudgetManage, "budget.set", object); err != nil {
		return err
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	if l.Year < 2015 || l.Year > 2100 || l.Cap < 0 || l.Line != "" && !lineID.MatchString(l.Line) {
		return &Refusal{"budget-line", "年度、科目或金额不正确", "year, line or amount is not in order", "科目用小写字母、数字和连字符", "a line is named by lower-case letters, digits and -"}
	}
	l.Origin = "office"
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		name := lineAccount(l.Year, l.Line)
		if l.Line == "" {
			name = wholeAccount(l.Year)
		}
		err := s.c.Ledger.SetLimits(ctx, tx, name, ledger.Between(0, int64(l.Cap)))
		var limit *ledger.LimitError
		switch {
		case errors.Is(err, ledger.ErrNoAccount):
			if l.Title.ZH == "" {
				l.Title = pack.Text{ZH: l.Line, EN: l.Line}
			}
			return s.open(ctx, tx, l, reason)
		case errors.As(err, &limit):
			bound := money.Fen(limit.WouldBe)
			return &Refusal{"bound", "已核定 " + bound.String() + " 元，不能低于此数", bound.String() + " yuan are bound: it can't go below that", "填写更高的数额", "give a higher amount"}
		case err != nil:
			return err
		}
		if err := s.changed(ctx, tx, l, reason); err != nil {
			return err
		}
		return s.write(ctx, tx, "budget.set", object, "cap="+l.Cap.String())
	})
}

// Budgets are the lines of a year, the whole first; 0 is this year. Who reads
// claims of the zone sees them.
func (s *Service) Budgets(ctx context.Context, year int) ([]Line, error) {
	if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	if year == 0 {
		year = s.Today().Year()
	}
	var out []Line
	err := rows(ctx, outside{s.db}, func(r *sql.Rows) error {
		l := Line{Year: year}
		if err := r.Scan(&l.Line, &l.Title.ZH, &l.Title.EN, &l.Origin); err != nil {
			return err
		}
		out = append(out, l)
		return nil
	}, `select line, title, title_en, origin from policy_budgets where year = $1 order by line`, int64(year))
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := s.stand(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// stand reads how a line stands in the ledger.
func (s *Service) stand(ctx context.Context, l *Line) error {
	name := lineAccount(l.Year, l.Line)
	if l.Line == "" {
		name = wholeAccount(l.Year)
	}
	a, err := s.c.Ledger.Balance(ctx, name)
	if err != nil {
		return err
	}
	l.Cap, l.Bound = money.Fen(a.Limits.Ceiling), money.Fen(a.Balance)
	if l.Line == "" {
		return nil
	}
	for side, to := range map[string]*money.Fen{"reserved": &l.Reserved, "paid": &l.Paid, "returned": &l.Returned} {
		a, err := s.c.Ledger.Balance(ctx, sideAccount(side, l.Year, l.Line))
		if err != nil {
			return err
		}
		*to = -money.Fen(a.Balance)
	}
	return nil
}

// Statement is the lines of a budget line's account after a number: each is a
// claim by its memo.
func (s *Service) Statement(ctx context.Context, year int, line string, after int64, most int) ([]ledger.Line, error) {
	if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	name := lineAccount(year, line)
	if line == "" {
		name = wholeAccount(year)
	}
	return s.c.Ledger.Statement(ctx, name, after, most)
}

// BudgetChanges are the changes of a line's ceiling.
func (s *Service) BudgetChanges(ctx context.Context, year int, line string) (out []BudgetChange, err error) {
	if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	err = rows(ctx, outside{s.db}, func(r *sql.Rows) error {
		var c BudgetChange
		var number, most, at int64
		if err := r.Scan(&number, &most, &at, &c.Actor, &c.Reason); err != nil {
			return err
		}
		c.Number, c.Cap, c.At = int(number), money.Fen(most), clock.FromMicros(at)
		out = append(out, c)
		return nil
	}, `select number, cap, at, actor, reason from policy_budget_changes where year = $1 and line = $2 order by number`, int64(year), line)
	return out, err
}
