package dsig

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
)

// namespace is the namespace of XML signatures.
const namespace = "http://www.w3.org/2000/09/xmldsig#"

// Algorithm identifiers that are read and written (specification 202205,
// section 6; revision note of 202205 for the SM2 and SM3 ones).
const (
	// CanonicalXML is Canonical XML 1.0 without comments, the only
	// canonicalisation allowed.
	CanonicalXML = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	// EnvelopedSignature is the transform that takes the signature out.
	EnvelopedSignature = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	// RSASHA1 signs with RSA (PKCS #1 v1.5) over SHA-1.
	RSASHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	// RSASHA256 signs with RSA (PKCS #1 v1.5) over SHA-256.
	RSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	// SM2SM3 signs with SM2 over SM3 (国密算法), since 202205.
	SM2SM3 = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3"
	// SM2SM3Old is another name of SM2SM3, seen in messages but not published.
	SM2SM3Old = "http://www.w3.org/2000/09/xmldsig#sm2-sm3"
	// SHA1 is the digest of the messages signed with RSA.
	SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
	// SHA256 is the SHA-256 digest.
	SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
	// SM3 is the SM3 digest, since 202205.
	SM3 = "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3"
)

// method is a signature algorithm.
type method struct {
	uri  string
	hash crypto.Hash // of RSA; 0 for SM2, which hashes by itself
	sm2  bool
}

var methods = []method{
	{uri: RSASHA1, hash: crypto.SHA1},
	{uri: RSASHA256, hash: crypto.SHA256},
	{uri: SM2SM3, sm2: true},
	{uri: SM2SM3Old, sm2: true},
}

func methodOf(uri []byte) *method {
	for i := range methods {
		if methods[i].uri == string(uri) {
			return &methods[i]
		}
	}
	return nil
}

// digest is a digest algorithm.
type digest struct {
	uri  string
	make func() hash.Hash
}

var digests = []digest{
	{SHA1, sha1.New},
	{SHA256, sha256.New},
	{SM3, chinese.newDigest},
}

func digestOf(uri []byte) *digest {
	for i := range digests {
		if digests[i].uri == string(uri) {
			return &digests[i]
		}
	}
	return nil
}

// identifier returns an algorithm identifier as text, a known one without a
// copy.
func identifier(uri []byte) string {
	if string(uri) == CanonicalXML {
		return CanonicalXML
	}
	if m := methodOf(uri); m != nil {
		return m.uri
	}
	if d := digestOf(uri); d != nil {
		return d.uri
	}
	return plainText(uri)
}
