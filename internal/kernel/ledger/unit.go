package ledger

import (
	"encoding/hex"
	"fmt"
	"math"
)

// Account is an account's key (账户): 16 bytes, in the core a keyed hash
// (keys.Key) such as that of year and resident ID number.
type Account [16]byte

// String returns the key in hexadecimal.
func (a Account) String() string { return hex.EncodeToString(a[:]) }

// Unit is what an account counts in (计量单位); a transfer never mixes two.
type Unit uint8

// The units of the house.
const (
	CNYFen  Unit = 1 // fen, 1/100 yuan (人民币分)
	Gram    Unit = 2 // grams (克)
	Piece   Unit = 3 // pieces of goods or items (件)
	USDCent Unit = 4 // US cents (美分)
)

var unitNames = [...]string{CNYFen: "CNY_FEN", Gram: "GRAM", Piece: "PIECE", USDCent: "USD_CENT"}

// Units lists all units.
func Units() []Unit { return []Unit{CNYFen, Gram, Piece, USDCent} }

// Valid reports whether u is one of Units.
func (u Unit) Valid() bool { return u >= CNYFen && u <= USDCent }

// String returns the unit's name, such as CNY_FEN.
func (u Unit) String() string {
	if u.Valid() {
		return unitNames[u]
	}
	return fmt.Sprintf("UNIT_%d", uint8(u))
}

// NoFloor and NoCeiling stand for a side without a limit.
const (
	NoFloor   int64 = math.MinInt64
	NoCeiling int64 = math.MaxInt64
)

// Limits are what an account's balance may not leave (上下限), both included, in
// the account's unit. The zero value lets the account hold nothing at all.
type Limits struct{ Floor, Ceiling int64 }

// Unlimited has neither floor nor ceiling.
var Unlimited = Limits{Floor: NoFloor, Ceiling: NoCeiling}

// Between is the usual limit of a counter of use, such as the yearly allowance
// of a person: Between(0, 2_600_000) in fen (财关税〔2018〕49号 art. 1).
func Between(floor, ceiling int64) Limits { return Limits{Floor: floor, Ceiling: ceiling} }

// AtLeast is a floor alone, such as a guarantee deposit (税款担保) that may be
// drawn down to 0: AtLeast(0).
func AtLeast(floor int64) Limits { return Limits{Floor: floor, Ceiling: NoCeiling} }

// AtMost is a ceiling alone.
func AtMost(ceiling int64) Limits { return Limits{Floor: NoFloor, Ceiling: ceiling} }

// Valid reports whether the floor is not above the ceiling.
func (l Limits) Valid() bool { return l.Floor <= l.Ceiling }

// Side is the side of a limit.
type Side uint8

// The two sides of a limit.
const (
	Ceiling Side = 1 // the balance would rise above its ceiling (超上限)
	Floor   Side = 2 // the balance would fall below its floor (低于下限)
)

// String returns "ceiling" or "floor".
func (s Side) String() string {
	if s == Ceiling {
		return "ceiling"
	}
	return "floor"
}

// LimitError reports a posting that a limit forbids; nothing of its transfer or
// batch was posted (超出额度).
type LimitError struct {
	Account Account // key of the account in a Book; zero in the SQL ledger
	Name    string  // name of the account in the SQL ledger; empty in a Book
	Unit    Unit
	Limit   int64 // the limit, in the unit
	WouldBe int64 // what the balance would have become
	Side    Side
}

// Error says which account, which limit and by how much.
func (e *LimitError) Error() string {
	name := e.Name
	if name == "" {
		name = e.Account.String()
	}
	if e.Side == Ceiling {
		return fmt.Sprintf("ledger: account %s would reach %d %s, over its ceiling %d / 账户余额将超过上限", name, e.WouldBe, e.Unit, e.Limit)
	}
	return fmt.Sprintf("ledger: account %s would fall to %d %s, below its floor %d / 账户余额将低于下限", name, e.WouldBe, e.Unit, e.Limit)
}
