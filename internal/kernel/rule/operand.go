package rule

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// operand is a part of an expression that has a value: a constant, a fact, or a
// program of CEL.
type operand struct {
	text  string // as it stands in the expression
	typ   Type
	konst *Value
	fact  string
	prog  cel.Program
	uses  []string
	vars  map[string]Var
}

// builder makes operands and nodes of one checked expression.
type builder struct {
	env    *Env
	tree   *ast.AST
	groups int
}

func (b *builder) operand(e ast.Expr) (*operand, error) {
	x := &operand{typ: ofCEL(b.tree.GetType(e.ID())), vars: b.env.vars}
	if e.Kind() == ast.IdentKind {
		x.fact, x.text, x.uses = e.AsIdent(), e.AsIdent(), []string{e.AsIdent()}
		return x, nil
	}
	var err error
	if x.text, err = parser.Unparse(e, b.tree.SourceInfo()); err != nil {
		return nil, err
	}
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			x.uses = append(x.uses, e.AsIdent())
		}
	}))
	slices.Sort(x.uses)
	x.uses = slices.Compact(x.uses)
	part := ast.NewCheckedAST(ast.NewAST(e, b.tree.SourceInfo()), b.tree.TypeMap(), b.tree.ReferenceMap())
	x.prog, err = b.env.cel.PlanProgram(part, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(maxCost))
	if err != nil {
		return nil, err
	}
	if len(x.uses) == 0 {
		v, _, err := x.value(func(string) (Value, bool) { return Value{}, false })
		if err != nil {
			return nil, err
		}
		x.konst = &v
	}
	return x, nil
}

// ask gives the value of a fact after its type is looked at.
func (x *operand) ask(f Facts, name string) (Value, bool, error) {
	v, known := f(name)
	if !known {
		return Value{}, false, nil
	}
	if v.t != x.vars[name].Type {
		return Value{}, false, fmt.Errorf("%s: %w", name, errType)
	}
	return v, true, nil
}

// value evaluates the operand. missing names the facts that it needs and nobody
// knows; then there is no value.
func (x *operand) value(f Facts) (v Value, missing []string, err error) {
	switch {
	case x.konst != nil:
		return *x.konst, nil, nil
	case x.fact != "":
		v, known, err := x.ask(f, x.fact)
		if err == nil && !known {
			missing = []string{x.fact}
		}
		return v, missing, err
	}
	have := make(map[string]any, len(x.uses))
	var unknown []*cel.AttributePatternType
	for _, name := range x.uses {
		v, known, err := x.ask(f, name)
		switch {
		case err != nil:
			return Value{}, nil, err
		case known:
			have[name] = v.cel()
		default:
			unknown = append(unknown, cel.AttributePattern(name))
		}
	}
	scope, err := cel.PartialVars(have, unknown...)
	if err != nil {
		return Value{}, nil, err
	}
	out, _, err := x.prog.Eval(scope)
	if err != nil {
		return Value{}, nil, fmt.Errorf("%s: %w", x.text, err)
	}
	if u, is := out.(*types.Unknown); is {
		return Value{}, x.missing(u), nil
	}
	v, ok := fromCEL(out)
	if !ok {
		return Value{}, nil, fmt.Errorf("%s: a result of type %s (结果类型不符)", x.text, out.Type())
	}
	return v, nil, nil
}

// missing are the names of unknown facts. A result that cannot be told though
// all facts are known (a share of nothing) names all of them.
func (x *operand) missing(u *types.Unknown) []string {
	var names []string
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			if name := t.Variable(); name != "" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return slices.Clone(x.uses)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
