package audit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pilotzone/internal/kernel/store"
)

// head is the newest seal as the file outside of the database holds it.
type head struct {
	Number uint64    `json:"seal"`
	Last   uint64    `json:"entries"`
	At     time.Time `json:"at"`
	Hash   []byte    `json:"hash"`
	Seal   []byte    `json:"seal_mac"`
	MAC    []byte    `json:"mac"`
}

func (l *Log) headMAC(h *head) []byte {
	m := hmac.New(sha256.New, l.macKey)
	fmt.Fprintf(m, "pilotzone audit head 1\n%d %d %d %x %x", h.Number, h.Last, h.At.UnixMicro(), h.Hash, h.Seal)
	return m.Sum(nil)
}

// writeHead replaces the file by one that names the seal.
func (l *Log) writeHead(s *Seal) error {
	if l.Head == "" {
		return nil
	}
	h := &head{Number: s.Number, Last: s.Last, At: s.At.UTC(), Hash: s.Hash, Seal: s.MAC}
	h.MAC = l.headMAC(h)
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(l.Head), ".pilotzone-audit-*") // mode 0600
	if err != nil {
		return fmt.Errorf("audit: head file %s cannot be written (无法写入审计链尾文件): %w", l.Head, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), l.Head)
	}
	if err != nil {
		return fmt.Errorf("audit: head file %s cannot be written (无法写入审计链尾文件): %w", l.Head, err)
	}
	return nil
}

// readHead reads the file; nil when there is none. fault says what is wrong with
// its content, nil when it is the program's own.
func (l *Log) readHead() (h *head, fault, err error) {
	if l.Head == "" {
		return nil, nil, nil
	}
	data, err := os.ReadFile(l.Head)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("audit: head file (审计链尾文件): %w", err)
	}
	h = &head{}
	if err := json.Unmarshal(data, h); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err), nil
	}
	if !hmac.Equal(h.MAC, l.headMAC(h)) {
		return nil, errors.New("was not written with this key file"), nil
	}
	return h, nil, nil
}

// agrees holds the head against the seal of its number and the newest one.
func (h *head) agrees(same, newest *Seal) error {
	switch {
	case h.Number > newest.Number:
		return fmt.Errorf("names seal %d with entry %d, but the table ends at seal %d with entry %d: the end was cut off, or an older backup was restored", h.Number, h.Last, newest.Number, newest.Last)
	case same == nil || !bytes.Equal(same.Hash, h.Hash) || !bytes.Equal(same.MAC, h.Seal):
		return fmt.Errorf("names another seal %d than the table has: the chain was replaced", h.Number)
	}
	return nil
}

// checkHead holds the table against the head file at the start. A file that
// disagrees is kept under another name as evidence, and that it did is an entry.
func (l *Log) checkHead(ctx context.Context) error {
	h, fault, err := l.readHead()
	if err != nil || (h == nil && fault == nil) {
		return err
	}
	if fault == nil {
		fault, err = l.againstTable(ctx, h)
	}
	if err != nil || fault == nil {
		return err
	}
	kept := fmt.Sprintf("%s.differs-%d", l.Head, l.Clock.Now().Unix())
	if err := os.Rename(l.Head, kept); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.Log.Error("the audit chain and its head file disagree; the file is kept (审计链与链尾文件不一致，已保留原文件)", "file", kept, "error", fault)
	return l.Record(ctx, Entry{Actor: "system", Act: "audit.head", Object: "audit", Outcome: Failed, Detail: fault.Error()})
}

func (l *Log) againstTable(ctx context.Context, h *head) (fault, err error) {
	last, err := newest(l.DB.Read().QueryRowContext(ctx, newestSeal).Scan)
	if err != nil {
		return nil, err
	}
	same, err := newest(l.DB.Read().QueryRowContext(ctx, `select `+sealColumns+` from audit_seals where number = $1`, int64(h.Number)).Scan)
	if err != nil {
		return nil, store.Wrap("read audit seal", err)
	}
	return h.agrees(same, last), nil
}
