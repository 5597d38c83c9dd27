package dsig

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("+08:00", 8*3600))

// identity is a key with its certificate.
type identity struct {
	key crypto.Signer
	der []byte
}

func mustIdentity(key crypto.Signer, err error, serial uint64, notAfter time.Time) identity {
	if err != nil {
		panic(err)
	}
	der, err := SelfSigned(key, CertificateRequest{Serial: serial, Name: "13号操作员", Enterprise: "新乡跨境电商有限公司", Organisation: "MA5TNFGY9",
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: notAfter})
	if err != nil {
		panic(err)
	}
	return identity{key, der}
}

var rsaOne = sync.OnceValue(func() identity {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return mustIdentity(key, err, 0x03000000000cde6f, now.AddDate(1, 0, 0))
})

var rsaTwo = sync.OnceValue(func() identity {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return mustIdentity(key, err, 77, now.AddDate(1, 0, 0))
})

var rsaExpired = sync.OnceValue(func() identity {
	return mustIdentity(rsaOne().key, nil, 78, now.AddDate(0, 0, -1))
})

var sm2One = sync.OnceValue(func() identity {
	key, err := sm2.GenerateKey(rand.Reader)
	return mustIdentity(key, err, 0x03000000000cde70, now.AddDate(1, 0, 0))
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func rsaSigner() Signer { return must(NewRSASigner(rsaOne().key, rsaOne().der)) }
func sm2Signer() Signer { return must(NewSM2Signer(sm2One().key, sm2One().der)) }

// signers are all the ways of signing.
func signers() map[string]Signer {
	return map[string]Signer{
		"rsa-sha1":   rsaSigner(),
		"rsa-sha256": must(NewRSASHA256Signer(rsaOne().key, rsaOne().der)),
		"sm2 DER":    sm2Signer(),
		"sm2 raw":    must(NewSM2SignerIn(SM2Raw, sm2One().key, sm2One().der)),
	}
}

// message writes an unsigned message of the kind with so many documents.
func message(kind string, documents int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ceb:CEB%sMessage guid=\"4CDE1CFD-EDED-46B1-946C-B8022E42FC94\" version=\"1.0\" xmlns:ceb=\"http://www.chinaport.gov.cn/ceb\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n", kind)
	for d := range documents {
		b.WriteString("\t<ceb:Order>\n\t\t<ceb:OrderHead>\n")
		for _, f := range []string{"guid", "appType", "appTime", "appStatus", "orderType", "orderNo", "ebpCode", "ebpName", "ebcCode", "ebcName", "goodsValue",
			"freight", "discount", "taxTotal", "acturalPaid", "currency", "buyerRegNo", "buyerName", "buyerTelephone", "buyerIdType", "buyerIdNumber",
			"payCode", "payName", "payTransactionId", "batchNumbers", "consignee", "consigneeTelephone", "consigneeAddress", "consigneeDistrict"} {
			value := fmt.Sprintf("X%09d", d)
			if strings.HasSuffix(f, "Name") || f == "consignee" {
				value = "新乡综合保税区跨境电商"
			}
			fmt.Fprintf(&b, "\t\t\t<ceb:%s>%s</ceb:%s>\n", f, value, f)
		}
		b.WriteString("\t\t\t<ceb:note></ceb:note>\n\t\t</ceb:OrderHead>\n\t\t<ceb:OrderList>\n")
		for _, f := range []string{"gnum", "itemNo", "itemName", "itemDescribe", "barCode", "unit", "qty", "price", "totalPrice", "currency", "country"} {
			fmt.Fprintf(&b, "\t\t\t<ceb:%s>维生素 &amp; %d</ceb:%s>\n", f, d, f)
		}
		b.WriteString("\t\t</ceb:OrderList>\n\t</ceb:Order>\n")
	}
	b.WriteString("\t<ceb:BaseTransfer>\n\t\t<ceb:copCode>1101180326</ceb:copCode>\n\t</ceb:BaseTransfer>\n")
	fmt.Fprintf(&b, "</ceb:CEB%sMessage>\n", kind)
	return b.Bytes()
}

func signed(t testing.TB, raw []byte, s Signer) []byte {
	t.Helper()
	out, err := Sign(raw, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
