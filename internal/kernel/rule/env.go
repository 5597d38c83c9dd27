package rule

import (
	"errors"

	"pilotzone/internal/kernel/money"
)

// Env is a set of facts that expressions are compiled against.
type Env struct{ vars map[string]Var }

// New makes an environment of the facts.
func New(vars []Var) (*Env, error) {
	e := &Env{vars: map[string]Var{}}
	for _, v := range vars {
		e.vars[v.Name] = v
	}
	return e, nil
}

// Var is a fact of the environment by name.
func (e *Env) Var(name string) (Var, bool) { v, ok := e.vars[name]; return v, ok }

// Condition is a compiled expression of type bool.
type Condition struct{ uses []string }

// Amount is a compiled expression of type money.
type Amount struct{ uses []string }

// Number is a compiled expression of type int.
type Number struct{ uses []string }

var errComing = errors.New("expressions are not compiled yet")

// Condition compiles a condition.
func (e *Env) Condition(src string) (*Condition, error) { return nil, errComing }

// Amount compiles an amount.
func (e *Env) Amount(src string) (*Amount, error) { return nil, errComing }

// Number compiles a whole number.
func (e *Env) Number(src string) (*Number, error) { return nil, errComing }

// Answer tells whether the condition holds.
func (c *Condition) Answer(f Facts) (Answer, error) { return Answer{}, errComing }

// Uses are the facts named, sorted.
func (c *Condition) Uses() []string { return c.uses }

// Unreachable tells whether the condition contradicts itself.
func (c *Condition) Unreachable() bool { return false }

// Of is the amount; where facts are not known that it needs, their names.
func (a *Amount) Of(f Facts) (money.Fen, []string, error) { return 0, nil, errComing }

// Uses are the facts named, sorted.
func (a *Amount) Uses() []string { return a.uses }

// Of is the number; where facts are not known that it needs, their names.
func (n *Number) Of(f Facts) (int64, []string, error) { return 0, nil, errComing }

// Uses are the facts named, sorted.
func (n *Number) Uses() []string { return n.uses }

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}
