package rule

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// shape goes through a checked expression and refuses what the types cannot: a
// literal that is no amount, rate or day, two calibres together, and every part
// of CEL that is no part of this language.
type shape struct {
	vars   map[string]Var
	src    string
	info   *ast.SourceInfo
	types  *ast.AST
	uses   []string
	faults Errors
}

func (s *shape) fault(e ast.Expr, zh, en string) {
	at := s.info.GetStartLocation(e.ID())
	s.faults = append(s.faults, &Error{Source: s.src, Line: at.Line(), Column: at.Column() + 1, ZH: zh, EN: en})
}

// walk returns the calibre of the part; "" for none.
func (s *shape) walk(e ast.Expr) string {
	switch e.Kind() {
	case ast.LiteralKind:
		switch e.AsLiteral().(type) {
		case types.Bool, types.Int, types.String:
		default:
			s.fault(e, "只能写整数、true、false 和文本；金额写作 yuan(\"12.34\")",
				`only whole numbers, true, false and texts are written here; an amount is yuan("12.34")`)
		}
		return ""
	case ast.IdentKind:
		name := e.AsIdent()
		if i, found := slices.BinarySearch(s.uses, name); !found {
			s.uses = slices.Insert(s.uses, i, name)
		}
		return s.vars[name].Calibre
	case ast.CallKind:
		return s.call(e, e.AsCall())
	}
	s.fault(e, "表达式中没有列表、字段和结构", "there are no lists, fields or structures in expressions")
	return ""
}

func (s *shape) call(e ast.Expr, c ast.CallExpr) string {
	var of []string
	if c.IsMemberFunction() {
		s.fault(e, "函数写作 f(a, b)，不写作 a.f(b)", "a function is written f(a, b), not a.f(b)")
		return ""
	}
	for _, a := range c.Args() {
		of = append(of, s.walk(a))
	}
	switch c.FunctionName() {
	case operators.Conditional:
		if s.types.GetType(e.ID()).IsExactType(types.BoolType) {
			s.fault(e, "条件中不用 ?:，请用 && 和 || 写出", "a condition is written with && and ||, not with ?:")
		}
		return s.join(e, of[1:])
	case operators.Add, operators.Subtract, operators.Multiply, operators.Negate, "min", "max", "percent":
		s.literal(e, c)
		return s.join(e, of)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals,
		operators.Greater, operators.GreaterEquals, "permille":
		s.join(e, of)
	case "yuan", "day":
		s.literal(e, c)
	}
	return ""
}

// join is the calibre of parts that come together.
func (s *shape) join(e ast.Expr, of []string) string {
	calibre := ""
	for _, c := range of {
		switch {
		case c == "" || c == calibre:
		case calibre == "":
			calibre = c
		default:
			s.fault(e, "不同口径的指标（"+calibre+"、"+c+"）不得相加或相比",
				"figures of two calibres ("+calibre+", "+c+") are never added or compared")
		}
	}
	return calibre
}

// literal checks the text that yuan, day and percent are given.
func (s *shape) literal(e ast.Expr, c ast.CallExpr) {
	args := c.Args()
	last := args[len(args)-1]
	if !s.types.GetType(last.ID()).IsExactType(types.StringType) {
		return
	}
	text, ok := "", last.Kind() == ast.LiteralKind
	if ok {
		text = string(last.AsLiteral().(types.String))
	}
	var err error
	switch c.FunctionName() {
	case "yuan":
		_, err = money.ParseFen(text)
	case "day":
		_, err = clock.ParseDay(text)
	case "percent":
		_, err = money.ParseRate(text)
	default:
		return
	}
	switch {
	case !ok:
		s.fault(last, "这里应直接写出文本", "the text must stand here itself")
	case err != nil:
		s.fault(last, c.FunctionName()+" 的文本 "+quote(text)+" 不对："+err.Error(),
			"the text "+quote(text)+" of "+c.FunctionName()+" is not right: "+err.Error())
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
