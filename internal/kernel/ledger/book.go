package ledger

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Phase is the step that a posting takes (记账阶段).
type Phase uint8

// The phases. Amount is signed and is the same number in each phase of one
// matter: Reserve 500, Charge 500, Refund 500 for a counter that goes up towards
// its ceiling; Reserve -500, Charge -500, Refund -500 for a deposit that goes
// down towards its floor.
const (
	Reserve Phase = 1 // pending += amount (预占): at return status 120
	Charge  Phase = 2 // pending -= amount, posted += amount (核扣): at 800
	Free    Phase = 3 // pending -= amount (释放): at 100 and on withdrawal
	Post    Phase = 4 // posted += amount (直接入账): a deposit, an opening figure
	Refund  Phase = 5 // posted -= amount (返还): undoes Charge or Post, on withdrawal or return
)

// String returns the phase's name in lower case.
func (p Phase) String() string {
	if p >= Reserve && p <= Refund {
		return [...]string{Reserve: "reserve", Charge: "charge", Free: "free", Post: "post", Refund: "refund"}[p]
	}
	return fmt.Sprintf("phase-%d", uint8(p))
}

// Posting is one movement of an account. Its other side is the contra account of
// the unit, which is implied: so the sum over a unit is always zero.
type Posting struct {
	Account Account
	Unit    Unit
	Phase   Phase
	Amount  int64 // in the unit, signed; 0 moves nothing
}

// Errors of a Book. Postings that meet one are refused whole.
var (
	// ErrApplied: the sequence number was applied before; nothing was done now.
	// A replay passes over it; anywhere else it shows a number used twice.
	ErrApplied = errors.New("ledger: sequence number applied before / 该序号已记账")
	// ErrNoAccount: the account was never opened, or was dropped.
	ErrNoAccount = errors.New("ledger: no such account: open it first / 账户不存在")
	// ErrUnit: the posting's or opening's unit is not the account's.
	ErrUnit = errors.New("ledger: unit differs from the account's / 计量单位与账户不符")
	// ErrPending: Charge or Free of more than is reserved.
	ErrPending = errors.New("ledger: more than is reserved / 超过已预占数额")
	// ErrDirection: Reserve against the direction of what is already reserved.
	ErrDirection = errors.New("ledger: reservations of one account go one way / 同一账户的预占方向必须一致")
	// ErrRange: a balance would not fit 64 bits.
	ErrRange = errors.New("ledger: figure out of range / 数值超出范围")
	// ErrPhase: not one of the phases.
	ErrPhase = errors.New("ledger: unknown phase / 未知记账阶段")
	// ErrLimits: the floor is above the ceiling.
	ErrLimits = errors.New("ledger: floor above ceiling / 下限高于上限")
)

// entry is an account: 40 bytes without a pointer, so that the garbage collector
// never looks into millions of them.
type entry struct {
	key     Account
	posted  int64
	pending int64
	limit   uint32 // index into Book.limits
	tag     uint16
	unit    Unit
	_       uint8
}

const (
	chunkBits = 12 // 4,096 entries = 160 KiB: growth never copies old entries
	chunkSize = 1 << chunkBits
)

type sharedLimits struct {
	Limits
	refs uint32
}

// Book is the ledger of the clearance core (核心账簿): accounts in memory, changed
// only by Open, SetLimit, Apply and Drop, and by them deterministically: the same
// calls give the same book and the same Snapshot, byte for byte. It belongs to
// one goroutine.
//
// An account costs 40 bytes and 4 to 8 bytes of index.
//
// What limits mean. With posted P and pending R (all reservations of an account
// go one way), the highest that the balance can come to is P+max(R,0) and the
// lowest is P+min(R,0). A posting that raises the highest is refused if that
// would pass the ceiling; one that lowers the lowest, if that would pass the
// floor. So a Charge of what was reserved never fails, and an account that is
// outside of a limit lowered afterwards may still move back towards it.
type Book struct {
	chunks [][]entry // each chunkSize long but for the last
	count  uint32
	index  []uint32 // open addressing, linear probing; 0 free, else entry number + 1
	seq    uint64

	limits []sharedLimits // limits are few and shared
	byLim  map[Limits]uint32
	free   []uint32 // unused places in limits, reused last first

	contra [5]struct{ posted, pending int64 } // by unit
	undo   []undo
}

type undo struct {
	at              uint32
	posted, pending int64
}

// NewBook returns an empty book with room for about n accounts.
func NewBook(n int) *Book {
	b := &Book{byLim: make(map[Limits]uint32)}
	size := 1024
	for size*7/10 < n {
		size *= 2
	}
	b.index = make([]uint32, size)
	return b
}

// Len returns the number of accounts.
func (b *Book) Len() int { return int(b.count) }

// Seq returns the highest sequence number applied, 0 at first.
func (b *Book) Seq() uint64 { return b.seq }

func (b *Book) at(i uint32) *entry { return &b.chunks[i>>chunkBits][i&(chunkSize-1)] }

