package traffic

// Domains of hashing: each use of the seed has its own, so that no two draws
// are related.
const (
	domainParcel = iota + 1
	domainGUID
	domainMessage
	domainBasket
	domainRoute
	domainBlock
	domainPerson
	domainAddress
	domainConsignee
	domainTrouble
	domainStep
	domainMangle
	domainRing
)

// mix is a bijection of 64 bits in which every input bit reaches every output
// bit (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is the random value of item i in a domain.
func draw(seed uint64, domain int, i uint64) uint64 {
	return mix(mix(seed+uint64(domain)*0x9e3779b97f4a7c15) + i*0xd1342543de82ef95)
}

// rng is a small deterministic stream for the places that need many draws.
type rng struct{ state uint64 }

func newRNG(seed uint64, domain int, i uint64) *rng {
	return &rng{draw(seed, domain, i)}
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// below is a value in [0, n).
func (r *rng) below(n int) int { return int(r.next() % uint64(n)) }

// percent is true in p of 100 draws.
func (r *rng) percent(p int) bool { return r.below(100) < p }

// appendPadded appends n with at least width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	var b [20]byte
	i := len(b)
	for n > 0 || width > 0 {
		i--
		b[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, b[i:]...)
}

// appendGUID writes 122 random and 6 fixed bits as an upper-case UUID of
// version 4 (系统唯一序号, FORMATS 2.3: 36 characters, upper case).
func appendGUID(dst []byte, hi, lo uint64) []byte {
	const digits = "0123456789ABCDEF"
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 1<<63
	var b [36]byte
	at := 0
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			b[at] = '-'
			at++
		}
		v := hi
		if i >= 16 {
			v = lo
		}
		b[at] = digits[v>>(60-4*(i&15))&15]
		at++
	}
	return append(dst, b[:]...)
}
