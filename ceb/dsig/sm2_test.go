package dsig

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/emmansun/gmsm/smx509"
)

// A signature that a card of the electronic port made in 2023, published in the
// documentation of a signing service (Weasley-J/chinaport-data-signature,
// README): r||s, the usual user identity, over the canonical SignedInfo with
// the namespaces of the root in scope, beside a SHA-1 digest. Only the public
// key of its certificate is kept here.
func TestFieldSampleOfSM2(t *testing.T) {
	t.Parallel()
	const info = `<ds:SignedInfo xmlns:ceb="http://www.chinaport.gov.cn/ceb" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sm2-sm3"></ds:SignatureMethod>` +
		`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"></ds:DigestMethod><ds:DigestValue>b2FtM/jHvW4fnJpMMPWk/177RwA=</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	key := must(smx509.ParsePKIXPublicKey(must(hex.DecodeString("3059301306072a8648ce3d020106082a811ccf5501822d03420004" +
		"d2f3909a9940afd8a03d9ac0f05d66b2a9c577453efba1ba3611b9acdb885167" +
		"edd01c109fb792264b79fdfbd24a87bba54836fdac075163e7ce479e41cee856")))).(*ecdsa.PublicKey)
	value := must(base64.StdEncoding.DecodeString("Pa2Ge3A1iH9e+85jIraVccvf2MB4ykjgC1MjObNd/MbPOSZRWTaizlnfReH3ErRMH5Wc3m60ZM6h56v7t7lIWg=="))
	if form, ok := chinese.verify(key, []byte(info), value); !ok || form != SM2Raw {
		t.Errorf("form %v, ok %v", form, ok)
	}
	message := `<ceb:CEB621Message xmlns:ceb="http://www.chinaport.gov.cn/ceb" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` +
		"<ds:SignedInfo>" + info[len(`<ds:SignedInfo xmlns:ceb="http://www.chinaport.gov.cn/ceb" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`):] +
		"</ds:Signature></ceb:CEB621Message>"
	if _, _, own, _, err := forms([]byte(message)); err != nil || string(own) != info {
		t.Errorf("our canonical SignedInfo is %q (%v)", own, err)
	}
}

func TestSM2VerifyRefuses(t *testing.T) {
	t.Parallel()
	key := sm2One().key.Public().(*ecdsa.PublicKey)
	text := []byte("报文")
	for _, form := range []SM2Form{SM2DER, SM2Raw} {
		good := must(chinese.sign(sm2One().key, text, form))
		if got, ok := chinese.verify(key, text, good); !ok || got != form {
			t.Errorf("%s: form %v, ok %v", form, got, ok)
		}
		for i := range good {
			bad := append([]byte(nil), good...)
			bad[i] ^= 1
			if _, ok := chinese.verify(key, text, bad); ok {
				t.Errorf("%s: byte %d changed is accepted", form, i)
			}
		}
		for _, bad := range [][]byte{nil, good[:len(good)-1], append(append([]byte(nil), good...), 0), make([]byte, 64), make([]byte, 1000)} {
			if _, ok := chinese.verify(key, text, bad); ok {
				t.Errorf("%s: %x is accepted", form, bad)
			}
		}
	}
}

// OpenSSL accepts our DER values, where it is installed and knows SM2.
func TestSM2AgainstOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed: its second opinion on SM2 is not taken")
	}
	if out, err := exec.Command(openssl, "ecparam", "-name", "SM2", "-noout").CombinedOutput(); err != nil {
		t.Skipf("this openssl has no SM2: %s", out)
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	public := write("key.der", must(smx509.MarshalPKIXPublicKey(sm2One().key.Public())))
	text := []byte("<ds:SignedInfo></ds:SignedInfo>")
	in, value := write("text", text), write("value", must(chinese.sign(sm2One().key, text, SM2DER)))
	out, err := exec.Command(openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", public, "-rawin", "-in", in, "-sigfile", value,
		"-digest", "sm3", "-pkeyopt", "distid:"+string(sm2User)).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}