// slot spreads a key over the index. Keys are keyed hashes in the house, but a
// caller may number accounts by hand, so the words are mixed.
func (b *Book) slot(a *Account) uint32 {
	h := (le64(a[:8]) ^ le64(a[8:])*0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93
	return uint32(h>>32) & uint32(len(b.index)-1)
}

// find returns the entry number of an account.
func (b *Book) find(a *Account) (uint32, bool) {
	mask := uint32(len(b.index) - 1)
	for s := b.slot(a); ; s = (s + 1) & mask {
		n := b.index[s]
		if n == 0 {
			return 0, false
		}
		if b.at(n-1).key == *a {
			return n - 1, true
		}
	}
}

// Open opens an account with its limits. tag is the caller's own mark, such as
// the year of an allowance, by which Drop finds old accounts. An account that is
// open already stays as it is, limits and tag included (SetLimit changes those);
// with another unit that is ErrUnit.
func (b *Book) Open(a Account, u Unit, l Limits, tag uint16) error {
	if !u.Valid() {
		return fmt.Errorf("%w: %s", ErrUnit, u)
	}
	if !l.Valid() {
		return fmt.Errorf("%w: account %s, floor %d, ceiling %d", ErrLimits, a, l.Floor, l.Ceiling)
	}
	if i, ok := b.find(&a); ok {
		if have := b.at(i).unit; have != u {
			return fmt.Errorf("%w: account %s is in %s, not %s", ErrUnit, a, have, u)
		}
		return nil
	}
	b.insert(entry{key: a, unit: u, tag: tag, limit: b.useLimits(l)})
	return nil
}

func (b *Book) insert(e entry) {
	if int(b.count+1) > len(b.index)*8/10 {
		b.reindex(len(b.index) * 2)
	}
	if b.count&(chunkSize-1) == 0 {
		b.chunks = append(b.chunks, make([]entry, chunkSize))
	}
	*b.at(b.count) = e
	b.link(b.count)
	b.count++
}

func (b *Book) link(i uint32) {
	mask := uint32(len(b.index) - 1)
	s := b.slot(&b.at(i).key)
	for b.index[s] != 0 {
		s = (s + 1) & mask
	}
	b.index[s] = i + 1
}

func (b *Book) reindex(size int) {
	b.index = make([]uint32, size)
	for i := range b.count {
		b.link(i)
	}
}

func (b *Book) useLimits(l Limits) uint32 {
	i, ok := b.byLim[l]
	if !ok {
		if n := len(b.free); n > 0 {
			i, b.free = b.free[n-1], b.free[:n-1]
			b.limits[i] = sharedLimits{Limits: l}
		} else {
			i = uint32(len(b.limits))
			b.limits = append(b.limits, sharedLimits{Limits: l})
		}
		b.byLim[l] = i
	}
	b.limits[i].refs++
	return i
}

func (b *Book) dropLimits(i uint32) {
	l := &b.limits[i]
	if l.refs--; l.refs == 0 {
		delete(b.byLim, l.Limits)
		b.free = append(b.free, i)
	}
}

// SetLimit changes the limits of an open account, also to ones that its balance
// lies outside of: then it may only move back towards them.
func (b *Book) SetLimit(a Account, l Limits) error {
	if !l.Valid() {
		return fmt.Errorf("%w: account %s, floor %d, ceiling %d", ErrLimits, a, l.Floor, l.Ceiling)
	}
	i, ok := b.find(&a)
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoAccount, a)
	}
	e := b.at(i)
	old := e.limit
	e.limit = b.useLimits(l) // before the drop, so that equal limits keep their place
	b.dropLimits(old)
	return nil
}

// Balance returns what is posted and what is reserved, both 0 for an account
// that is not open.
func (b *Book) Balance(a Account) (posted, pending int64) {
	if i, ok := b.find(&a); ok {
		e := b.at(i)
		return e.posted, e.pending
	}
	return 0, 0
}

// Entry is the state of an account.
type Entry struct {
	Account         Account
	Unit            Unit
	Tag             uint16
	Posted, Pending int64
	Limits          Limits
}

// Room returns how much may still be added below the ceiling and taken above the
// floor, each at least 0; without a limit it is the largest int64.
func (e Entry) Room() (up, down int64) {
	up, down = NoCeiling, NoCeiling
	if e.Limits.Ceiling != NoCeiling {
		up = room(e.Limits.Ceiling, e.Posted+max(e.Pending, 0))
	}
	if e.Limits.Floor != NoFloor {
		down = room(e.Posted+min(e.Pending, 0), e.Limits.Floor)
	}
	return up, down
}

// room is high - low, not below 0 and not above the largest int64.
func room(high, low int64) int64 {
	if high <= low {
		return 0
	}
	if d := high - low; d > 0 {
		return d
	}
	return NoCeiling
}

// Lookup returns the state of an account and whether it is open.
func (b *Book) Lookup(a Account) (Entry, bool) {
	if i, ok := b.find(&a); ok {
		return b.entry(i), true
	}
	return Entry{}, false
}

func (b *Book) entry(i uint32) Entry {
	e := b.at(i)
	return Entry{Account: e.key, Unit: e.unit, Tag: e.tag, Posted: e.posted, Pending: e.pending, Limits: b.limits[e.limit].Limits}
}

// All yields the accounts by rising key, whatever the order in which they came.
func (b *Book) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		order := make([]uint32, b.count)
		for i := range order {
			order[i] = uint32(i)
		}
		slices.SortFunc(order, func(x, y uint32) int {
			return slices.Compare(b.at(x).key[:], b.at(y).key[:])
		})
		for _, i := range order {
			if !yield(b.entry(i)) {
				return
			}
		}
	}
}

// Drop closes the accounts for which old returns true, such as the allowances of
// years gone by, and returns how many. An account with a reservation stays. What
// was posted leaves the contra account too, so sums stay zero.
func (b *Book) Drop(old func(Entry) bool) int {
	kept := &Book{byLim: b.byLim, limits: b.limits, free: b.free, index: make([]uint32, len(b.index))}
	dropped := 0
	for i := range b.count {
		e := b.at(i)
		if e.pending == 0 && old(b.entry(i)) {
			b.contra[e.unit].posted += e.posted
			kept.dropLimits(e.limit)
			dropped++
			continue
		}
		kept.insert(*e)
	}
	b.chunks, b.count, b.index, b.free = kept.chunks, kept.count, kept.index, kept.free
	return dropped
}
