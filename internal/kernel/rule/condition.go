package rule

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// Condition is a compiled expression of type bool (条件).
type Condition struct {
	src  string
	root *node
	uses []string
}

// node is and, or, or a comparison. Negations are pushed into the comparisons,
// so that each term of an answer reads as what is wanted.
type node struct {
	all, any []*node // of an and, of an or
	leaf     *leaf
}

// leaf is one comparison: left op right.
type leaf struct {
	left, right *operand
	op          string
	group       int
}

var opOf = map[string]string{
	operators.Equals: "==", operators.NotEquals: "!=", operators.Less: "<",
	operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
}

var opposite = map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// node makes the tree of e; negated, of its opposite.
func (b *builder) node(e ast.Expr, negated bool, group int) (*node, error) {
	if e.Kind() == ast.CallKind {
		c := e.AsCall()
		switch name := c.FunctionName(); name {
		case operators.LogicalNot:
			return b.node(c.Args()[0], !negated, group)
		case operators.LogicalAnd, operators.LogicalOr:
			return b.junction(c, (name == operators.LogicalAnd) != negated, negated, group)
		default:
			if op := opOf[name]; op != "" {
				return b.comparison(c, op, negated, group)
			}
		}
	}
	left, err := b.operand(e)
	if err != nil {
		return nil, err
	}
	want := Bool(!negated)
	right := &operand{text: want.String(), typ: TypeBool, konst: &want}
	return &node{leaf: &leaf{left, right, "==", group}}, nil
}

func (b *builder) junction(c ast.CallExpr, and, negated bool, group int) (*node, error) {
	if !and && group == 0 {
		b.groups++
		group = b.groups
	}
	n := &node{}
	for _, a := range c.Args() {
		m, err := b.node(a, negated, group)
		if err != nil {
			return nil, err
		}
		if and {
			n.all = append(n.all, m)
		} else {
			n.any = append(n.any, m)
		}
	}
	return n, nil
}

func (b *builder) comparison(c ast.CallExpr, op string, negated bool, group int) (*node, error) {
	left, err := b.operand(c.Args()[0])
	if err != nil {
		return nil, err
	}
	right, err := b.operand(c.Args()[1])
	if err != nil {
		return nil, err
	}
	if negated {
		op = opposite[op]
	}
	if left.fact == "" && (right.fact != "" || left.konst != nil) {
		left, right, op = right, left, mirrored[op]
	}
	return &node{leaf: &leaf{left, right, op, group}}, nil
}

// Answer tells whether the condition holds on the facts, with every comparison
// of it. Unknown facts make terms Unknown, never an error; the error is a
// computed amount that does not fit, or a fact of another type than declared.
func (c *Condition) Answer(f Facts) (Answer, error) {
	var a Answer
	holds, err := c.root.answer(f, &a.Terms)
	a.Holds = holds
	return a, err
}

// Uses are the facts named, sorted.
func (c *Condition) Uses() []string { return slices.Clone(c.uses) }

// Source is the expression as it was written.
func (c *Condition) Source() string { return c.src }

func (n *node) answer(f Facts, terms *[]Term) (Tri, error) {
	switch {
	case n.leaf != nil:
		t, err := n.leaf.term(f)
		*terms = append(*terms, t)
		return t.Holds, err
	case n.any != nil:
		out := No
		for _, m := range n.any {
			t, err := m.answer(f, terms)
			if err != nil {
				return Unknown, err
			}
			out = max(out, t)
		}
		return out, nil
	}
	out := Yes
	for _, m := range n.all {
		t, err := m.answer(f, terms)
		if err != nil {
			return Unknown, err
		}
		out = min(out, t)
	}
	return out, nil
}

func (l *leaf) term(f Facts) (Term, error) {
	t := Term{Fact: l.left.text, Op: l.op, Group: l.group, Holds: Unknown}
	have, missing, err := l.left.value(f)
	if err != nil {
		return t, err
	}
	want, short, err := l.right.value(f)
	if err != nil {
		return t, err
	}
	t.Have, t.Want, t.Known = have, want, len(missing) == 0
	if len(missing) > 0 || len(short) > 0 {
		return t, nil
	}
	t.Holds = No
	if holds(have, l.op, want) {
		t.Holds = Yes
	} else {
		t.Short = distance(have, l.op, want)
	}
	return t, nil
}

func holds(a Value, op string, b Value) bool {
	c := int64(compareInt(a.n, b.n))
	if a.t == TypeText {
		c = 1
		if a.s == b.s {
			c = 0
		}
	}
	switch op {
	case "==":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// distance is by how much a comparison misses that does not hold: what must be
// added to, or taken from, what there is.
func distance(have Value, op string, want Value) Value {
	var n int64
	switch have.t {
	case TypeInt, TypeMoney:
		n = want.n - have.n
	case TypeDay:
		n = int64(want.Day().Sub(have.Day()))
	default:
		return Value{}
	}
	if op == "!=" {
		return Value{}
	}
	if n < 0 {
		n = -n
	}
	if op == "<" || op == ">" {
		n++
	}
	if n < 0 { // the distance does not fit
		return Value{}
	}
	t := have.t
	if t == TypeDay {
		t = TypeInt
	}
	return Value{t: t, n: n}
}
