//go:build !passkeys

package access

import "context"

// passkeyDoor is nil in a program that was built without passkeys.
type passkeyDoor struct{}

func newPasskeyDoor(string) (*passkeyDoor, error) { return nil, nil }

// BeginPasskey refuses: the program was built without passkeys.
func (a *Accounts) BeginPasskey(context.Context) (options []byte, flow string, err error) {
	return nil, "", ErrNotFound
}

// AddPasskey refuses: the program was built without passkeys.
func (a *Accounts) AddPasskey(context.Context, string, string, []byte) (recovery []string, err error) {
	return nil, ErrNotFound
}

// BeginPasskeySignIn refuses: the program was built without passkeys.
func (a *Accounts) BeginPasskeySignIn(Visit) (options []byte, flow string, err error) {
	return nil, "", ErrNotFound
}

// PasskeySignIn refuses: the program was built without passkeys.
func (a *Accounts) PasskeySignIn(context.Context, string, []byte, Visit) (*SignedIn, error) {
	return nil, ErrNotFound
}
