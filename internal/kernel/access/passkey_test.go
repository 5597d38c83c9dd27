package access_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// authenticator is a security key in memory (WebAuthn 3, 6.1): ES256, attestation
// none.
type authenticator struct {
	t      *testing.T
	origin string
	id     []byte
	key    *ecdsa.PrivateKey
	handle []byte
	count  uint32
	flags  byte
}

// Flags of authenticator data.
const (
	userPresent  = 0x01
	userVerified = 0x04
	attested     = 0x40
)

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &authenticator{t: t, origin: "http://localhost:8080", id: id, key: key, flags: userPresent | userVerified}
}

var b64 = base64.RawURLEncoding

// asked is what the options ask.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

func (a *authenticator) read(options []byte) asked {
	a.t.Helper()
	var v asked
	if err := json.Unmarshal(options, &v); err != nil || v.PublicKey.Challenge == "" {
		a.t.Fatalf("%s: %v", options, err)
	}
	return v
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	return toJSON(a.t, map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
}

func (a *authenticator) data(flags byte) []byte {
	a.count++
	hash := sha256.Sum256([]byte("localhost"))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.count)
}

// create answers the options of a registration.
func (a *authenticator) create(options []byte) []byte {
	v := a.read(options)
	handle, err := b64.DecodeString(v.PublicKey.User.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	a.handle = handle
	data := a.data(a.flags | attested)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(data, a.id...)
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	data = slices.Concat(data, []byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:]) // COSE key
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data))), data)
	return a.answer(map[string]any{"clientDataJSON": b64.EncodeToString(a.clientData("webauthn.create", v.PublicKey.Challenge)), "attestationObject": b64.EncodeToString(object)})
}

// get answers the options of a sign-in.
func (a *authenticator) get(options []byte) []byte {
	v := a.read(options)
	client, data := a.clientData("webauthn.get", v.PublicKey.Challenge), a.data(a.flags)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(a.handle)})
}

func (a *authenticator) answer(response map[string]any) []byte {
	return toJSON(a.t, map[string]any{"id": b64.EncodeToString(a.id), "rawId": b64.EncodeToString(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
}

func TestPasskey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, session := w.person(w.org(access.EnterpriseOrg, "ours"), "clerk", access.Clerk)
		key := newAuthenticator(t)
		add := func(key *authenticator) error {
			options, flow, err := w.BeginPasskey(w.as(session))
			w.must(err)
			recovery, err := w.AddPasskey(w.as(session), flow, "办公室", key.create(options))
			if err == nil && len(recovery) != 10 {
				t.Errorf("%d recovery codes with the first factor", len(recovery))
			}
			return err
		}
		w.must(add(key))
		if list, err := w.Passkeys(w.as(session)); err != nil || len(list) != 1 || list[0].Name != "办公室" || !access.Of(w.as(session)).Strong {
			t.Fatalf("%v %v", list, err)
		}
		enter := func(key *authenticator) (*access.SignedIn, error) {
			options, flow, err := w.BeginPasskeySignIn(access.Visit{})
			w.must(err)
			return w.PasskeySignIn(t.Context(), flow, key.get(options), access.Visit{})
		}
		in, err := enter(key)
		w.must(err)
		if p := access.Of(w.as(in.Token)); p.ID != id || !p.Strong {
			t.Errorf("%+v", p)
		}
		// A password alone no longer does; the passkey stands for the second factor.
		in, err = w.SignIn(t.Context(), "clerk", password, access.Visit{})
		w.must(err)
		if in.Token != "" || in.Factors[0] != access.FactorPasskey {
			t.Errorf("%+v", in)
		}
		// An answer is good once.
		options, flow, err := w.BeginPasskeySignIn(access.Visit{})
		w.must(err)
		answer := key.get(options)
		_, err = w.PasskeySignIn(t.Context(), flow, answer, access.Visit{})
		w.must(err)
		_, err = w.PasskeySignIn(t.Context(), flow, answer, access.Visit{})
		w.want(err, "flow_over")

		bad := func(change func(*authenticator)) {
			t.Helper()
			k := *key
			change(&k)
			_, err := enter(&k)
			w.want(err, "passkey")
		}
		bad(func(k *authenticator) { k.origin = "http://localhost.evil.example" })
		bad(func(k *authenticator) { k.flags = userPresent }) // without finger or PIN
		bad(func(k *authenticator) { k.key = newAuthenticator(t).key })
		bad(func(k *authenticator) { k.id = []byte("unknown") })
		bad(func(k *authenticator) { k.handle = []byte("unknown") })
		bad(func(k *authenticator) { k.count = 0 }) // a copy of the key
		if !w.acts.has("passkey.cloned", audit.Denied) {
			t.Error("the copied key is not in the chain of acts")
		}
		w.clock.Advance(time.Hour)
		w.must(w.ChangePerson(w.system(), access.Person{ID: id, Name: "x", Roles: []access.Role{access.Clerk}}))
		_, err = enter(key)
		w.want(err, "passkey")
		w.must(w.ChangePerson(w.system(), access.Person{ID: id, Name: "x", Roles: []access.Role{access.Clerk}, Active: true}))
		in, err = enter(key)
		w.must(err)
		list, err := w.Passkeys(w.as(in.Token))
		w.must(err)
		w.must(w.RemovePasskey(w.as(in.Token), list[0].ID))
		_, err = enter(key)
		w.want(err, "passkey")
	})
}

func TestPasskeysNeedAName(t *testing.T) {
	for url, want := range map[string]bool{"https://zone.example.cn": true, "http://localhost:8080": true, "http://127.0.0.1:8080": false, "http://zone.example.cn": false, "": false} {
		t.Run(url, func(t *testing.T) {
			one(t, func(t *testing.T, w *world) {
				if w.PasskeysOffered() != want {
					t.Errorf("offered %v", !want)
				}
			}, func(c *access.Config) { c.PublicURL = url })
		})
	}
}
