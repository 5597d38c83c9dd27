package dsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Certificate is a signer's X.509 certificate. Subject can name the natural
// person who holds the card: mask it where pages and logs show it.
type Certificate struct {
	Serial      string // serial number in hexadecimal, as the platform writes it in KeyName
	Subject     string // distinguished name of the holder
	Issuer      string // distinguished name of the authority
	Fingerprint string // hexadecimal SHA-256 of DER

	// Enterprise and Organisation are the holder's name (企业名称) and
	// organisation code (组织机构代码, characters 9 to 17 of the unified social
	// credit code) in certificates of the electronic port. Their places are not
	// published, only seen; empty when absent.
	Enterprise, Organisation string

	NotBefore, NotAfter time.Time // validity (有效期)
	DER                 []byte

	parsed *x509.Certificate
}

// Private extensions of the electronic port's certificates, seen in public
// samples. 100.5.8, the holder's identity number, is deliberately not read.
var (
	enterpriseOID   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 5315, 100, 5, 1}
	organisationOID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 5315, 100, 5, 11}
)

// maxCertificate bounds a certificate in bytes; real ones have 1 to 2 KB.
const maxCertificate = 16 << 10

// ParseCertificate reads a certificate in DER, with an RSA or an SM2 key.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) > maxCertificate {
		return nil, fmt.Errorf("dsig: certificate of %d bytes is longer than %d", len(der), maxCertificate)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		var second error
		if parsed, second = chinese.parseCertificate(der); second != nil {
			return nil, fmt.Errorf("dsig: certificate cannot be read: %w", err)
		}
	}
	sum := sha256.Sum256(der)
	c := &Certificate{
		Serial:      serialHex(parsed),
		Subject:     parsed.Subject.String(),
		Issuer:      parsed.Issuer.String(),
		Fingerprint: hex.EncodeToString(sum[:]),
		NotBefore:   parsed.NotBefore,
		NotAfter:    parsed.NotAfter,
		DER:         bytes.Clone(der),
		parsed:      parsed,
	}
	for _, e := range parsed.Extensions {
		switch {
		case e.Id.Equal(enterpriseOID):
			c.Enterprise = extensionText(e.Value)
		case e.Id.Equal(organisationOID):
			c.Organisation = extensionText(e.Value)
		}
	}
	return c, nil
}

// Names compares the holder with an enterprise, given by its unified social
// credit code (统一社会信用代码) and its name as filed. The organisation code
// decides where both sides have one, else the name. known is false when the
// certificate says neither.
func (c *Certificate) Names(creditCode, name string) (same, known bool) {
	switch {
	case c.Organisation != "" && len(creditCode) == 18:
		return creditCode[8:17] == c.Organisation, true
	case c.Enterprise != "" && name != "":
		return c.Enterprise == name, true
	}
	return false, false
}

// serialHex writes the serial number in whole bytes ("03000000000cde6f").
func serialHex(c *x509.Certificate) string {
	if c.SerialNumber.Sign() == 0 {
		return "00"
	}
	return hex.EncodeToString(c.SerialNumber.Bytes())
}

// extensionText reads a string inside an extension. Certificates before 2022
// hold GBK under the tag of an IA5 string.
func extensionText(value []byte) string {
	var v asn1.RawValue
	if rest, err := asn1.Unmarshal(value, &v); err != nil || len(rest) > 0 || v.IsCompound {
		return ""
	}
	if utf8.Valid(v.Bytes) {
		return string(v.Bytes)
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(v.Bytes)
	if err != nil {
		return ""
	}
	return string(text)
}

// cache keeps parsed certificates by fingerprint, since one sender signs
// thousands of messages. It holds at most two generations of size entries: when
// the younger is full it becomes the older, and the older goes.
type cache struct {
	mu         sync.Mutex
	size       int
	young, old map[[sha256.Size]byte]*Certificate
}

var certificates = cache{size: 2048}

// get returns the parsed certificate, from the cache if it is there.
func (c *cache) get(der []byte) (*Certificate, error) {
	key := sha256.Sum256(der)
	c.mu.Lock()
	found := c.young[key]
	if found == nil {
		if found = c.old[key]; found != nil {
			c.put(key, found)
		}
	}
	c.mu.Unlock()
	if found != nil {
		return found, nil
	}
	parsed, err := ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.put(key, parsed)
	c.mu.Unlock()
	return parsed, nil
}

// put needs c.mu.
func (c *cache) put(key [sha256.Size]byte, v *Certificate) {
	if c.young == nil || len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[[sha256.Size]byte]*Certificate)
	}
	c.young[key] = v
}
