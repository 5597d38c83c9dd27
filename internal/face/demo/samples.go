package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"pilotzone/ceb"
	"pilotzone/internal/face/demo/traffic"
)

var transmitter = regexp.MustCompile(`(?s)<ceb:copCode>[^<]*</ceb:copCode>\s*<ceb:copName>[^<]*</ceb:copName>(\s*<ceb:dxpMode>)`)

// Samples writes the four messages of a parcel that is not in the day's traffic,
// to be sent by hand, and returns their folder. The seller of the log-in manager
// transmits them all (传输企业), so one key of its organisation is enough.
func (d *Demo) Samples() (folder string, err error) {
	folder = filepath.Join(d.Folder, "messages")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	i := uint64(len(d.plan.Expect()))
	for d.gen.Kind(i, 621) != 621 { // exports have other messages
		i++
	}
	seller := d.first(traffic.Merchant)
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
