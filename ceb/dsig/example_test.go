package dsig_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"pilotzone/ceb/dsig"
)

const order = `<CEB311Message guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94" version="1.0" xmlns="http://www.chinaport.gov.cn/ceb"><Order/></CEB311Message>`

func Example() {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	certificate, err := dsig.SelfSigned(key, dsig.CertificateRequest{
		Serial: 0x03000000000cde6f, Name: "0001", Enterprise: "测试电商企业",
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
	})
	if err != nil {
		panic(err)
	}
	signer, err := dsig.NewSM2Signer(key, certificate)
	if err != nil {
		panic(err)
	}
	signed, err := dsig.Sign([]byte(order), signer)
	if err != nil {
		panic(err)
	}

	good := dsig.Verify(signed, dsig.Options{Now: now, Required: true})
	fmt.Println(good.OK(), good.KeyName, good.Certificate.Enterprise)

	changed := strings.Replace(string(signed), "4CDE1CFD", "00000000", 1)
	for _, fault := range dsig.Verify([]byte(changed), dsig.Options{Now: now}).Faults {
		fmt.Println(fault.Code, fault.FixEN)
	}
	// Output:
	// true 03000000000cde6f 测试电商企业
	// 1004 do not change the message after signing, not even white space; sign and send it again
}

// A register of certificates, filed per enterprise, decides who may sign.
func ExampleOptions_register() {
	filed := map[string]bool{} // by fingerprint
	report := dsig.Verify([]byte(order), dsig.Options{
		Required: true,
		Register: func(c *dsig.Certificate) []dsig.Fault {
			if filed[c.Fingerprint] {
				return nil
			}
			return []dsig.Fault{{Code: dsig.CodeSecurity, ZH: "证书 " + c.Serial + " 未备案", EN: "certificate " + c.Serial + " is not filed"}}
		},
	})
	fmt.Println(report.Present, report.Faults[0].Code, report.Faults[0].EN)
	// Output: false 1001 the message carries no signature
}
