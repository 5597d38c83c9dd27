package dsig

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// CertificateRequest describes a certificate for SelfSigned.
type CertificateRequest struct {
	Serial              uint64 // serial number, at least 1
	Name                string // common name of the holder
	Enterprise          string // 企业名称, also as the extension of the electronic port
	Organisation        string // 组织机构代码, 9 characters; empty leaves the extension out
	NotBefore, NotAfter time.Time
}

// SelfSigned makes a certificate in DER that signs itself, for an RSA or an SM2
// key: for demonstrations, tests and partners whose certificates are filed one
// by one. Customs accepts only those of the electronic port.
func SelfSigned(key crypto.Signer, req CertificateRequest) ([]byte, error) {
	if req.Serial == 0 {
		return nil, errors.New("dsig: self-signed certificate: serial number is 0, use 1 or more")
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetUint64(req.Serial),
		Subject: pkix.Name{Country: []string{"CN"}, OrganizationalUnit: []string{req.Enterprise},
			CommonName: req.Name},
		NotBefore: req.NotBefore,
		NotAfter:  req.NotAfter,
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	for _, e := range []struct {
		oid  asn1.ObjectIdentifier
		text string
	}{{enterpriseOID, req.Enterprise}, {organisationOID, req.Organisation}} {
		if e.text == "" {
			continue
		}
		value, err := asn1.MarshalWithParams(e.text, "utf8")
		if err != nil {
			return nil, fmt.Errorf("dsig: self-signed certificate: %w", err)
		}
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: e.oid, Value: value})
	}
	if _, ok := key.Public().(*rsa.PublicKey); ok {
		return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	}
	if chinese.isKey(key.Public()) {
		return chinese.createCertificate(template, key)
	}
	return nil, fmt.Errorf("dsig: self-signed certificate: %T is neither an RSA nor an SM2 key", key.Public())
}
