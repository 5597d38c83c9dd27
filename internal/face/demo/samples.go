package demo

import (
	"fmt"
	"os"
	"path/filepath"

	"pilotzone/ceb"
)

// Samples writes the four messages of a parcel that is not in the day's traffic,
// to be sent by hand, and returns their folder.
func (d *Demo) Samples() (folder string, err error) {
	folder = filepath.Join(d.Folder, "messages")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	i := uint64(len(d.plan.Expect()))
	for d.gen.Kind(i, 621) != 621 { // exports have other messages
		i++
	}
	for n, k := range []ceb.Kind{311, 411, 511, 621} {
		data, _ := d.gen.AppendMessage(nil, k, i, 1)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d-%s.xml", n+1, k)), data, 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}
