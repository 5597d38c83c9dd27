package dsig

import "time"

// Codes of faults. They are the data exchange platform's own (specification
// 202205, table 7-1).
const (
	// CodeFormat: 报文格式错误, the bytes are not a well-formed message.
	CodeFormat = "0001"
	// CodeInvalid: 数字签名无效, the signature itself is missing or bad.
	CodeInvalid = "1001"
	// CodeExpired: 数字签名过期, the certificate's time is over.
	CodeExpired = "1002"
	// CodeMismatch: 签名与数据不符, the message differs from what was signed.
	CodeMismatch = "1004"
	// CodeSecurity: 其他安全错误, a form that would let unsigned content pass.
	CodeSecurity = "1999"
)

// Fault is one reason why a signature is not accepted.
type Fault struct {
	Code         string // one of the Code constants, or the register's own
	ZH, EN       string // what is wrong
	FixZH, FixEN string // how to mend it
}

// Error returns the code and both texts.
func (f *Fault) Error() string { return f.Code + " " + f.ZH + " / " + f.EN }

// Report is the outcome of Verify.
type Report struct {
	Present bool // the message carries a signature (数字签名)

	SignatureAlgorithm string // identifier as written
	DigestAlgorithm    string // identifier as written
	CanonicalAlgorithm string // identifier as written
	KeyName            string // KeyName as written, in practice the certificate's serial number
	SignatureForm      string // of an SM2 value that verified: "DER" or "r||s"; empty for RSA

	DigestOK       bool   // the message is what the digest says (报文摘要一致)
	DigestWritten  string // DigestValue in the message, base64
	DigestComputed string // digest of the message, base64; empty when the algorithm is unknown
	SignatureOK    bool   // the value signs the SignedInfo with the certificate's key

	Certificate *Certificate // the certificate used, nil when none could be read; shared, not to be changed
	Faults      []Fault      // all that is wrong, empty when nothing is
}

// OK reports whether a signature is there and nothing is wrong with it. It does
// not say that the certificate belongs to the sender: see Options.Register.
func (r *Report) OK() bool {
	return r.Present && r.DigestOK && r.SignatureOK && len(r.Faults) == 0
}

func (r *Report) fault(code, zh, en, fixZH, fixEN string) {
	r.Faults = append(r.Faults, Fault{Code: code, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN})
}

// Options are the caller's part in a verification. The zero value checks the
// signature alone.
type Options struct {
	// Now is the time against which the certificate's validity is checked; the
	// zero time leaves validity unchecked.
	Now time.Time
	// Required makes a message without a signature a fault.
	Required bool
	// Lookup finds the certificate of a message that carries only a KeyName. It
	// returns the certificate in DER, or nil when the name is unknown.
	Lookup func(keyName string) []byte
	// Register is asked about the certificate used, whether or not the
	// signature is good: unknown, revoked, of another enterprise. What it
	// returns is added to the faults.
	Register func(*Certificate) []Fault
}
