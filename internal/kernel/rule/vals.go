package rule

import (
	"math/big"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// The types of CEL for money and days. Both are opaque to CEL: it knows only
// the operators that are declared for them.
var (
	moneyType = types.NewObjectType("money",
		traits.AdderType|traits.SubtractorType|traits.MultiplierType|traits.NegatorType|traits.ComparerType)
	dayType = types.NewObjectType("day", traits.ComparerType)
)

type moneyVal money.Fen

func (m moneyVal) ConvertToNative(reflect.Type) (any, error) { return money.Fen(m), nil }
func (m moneyVal) ConvertToType(ref.Type) ref.Val            { return types.NewErr("money does not convert") }
func (m moneyVal) Type() ref.Type                            { return moneyType }
func (m moneyVal) Value() any                                { return money.Fen(m) }

func (m moneyVal) Equal(other ref.Val) ref.Val {
	o, ok := other.(moneyVal)
	return types.Bool(ok && m == o)
}

func (m moneyVal) Compare(other ref.Val) ref.Val {
	o, ok := other.(moneyVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return compareInt(int64(m), int64(o))
}

func (m moneyVal) Add(other ref.Val) ref.Val {
	o, ok := other.(moneyVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return fenOrErr(money.Fen(m).Add(money.Fen(o)))
}

func (m moneyVal) Subtract(other ref.Val) ref.Val {
	o, ok := other.(moneyVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return bigFen(new(big.Int).Sub(big.NewInt(int64(m)), big.NewInt(int64(o))))
}

func (m moneyVal) Multiply(other ref.Val) ref.Val {
	o, ok := other.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return bigFen(new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(int64(o))))
}

func (m moneyVal) Negate() ref.Val { return bigFen(new(big.Int).Neg(big.NewInt(int64(m)))) }

func fenOrErr(f money.Fen, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return moneyVal(f)
}

func bigFen(n *big.Int) ref.Val {
	if !n.IsInt64() {
		return types.WrapErr(money.ErrRange)
	}
	return moneyVal(n.Int64())
}

type dayVal clock.Day

func (d dayVal) ConvertToNative(reflect.Type) (any, error) { return clock.Day(d), nil }
func (d dayVal) ConvertToType(ref.Type) ref.Val            { return types.NewErr("a day does not convert") }
func (d dayVal) Type() ref.Type                            { return dayType }
func (d dayVal) Value() any                                { return clock.Day(d) }

func (d dayVal) Equal(other ref.Val) ref.Val {
	o, ok := other.(dayVal)
	return types.Bool(ok && d == o)
}

func (d dayVal) Compare(other ref.Val) ref.Val {
	o, ok := other.(dayVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return compareInt(int64(d), int64(o))
}

func compareInt(a, b int64) types.Int {
	switch {
	case a < b:
		return types.IntNegOne
	case a > b:
		return types.IntOne
	}
	return types.IntZero
}

func celType(t Type) *types.Type {
	switch t {
	case TypeBool:
		return types.BoolType
	case TypeInt:
		return types.IntType
	case TypeMoney:
		return moneyType
	case TypeDay:
		return dayType
	}
	return types.StringType
}

func ofCEL(t *types.Type) Type {
	for u := TypeBool; u <= TypeText; u++ {
		if celType(u).IsExactType(t) {
			return u
		}
	}
	return 0
}

func (v Value) cel() ref.Val {
	switch v.t {
	case TypeBool:
		return types.Bool(v.n != 0)
	case TypeInt:
		return types.Int(v.n)
	case TypeMoney:
		return moneyVal(v.n)
	case TypeDay:
		return dayVal(v.n)
	}
	return types.String(v.s)
}

func fromCEL(r ref.Val) (Value, bool) {
	switch v := r.(type) {
	case types.Bool:
		return Bool(bool(v)), true
	case types.Int:
		return Int(int64(v)), true
	case moneyVal:
		return Fen(money.Fen(v)), true
	case dayVal:
		return OfDay(clock.Day(v)), true
	case types.String:
		return Text(string(v)), true
	}
	return Value{}, false
}
