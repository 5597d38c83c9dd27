package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"

	"pilotzone/internal/kernel/money"
)

// Env is a set of facts that expressions are compiled against. It does not
// change.
type Env struct {
	vars map[string]Var
	cel  *cel.Env
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,79}$`)

// reserved are names that the language keeps.
var reserved = map[string]bool{}

func init() {
	for _, w := range strings.Fields("true false null in as break const continue else for function if import let loop package namespace return var void while yuan day year months percent permille min max money bool int uint double string bytes list map type null_type dyn") {
		reserved[w] = true
	}
}

// New makes an environment of the facts. A name that is no name, is reserved or
// stands twice, and a type that is none, are errors.
func New(vars []Var) (*Env, error) {
	e := &Env{vars: make(map[string]Var, len(vars))}
	opts := options()
	for _, v := range vars {
		switch {
		case !nameForm.MatchString(v.Name) || reserved[v.Name]:
			return nil, fmt.Errorf("%q cannot be the name of a fact: lower-case letters, digits and _, no word of the language (指标名不合规)", v.Name)
		case v.Type < TypeBool || v.Type > TypeText:
			return nil, fmt.Errorf("the fact %s has no type (指标 %s 没有类型)", v.Name, v.Name)
		case v.Calibre != "" && v.Type != TypeMoney && v.Type != TypeInt:
			return nil, fmt.Errorf("the fact %s is no number and has no calibre (指标 %s 不是数值，没有口径)", v.Name, v.Name)
		}
		if _, twice := e.vars[v.Name]; twice {
			return nil, fmt.Errorf("the fact %s stands twice (指标 %s 重复)", v.Name, v.Name)
		}
		e.vars[v.Name] = v
		opts = append(opts, cel.Variable(v.Name, celType(v.Type)))
	}
	var err error
	if e.cel, err = cel.NewCustomEnv(opts...); err != nil {
		return nil, fmt.Errorf("language of rules: %w", err)
	}
	return e, nil
}

// Var is a fact of the environment by name.
func (e *Env) Var(name string) (Var, bool) { v, ok := e.vars[name]; return v, ok }

// Vars are all facts of the environment, by name.
func (e *Env) Vars() []Var {
	vars := make([]Var, 0, len(e.vars))
	for _, v := range e.vars {
		vars = append(vars, v)
	}
	slices.SortFunc(vars, func(a, b Var) int { return strings.Compare(a.Name, b.Name) })
	return vars
}

// compile parses, checks and walks an expression; want 0 takes every type. The
// error is Errors.
func (e *Env) compile(src string, want Type) (*ast.AST, []string, error) {
	if strings.TrimSpace(src) == "" {
		return nil, nil, Errors{{Source: src, Line: 1, Column: 1, ZH: "表达式为空", EN: "the expression is empty"}}
	}
	checked, issues := e.cel.Compile(src)
	if issues.Err() != nil {
		return nil, nil, translate(src, issues)
	}
	tree := checked.NativeRep()
	s := shape{vars: e.vars, src: src, info: tree.SourceInfo(), types: tree}
	s.walk(tree.Expr())
	if got := ofCEL(checked.OutputType()); want != 0 && got != want && len(s.faults) == 0 {
		s.fault(tree.Expr(), fmt.Sprintf("结果应为 %s，却是 %s", want, checked.OutputType()),
			fmt.Sprintf("the result must be of type %s, but is %s", want, checked.OutputType()))
	}
	if len(s.faults) > 0 {
		return nil, nil, s.faults
	}
	return tree, s.uses, nil
}

var (
	undeclared = regexp.MustCompile(`undeclared reference to '([^']*)'`)
	noOverload = regexp.MustCompile(`found no matching overload for '([^']*)' applied to '([^']*)'`)
	tooLong    = regexp.MustCompile(`expression code point size exceeds limit`)
)

