package rule

import (
	"errors"
	"math/big"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Limits of one expression.
const (
	maxLength = 4096  // characters
	maxDepth  = 64    // nested parts
	maxCost   = 20000 // units of CEL's cost model an evaluation
)

// options declare the language: the few operators of CEL that are needed, and
// the functions of the house. There are no macros, so there is no loop.
func options() []cel.EnvOption {
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset())),
		cel.ParserExpressionSizeLimit(maxLength),
		cel.ParserRecursionLimit(maxDepth),
		cel.CrossTypeNumericComparisons(false),
		cel.Function(operators.Add, over("add_money", moneyType, moneyType, moneyType)),
		cel.Function(operators.Subtract, over("subtract_money", moneyType, moneyType, moneyType)),
		cel.Function(operators.Multiply, over("multiply_money", moneyType, moneyType, types.IntType)),
		cel.Function(operators.Negate, over("negate_money", moneyType, moneyType)),
		cel.Function("yuan",
			unary("yuan_text", moneyType, types.StringType, yuanText),
			unary("yuan_int", moneyType, types.IntType, yuanInt)),
		cel.Function("day", unary("day_text", dayType, types.StringType, dayText)),
		cel.Function("year", unary("year_day", types.IntType, dayType, yearOf)),
		cel.Function("months", binary("months_day", dayType, dayType, types.IntType, addMonths)),
		cel.Function("percent", binary("percent_money", moneyType, moneyType, types.StringType, percentOf)),
		cel.Function("permille",
			binary("permille_money", types.IntType, moneyType, moneyType, permille),
			binary("permille_int", types.IntType, types.IntType, types.IntType, permille)),
	}
	for _, op := range []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals} {
		opts = append(opts, cel.Function(op,
			over(op+"money", types.BoolType, moneyType, moneyType),
			over(op+"day", types.BoolType, dayType, dayType)))
	}
	for name, pick := range map[string]func(a, b ref.Val) ref.Val{"min": least, "max": most} {
		var of []cel.FunctionOpt
		for _, t := range []*types.Type{moneyType, types.IntType, dayType} {
			of = append(of, binary(name+"_"+t.TypeName(), t, t, t, pick))
		}
		opts = append(opts, cel.Function(name, of...))
	}
	return opts
}

func subset() *env.LibrarySubset {
	fn := func(name string, ids ...string) *env.Function {
		f := &env.Function{Name: name}
		for _, id := range ids {
			f.Overloads = append(f.Overloads, &env.Overload{ID: id})
		}
		return f
	}
	return &env.LibrarySubset{DisableMacros: true, IncludeFunctions: []*env.Function{
		fn(operators.LogicalAnd), fn(operators.LogicalOr), fn(operators.LogicalNot), fn(operators.Conditional),
		fn(operators.Equals), fn(operators.NotEquals),
		fn(operators.Less, overloads.LessInt64), fn(operators.LessEquals, overloads.LessEqualsInt64),
		fn(operators.Greater, overloads.GreaterInt64), fn(operators.GreaterEquals, overloads.GreaterEqualsInt64),
		fn(operators.Add, overloads.AddInt64), fn(operators.Subtract, overloads.SubtractInt64),
		fn(operators.Multiply, overloads.MultiplyInt64), fn(operators.Negate, overloads.NegateInt64),
	}}
}

func over(id string, result *types.Type, args ...*types.Type) cel.FunctionOpt {
	return cel.Overload(id, args, result)
}

func unary(id string, result, arg *types.Type, f func(ref.Val) ref.Val) cel.FunctionOpt {
	return cel.Overload(id, []*types.Type{arg}, result, cel.UnaryBinding(f))
}

func binary(id string, result, a, b *types.Type, f func(a, b ref.Val) ref.Val) cel.FunctionOpt {
	return cel.Overload(id, []*types.Type{a, b}, result, cel.BinaryBinding(f))
}

func yuanText(v ref.Val) ref.Val { return fenOrErr(money.ParseFen(string(v.(types.String)))) }

func yuanInt(v ref.Val) ref.Val {
	return bigFen(new(big.Int).Mul(big.NewInt(int64(v.(types.Int))), big.NewInt(100)))
}

func dayText(v ref.Val) ref.Val {
	d, err := clock.ParseDay(string(v.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return dayVal(d)
}

func yearOf(v ref.Val) ref.Val { return types.Int(clock.Day(v.(dayVal)).Year()) }

// errDay: a day outside the years 1000 to 9999.
var errDay = errors.New("the day lies outside the years 1000 to 9999 (日期超出 1000 年至 9999 年)")

func addMonths(d, n ref.Val) ref.Val {
	months := int64(n.(types.Int))
	if months < -120000 || months > 120000 {
		return types.WrapErr(errDay)
	}
	to := clock.Day(d.(dayVal)).AddMonths(int(months))
	if !to.Valid() {
		return types.WrapErr(errDay)
	}
	return dayVal(to)
}

func percentOf(m, rate ref.Val) ref.Val {
	r, err := money.ParseRate(string(rate.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return fenOrErr(r.Of(money.Fen(m.(moneyVal))))
}

// permille is a / b in thousandths, half-up. Over nothing it cannot be told.
func permille(a, b ref.Val) ref.Val {
	x, y := whole(a), whole(b)
	if y <= 0 {
		return types.NewUnknown(0, nil)
	}
	f, ok := money.RoundRat(big.NewRat(x, y).Mul(big.NewRat(x, y), big.NewRat(1000, 1)))
	if !ok {
		return types.WrapErr(money.ErrRange)
	}
	return types.Int(f)
}

func whole(v ref.Val) int64 {
	switch w := v.(type) {
	case moneyVal:
		return int64(w)
	case dayVal:
		return int64(w)
	case types.Int:
		return int64(w)
	}
	return 0
}

func least(a, b ref.Val) ref.Val {
	if whole(b) < whole(a) {
		return b
	}
	return a
}

func most(a, b ref.Val) ref.Val {
	if whole(b) > whole(a) {
		return b
	}
	return a
}
