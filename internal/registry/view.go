package registry

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
)

// View is the filings as the core knows them (备案视图): in memory, by code, and
// made of filing inputs alone, so the same inputs give the same view and the
// same Snapshot. One goroutine applies; others may ask at the same time.
type View struct {
	mu     sync.RWMutex
	byID   map[string]*Filing
	byCode map[string]*Filing // customs code or USCC
	byCert map[string]signer  // fingerprint
	serial map[string]string  // serial number of a certificate → its fingerprint
}

type signer struct {
	filing *Filing
	at     int // index into Certificates
}

// NewView returns an empty view.
func NewView() *View {
	v := &View{}
	v.clear()
	return v
}

func (v *View) clear() {
	v.byID = make(map[string]*Filing)
	v.byCode = make(map[string]*Filing)
	v.byCert = make(map[string]signer)
	v.serial = make(map[string]string)
}

// Apply takes the body of a filing input into the view and returns the filing's
// id. A revision that is not newer than what the view has changes nothing.
func (v *View) Apply(body []byte) (subject string, err error) {
	f, err := DecodeFiling(body)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.put(f)
	return f.ID, nil
}

func (v *View) put(f *Filing) {
	if old := v.byID[f.ID]; old != nil {
		if old.Revision >= f.Revision {
			return
		}
		v.remove(old)
	}
	v.byID[f.ID] = f
	for _, code := range f.codes() {
		v.byCode[code] = f
	}
	for i, c := range f.Certificates {
		v.byCert[c.Fingerprint] = signer{f, i}
		v.serial[c.Serial] = c.Fingerprint
	}
}

// remove takes a filing out; what another filing has taken over since stays.
func (v *View) remove(f *Filing) {
	delete(v.byID, f.ID)
	for _, code := range f.codes() {
		if v.byCode[code] == f {
			delete(v.byCode, code)
		}
	}
	for _, c := range f.Certificates {
		if v.byCert[c.Fingerprint].filing == f {
			delete(v.byCert, c.Fingerprint)
		}
		if v.serial[c.Serial] == c.Fingerprint {
			delete(v.serial, c.Serial)
		}
	}
}

// Filed tells whether an enterprise is filed and active for a role on a Beijing
// day, and if not, why, in Chinese and English. code is a customs code or a USCC,
// role a name as in Kinds.
func (v *View) Filed(code, role string, day clock.Day) (ok bool, why string) {
	v.mu.RLock()
	f := v.byCode[code]
	v.mu.RUnlock()
	kind := Role(role)
	switch {
	case f == nil:
		return false, "企业未备案 / enterprise is not filed"
	case kind == 0 || !f.Kinds.Has(kind):
		return false, fmt.Sprintf("未按%s备案，备案类型为%s / not filed as %s but as %s", kind.ZH(), f.Kinds.ZH(), role, f.Kinds)
	}
	if s := f.State(day); s != Active {
		return false, fmt.Sprintf("备案%s（%s） / filing is %s on %s", s.ZH(), day, s, day)
	}
	return true, ""
}

// Lookup returns the filing that has a code, as a copy; nil if there is none.
func (v *View) Lookup(code string) *Filing {
	v.mu.RLock()
	defer v.mu.RUnlock()
	f := v.byCode[code]
	if f == nil {
		return nil
	}
	c := *f // lists are never changed in place
	return &c
}

// Len returns the number of filings.
func (v *View) Len() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.byID)
}

// Mode returns how signatures of a sender's messages of a kind are treated:
// Optional where nothing is filed.
func (v *View) Mode(sender string, k ceb.Kind) Mode {
	v.mu.RLock()
	f := v.byCode[sender]
	v.mu.RUnlock()
	if f != nil {
		if m := f.Mode(k); m != 0 {
			return m
		}
	}
	return Optional
}

// DER returns the lodged certificate with a serial number, for messages that
// carry only its KeyName; nil if there is none.
func (v *View) DER(keyName string) []byte {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, ok := v.byCert[v.serial[keyName]]
	if !ok {
		return nil
	}
	return s.filing.Certificates[s.at].DER
}

// snapshotVersion is the version of Snapshot's form: the filings by id, each
// preceded by its length.
const snapshotVersion = 1

// Snapshot returns the whole view; equal views give equal bytes.
func (v *View) Snapshot() []byte {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := binary.AppendUvarint([]byte{snapshotVersion}, uint64(len(v.byID)))
	var one []byte
	for _, id := range slices.Sorted(maps.Keys(v.byID)) {
		one = AppendFiling(one[:0], v.byID[id])
		out = binary.AppendUvarint(out, uint64(len(one)))
		out = append(out, one...)
	}
	return out
}

// Restore replaces the view by a snapshot.
func (v *View) Restore(data []byte) error {
	r := reader{b: data}
	if version := r.byte(); version != snapshotVersion {
		return fmt.Errorf("registry: snapshot of filings has version %d, this program knows %d", version, snapshotVersion)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	for range r.length() {
		f, err := DecodeFiling([]byte(r.text()))
		if err != nil {
			return err
		}
		v.put(f)
	}
	if r.bad || len(r.b) != 0 {
		return fmt.Errorf("%w: snapshot has the wrong length", errFiling)
	}
	return nil
}
