package dsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
)

// Signer makes signature values. An HSM or a card reader can stand behind it.
type Signer interface {
	// Algorithms returns the identifiers of the signature and the digest.
	Algorithms() (signature, digest string)
	// Certificate returns the certificate that goes into the message.
	Certificate() *Certificate
	// SignBytes returns the signature value over the canonical SignedInfo.
	SignBytes(signedInfo []byte) ([]byte, error)
}

// keySigner is a key with its certificate.
type keySigner struct {
	key       crypto.Signer
	cert      *Certificate
	signature string
	digest    string
	form      SM2Form
}

func (k *keySigner) Algorithms() (signature, digest string) { return k.signature, k.digest }
func (k *keySigner) Certificate() *Certificate              { return k.cert }

func (k *keySigner) SignBytes(signedInfo []byte) ([]byte, error) {
	m := methodOf([]byte(k.signature))
	if m.sm2 {
		return chinese.sign(k.key, signedInfo, k.form)
	}
	h := m.hash.New()
	h.Write(signedInfo)
	return k.key.Sign(rand.Reader, h.Sum(nil), m.hash)
}

// NewRSASigner returns a signer with rsa-sha1 and sha1, the RSA algorithms that
// the specification names. The certificate is in DER and must be the key's.
func NewRSASigner(key crypto.Signer, certDER []byte) (Signer, error) {
	return newRSASigner(key, certDER, RSASHA1, SHA1)
}

// NewRSASHA256Signer returns a signer with rsa-sha256 and sha256, for partners
// that refuse SHA-1.
func NewRSASHA256Signer(key crypto.Signer, certDER []byte) (Signer, error) {
	return newRSASigner(key, certDER, RSASHA256, SHA256)
}

func newRSASigner(key crypto.Signer, certDER []byte, signature, digest string) (Signer, error) {
	cert, err := ownCertificate(key, certDER)
	if err != nil {
		return nil, err
	}
	if _, ok := key.Public().(*rsa.PublicKey); !ok {
		return nil, fmt.Errorf("dsig: key is %T, want an RSA key", key.Public())
	}
	return &keySigner{key: key, cert: cert, signature: signature, digest: digest}, nil
}

// NewSM2Signer returns a signer with sm2-sm3 and sm3 (国密算法, since 202205),
// values in the form SM2DER. The certificate is in DER and must be the key's.
// The key is a *sm2.PrivateKey of github.com/emmansun/gmsm, or any key whose
// Sign takes the whole message with that library's SM2SignerOption.
func NewSM2Signer(key crypto.Signer, certDER []byte) (Signer, error) {
	return NewSM2SignerIn(SM2DER, key, certDER)
}

// NewSM2SignerIn is NewSM2Signer with values in the given form.
func NewSM2SignerIn(form SM2Form, key crypto.Signer, certDER []byte) (Signer, error) {
	cert, err := ownCertificate(key, certDER)
	if err != nil {
		return nil, err
	}
	if !chinese.isKey(key.Public()) {
		return nil, fmt.Errorf("dsig: key is %T, want an SM2 key", key.Public())
	}
	return &keySigner{key: key, cert: cert, signature: SM2SM3, digest: SM3, form: form}, nil
}

// ownCertificate reads the certificate and checks that it is the key's.
func ownCertificate(key crypto.Signer, der []byte) (*Certificate, error) {
	cert, err := ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	var same bool
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		same = public.Equal(cert.parsed.PublicKey)
	case *ecdsa.PublicKey:
		same = public.Equal(cert.parsed.PublicKey)
	}
	if !same {
		return nil, errors.New("dsig: the certificate is not for this key; use the certificate that was issued for it")
	}
	return cert, nil
}
