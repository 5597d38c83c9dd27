package dsig

// Everything that touches SM2 and SM3 stands in this file: the library, the
// user identity and the byte order of the signature value. An HSM or another
// library takes its place by a second implementation of suite.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"hash"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
)

// SM2Form is the byte order of an SM2 signature value.
//
// The specification does not publish it. Both forms are accepted; SM2DER is
// written unless the signer is told otherwise. Public samples of values that
// card media of the electronic port made are in the form SM2Raw; see
// docs/signatures.md.
type SM2Form uint8

const (
	// SM2DER is the ASN.1 sequence of the integers r and s (GM/T 0009-2012,
	// section 7.3).
	SM2DER SM2Form = iota
	// SM2Raw is r and s as 32 bytes each, most significant byte first.
	SM2Raw
)

// String returns "DER" or "r||s".
func (f SM2Form) String() string {
	if f == SM2Raw {
		return "r||s"
	}
	return "DER"
}

// sm2User is the user identity that goes into the SM2 digest. GM/T 0009-2012
// section 10 sets it where no other is agreed on; public samples verify with it.
var sm2User = []byte("1234567812345678")

// suite is what the package asks of an SM2 and SM3 library.
type suite interface {
	newDigest() hash.Hash
	isKey(public crypto.PublicKey) bool
	parseCertificate(der []byte) (*x509.Certificate, error)
	createCertificate(template *x509.Certificate, key crypto.Signer) ([]byte, error)
	// verify reports whether value signs message, and in which form it is written.
	verify(public *ecdsa.PublicKey, message, value []byte) (SM2Form, bool)
	sign(key crypto.Signer, message []byte, form SM2Form) ([]byte, error)
}

// chinese is the suite in use.
var chinese suite = gmsm{}

// gmsm is the suite of github.com/emmansun/gmsm.
type gmsm struct{}

func (gmsm) newDigest() hash.Hash { return sm3.New() }

func (gmsm) isKey(public crypto.PublicKey) bool { return sm2.IsSM2PublicKey(public) }

func (gmsm) parseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := smx509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return c.ToX509(), nil
}

func (gmsm) createCertificate(template *x509.Certificate, key crypto.Signer) ([]byte, error) {
	return smx509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

func (gmsm) verify(public *ecdsa.PublicKey, message, value []byte) (SM2Form, bool) {
	if len(value) == 64 {
		r, s := new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:])
		if sm2.VerifyWithSM2(public, sm2User, message, r, s) {
			return SM2Raw, true
		}
	}
	return SM2DER, sm2.VerifyASN1WithSM2(public, sm2User, message, value)
}

func (gmsm) sign(key crypto.Signer, message []byte, form SM2Form) ([]byte, error) {
	der, err := key.Sign(rand.Reader, message, sm2.NewSM2SignerOption(true, sm2User))
	if err != nil || form == SM2DER {
		return der, err
	}
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 || v.R.Sign() < 0 || v.S.Sign() < 0 || v.R.BitLen() > 256 || v.S.BitLen() > 256 {
		return nil, errors.New("dsig: the SM2 key returned a signature that is not ASN.1")
	}
	raw := make([]byte, 64)
	v.R.FillBytes(raw[:32])
	v.S.FillBytes(raw[32:])
	return raw, nil
}
