// Package person verifies that a name and a resident identity number belong
// together (自然人身份核验): by an outside service behind [Verifier], with a real
// HTTP client, and a cache of answers.
//
// Invariants: name and number exist in memory for as long as a question takes,
// and nowhere else - not in a column, a log line, an error or an address; an
// answer is kept under a keyed hash of both; a service that is down or does not
// know the caller gives an error and never an answer; a redirect is not followed,
// since it would carry the question elsewhere.
package person

import (
	"context"
	"errors"
	"log/slog"

	"pilotzone/internal/kernel/keys"
)

// Identity is a name with a resident identity number (姓名与公民身份号码).
type Identity struct{ Name, Number string }

// String is the identity masked, so that it can't slip into a log.
func (i Identity) String() string { return keys.MaskName(i.Name) + " " + keys.MaskID(i.Number) }

// GoString is String.
func (i Identity) GoString() string { return i.String() }

// LogValue is String.
func (i Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Result is what a verification says. The numbers are stored, and are those of
// clearance.PersonResult.
type Result uint8

// The results.
const (
	Unknown  Result = iota + 1 // the service can't tell: no such number in its register, or one that it does not cover 无法核验
	Verified                   // name and number belong together 一致
	Mismatch                   // they do not 不一致
)

// String is the result's name.
func (r Result) String() string {
	if r > Mismatch {
		return ""
	}
	return [...]string{"", "unknown", "verified", "mismatch"}[r]
}

// Verifier is a service that verifies identities. An error means that there is
// no answer now and that the question may be asked again.
type Verifier interface {
	Verify(ctx context.Context, who Identity) (Result, error)
}

// Errors of a verification. Both leave the question open.
var (
	// ErrDown: the service can't be reached, is too slow, or failed.
	ErrDown = errors.New("the verification service does not answer: lists wait and go on by themselves (身份核验服务无应答，清单等待后自动继续)")
	// ErrRefused: the service does not accept us: its address or token is wrong.
	ErrRefused = errors.New("the verification service refuses us: check its address and token (身份核验服务拒绝访问，请检查地址与令牌)")
)
