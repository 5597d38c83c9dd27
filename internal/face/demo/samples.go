package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"pilotzone/ceb"
	"pilotzone/internal/face/demo/traffic"
)

var transmitter = regexp.MustCompile(`(?s)<ceb:copCode>[^<]*</ceb:copCode>\s*<ceb:copName>[^<]*</ceb:copName>(\s*<ceb:dxpMode>)`)

// Samples writes the four messages of a parcel that is not in the day's traffic,
// to be sent by hand, and returns their folder. It is sold by the seller of the
// log-in manager, who transmits them all (传输企业): one key of its organisation is
// enough to send them and to see what becomes of them.
func (d *Demo) Samples() (folder string, err error) {
	folder = filepath.Join(d.Folder, "messages")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	seller := d.first(traffic.Merchant)
	i := uint64(len(d.plan.Expect()))
	for tries := 0; !d.soldBy(i, seller.Code, tries); i++ {
		tries++
	}
	by := []byte("<ceb:copCode>" + seller.Code + "</ceb:copCode>\n<ceb:copName>" + seller.Name + "</ceb:copName>$1")
	for n, k := range []ceb.Kind{311, 411, 511, 621} {
		data, _ := d.gen.AppendMessage(nil, k, i, 1)
		data = transmitter.ReplaceAll(data, by)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d-%s.xml", n+1, k)), data, 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// soldBy tells whether parcel i comes in (exports have other messages) and is
// the seller's, or of anybody after many tries.
func (d *Demo) soldBy(i uint64, seller string, tries int) bool {
	order, n := d.gen.AppendMessage(nil, 311, i, 1)
	return n == 1 && (tries > 5000 || bytes.Contains(order, []byte("<ceb:ebcCode>"+seller+"</ceb:ebcCode>")))
}