// translate says CEL's faults in the words of the house.
func translate(src string, issues *cel.Issues) Errors {
	var es Errors
	for _, i := range issues.Errors() {
		e := &Error{Source: src, Line: max(i.Location.Line(), 1), Column: max(i.Location.Column(), 0) + 1}
		switch m, n := undeclared.FindStringSubmatch(i.Message), noOverload.FindStringSubmatch(i.Message); {
		case m != nil:
			e.ZH = "没有名为 " + m[1] + " 的指标或函数；请在 facts 中查对名称"
			e.EN = "there is no fact or function " + m[1] + "; see the facts of the packs"
		case n != nil:
			e.ZH = strings.Trim(n[1], "_") + " 不能用于 " + n[2] + "；金额写作 yuan(\"12.34\")，不与整数相混"
			e.EN = strings.Trim(n[1], "_") + " does not take " + n[2] + `; an amount is written yuan("12.34") and never mixes with whole numbers`
		case tooLong.MatchString(i.Message):
			e.ZH = fmt.Sprintf("表达式超过 %d 个字符，请拆开", maxLength)
			e.EN = fmt.Sprintf("the expression is longer than %d characters; split it", maxLength)
		default:
			line, _, _ := strings.Cut(i.Message, "\n")
			e.ZH, e.EN = "写法不对："+line, "it cannot be read: "+line
		}
		es = append(es, e)
	}
	return es
}

// Check compiles an expression of any type and returns its type and the facts
// that it names, sorted.
func (e *Env) Check(src string) (Type, []string, error) {
	tree, uses, err := e.compile(src, 0)
	if err != nil {
		return 0, nil, err
	}
	return ofCEL(tree.GetType(tree.Expr().ID())), uses, nil
}

// Condition compiles a condition: an expression of type bool.
func (e *Env) Condition(src string) (*Condition, error) {
	tree, uses, err := e.compile(src, TypeBool)
	if err != nil {
		return nil, err
	}
	b := builder{env: e, tree: tree}
	root, err := b.node(tree.Expr(), false, 0)
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", src, err)
	}
	return &Condition{src: src, root: root, uses: uses}, nil
}

// Amount compiles an amount: an expression of type money.
func (e *Env) Amount(src string) (*Amount, error) {
	x, err := e.expr(src, TypeMoney)
	if err != nil {
		return nil, err
	}
	return &Amount{x}, nil
}

// Number compiles a whole number: an expression of type int.
func (e *Env) Number(src string) (*Number, error) {
	x, err := e.expr(src, TypeInt)
	if err != nil {
		return nil, err
	}
	return &Number{x}, nil
}

func (e *Env) expr(src string, t Type) (*operand, error) {
	tree, _, err := e.compile(src, t)
	if err != nil {
		return nil, err
	}
	b := builder{env: e, tree: tree}
	x, err := b.operand(tree.Expr())
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", src, err)
	}
	x.text = src
	return x, nil
}

// Amount is a compiled expression of type money (金额公式).
type Amount struct{ x *operand }

// Of is the amount. Where it needs facts that are not known, the amount is 0 and
// their names are returned. The error is a result that does not fit, or a fact
// of another type than declared.
func (a *Amount) Of(f Facts) (money.Fen, []string, error) {
	v, missing, err := a.x.value(f)
	return v.Fen(), missing, err
}

// Uses are the facts named, sorted.
func (a *Amount) Uses() []string { return slices.Clone(a.x.uses) }

// Source is the expression as it was written.
func (a *Amount) Source() string { return a.x.text }

// Number is a compiled expression of type int (整数公式).
type Number struct{ x *operand }

// Of is the number; otherwise as [Amount.Of].
func (n *Number) Of(f Facts) (int64, []string, error) {
	v, missing, err := n.x.value(f)
	return v.Int(), missing, err
}

// Uses are the facts named, sorted.
func (n *Number) Uses() []string { return slices.Clone(n.x.uses) }

// Source is the expression as it was written.
func (n *Number) Source() string { return n.x.text }

// errType: a fact was given a value of another type than declared.
var errType = errors.New("the value of the fact is not of its declared type (指标的值与声明的类型不符)")
