package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"
)

// flowTime is how long a step of signing in may take.
const flowTime = 10 * time.Minute

// flow is what a browser carries between two steps of signing in: sealed, so
// that nobody reads or changes it, and good once.
type flow struct {
	Kind   string          `json:"k"`
	Person string          `json:"p,omitempty"`
	Until  time.Time       `json:"u"`
	ID     string          `json:"i"`
	Data   json.RawMessage `json:"d,omitempty"`
}

// wrap seals a step for the browser.
func (a *Accounts) wrap(kind, person string, data any) (string, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(flow{Kind: kind, Person: person, Until: a.clock.Now().Add(flowTime), ID: a.id(""), Data: body})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(a.keys.Seal(nil, plain, []byte("access flow "+kind))), nil
}

// unwrap opens a step and reads its data. ErrFlow if it is not ours, over, or
// used up.
func (a *Accounts) unwrap(kind, token string, data any) (*flow, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > 8<<10 {
		return nil, ErrFlow
	}
	plain, err := a.keys.Open(nil, sealed, []byte("access flow "+kind))
	if err != nil {
		return nil, ErrFlow
	}
	var f flow
	if err := json.Unmarshal(plain, &f); err != nil || f.Kind != kind || !a.clock.Now().Before(f.Until) || a.flows.has(f.ID) {
		return nil, ErrFlow
	}
	if data != nil {
		if err := json.Unmarshal(f.Data, data); err != nil {
			return nil, ErrFlow
		}
	}
	return &f, nil
}

// spend uses a step up; false if it was already.
func (a *Accounts) spend(f *flow) bool { return a.flows.add(f.ID, a.clock.Now()) }

// used are steps that were used up, kept as long as they could be shown again.
type used struct {
	mu  sync.Mutex
	ids map[[16]byte]time.Time
}

func usedKey(id string) [16]byte {
	sum := sha256.Sum256([]byte(id))
	return [16]byte(sum[:16])
}

func (u *used) has(id string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.ids[usedKey(id)]
	return ok
}

func (u *used) add(id string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = map[[16]byte]time.Time{}
	}
	if len(u.ids) > 1000 {
		for k, at := range u.ids {
			if now.Sub(at) > flowTime {
				delete(u.ids, k)
			}
		}
	}
	k := usedKey(id)
	if _, ok := u.ids[k]; ok {
		return false
	}
	u.ids[k] = now
	return true
}
