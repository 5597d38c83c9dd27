package audit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"pilotzone/internal/kernel/store"
)

// Difference is one thing that is not as it was written.
type Difference struct {
	Seq uint64 `json:"seq,omitempty"` // place in the chain, if it has one
	ID  string `json:"id,omitempty"`  // of the row
	ZH  string `json:"zh"`
	EN  string `json:"en"`
}

// String says it in both languages.
func (d Difference) String() string { return d.EN + " / " + d.ZH }

// maxDifferences bounds how many are listed; the rest is counted.
const maxDifferences = 100

// Report is what Verify found.
type Report struct {
	Entries     uint64       `json:"entries"`  // chained
	Seals       uint64       `json:"seals"`    //
	Unsealed    uint64       `json:"unsealed"` // written, but not chained yet
	Newest      *Seal        `json:"-"`        // nil before the first
	Head        string       `json:"head"`     // what the head file said: "agrees", "differs", "missing" or "none" (not kept)
	Differences []Difference `json:"differences"`
	More        int          `json:"more"` // differences that are not listed
}

// OK tells whether the chain is as it was written.
func (r *Report) OK() bool { return len(r.Differences) == 0 }

func (r *Report) add(seq uint64, id, zh, en string) {
	if len(r.Differences) == maxDifferences {
		r.More++
		return
	}
	r.Differences = append(r.Differences, Difference{Seq: seq, ID: id, ZH: zh, EN: en})
}

// Verify walks the whole chain in one state of the database, also while entries
// are written, and reports all that is not as it was written. What it cannot
// find: an entry removed before it was chained (within the second), and an end
// that was cut off together with the head file. The error is one of I/O.
func (l *Log) Verify(ctx context.Context) (*Report, error) {
	h, headFault, err := l.readHead() // before the state is taken: the file is never ahead of it
	if err != nil {
		return nil, err
	}
	v := &verifier{log: l, report: &Report{Differences: []Difference{}}, hash: make([]byte, sha256.Size), head: h}
	err = l.DB.Snapshot(ctx, v.walk)
	if err != nil {
		return nil, store.Wrap("verify audit chain", err)
	}
	v.checkHead(headFault)
	return v.report, nil
}

// verifier walks the seals page by page, and the entries of each page with them.
type verifier struct {
	log    *Log
	report *Report
	ends   map[uint64]*Seal // seals of this page by their last entry
	newest *Seal
	head   *head
	same   *Seal // the seal of the head's number

	last uint64 // entry looked at last
	hash []byte // its hash as stored
}

// sealPage is how many seals are held in memory.
const sealPage = 1000

func (v *verifier) walk(ctx context.Context, tx *sql.Tx) error {
	if err := v.entries(ctx, tx, `where seq <= 0 order by id`); err != nil {
		return err
	}
	v.newest = &Seal{Hash: make([]byte, sha256.Size), MAC: make([]byte, sha256.Size)}
	for more := true; more; {
		from := v.newest.Last
		n, err := v.seals(ctx, tx)
		if err != nil {
			return err
		}
		more = n == sealPage
		if err := v.entries(ctx, tx, `where seq > $1 and seq <= $2 order by seq`, int64(from), int64(v.newest.Last)); err != nil {
			return err
		}
		if v.last < v.newest.Last {
			v.missing(v.last+1, v.newest.Last)
			v.last, v.hash = v.newest.Last, v.newest.Hash
		}
	}
	if err := v.entries(ctx, tx, `where seq > $1 order by seq`, int64(v.newest.Last)); err != nil {
		return err
	}
	var foreign int
	if err := tx.QueryRowContext(ctx, `select count(*) from audit_seals where number <= 0`).Scan(&foreign); err != nil {
		return err
	}
	if foreign > 0 {
		v.report.add(0, "", "存在编号不大于 0 的封印", "there are seals with numbers below 1")
	}
	return nil
}

func (v *verifier) seals(ctx context.Context, tx *sql.Tx) (n int, err error) {
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`select `+sealColumns+` from audit_seals where number > $1 order by number limit %d`, sealPage), int64(v.newest.Number))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for v.ends = map[uint64]*Seal{}; rows.Next(); n++ {
		s, err := scanSeal(rows.Scan)
		if err != nil {
			return 0, err
		}
		v.seal(s)
	}
	return n, rows.Err()
}

func (v *verifier) seal(s *Seal) {
	before := v.newest
	switch {
	case s.Number != before.Number+1:
		v.report.add(0, "", fmt.Sprintf("封印 %d 至 %d 缺失", before.Number+1, s.Number-1), fmt.Sprintf("seals %d to %d are missing", before.Number+1, s.Number-1))
	case s.First != before.Last+1 || s.Last < s.First || !hmac.Equal(s.MAC, v.log.mac(s, before.MAC)):
		v.report.add(0, "", fmt.Sprintf("封印 %d 或其前一封印被改动（密钥校验不符）", s.Number), fmt.Sprintf("seal %d or the one before it was changed: it was not made with this key file", s.Number))
	}
	if v.head != nil && v.head.Number == s.Number {
		v.same = s
	}
	s.Last = max(s.Last, before.Last) // a changed row must not lead the walk back
	v.ends[s.Last] = s
	v.newest = s
	v.report.Seals++
	v.report.Newest = s
}

func (v *verifier) entries(ctx context.Context, tx *sql.Tx, which string, args ...any) error {
	rows, err := tx.QueryContext(ctx, `select `+columns+` from audit_entries `+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows.Scan); err != nil {
			return err
		}
		v.entry(&r)
	}
	return rows.Err()
}

func (v *verifier) missing(first, last uint64) {
	v.report.add(first, "", fmt.Sprintf("第 %d 至 %d 条记录缺失", first, last), fmt.Sprintf("entries %d to %d are missing", first, last))
}

func (v *verifier) entry(r *row) {
	_, err := v.log.record(r)
	switch {
	case r.seq == 0 && len(r.hash) == 0 && err == nil:
		v.report.Unsealed++
		return
	case r.seq <= 0:
		v.report.add(0, r.id, "未封印记录 "+r.id+" 非本程序写入或被改动", "entry "+r.id+", which is not chained, was changed or not written by this program")
		return
	}
	seq := uint64(r.seq)
	follows := seq == v.last+1
	if !follows {
		v.missing(v.last+1, seq-1)
	}
	v.report.Entries++
	seal := v.ends[seq]
	switch {
	case err != nil:
		v.report.add(seq, r.id, fmt.Sprintf("第 %d 条记录（%s）被改动", seq, r.id), fmt.Sprintf("entry %d (%s) was changed", seq, r.id))
	case follows && !bytes.Equal(r.hash, r.chained(v.hash)):
		v.report.add(seq, r.id, fmt.Sprintf("第 %d 条记录（%s）不在原位或链值被改动", seq, r.id), fmt.Sprintf("entry %d (%s) does not stand where it was chained, or its hash was changed", seq, r.id))
	case seq > v.newest.Last:
		v.report.add(seq, r.id, fmt.Sprintf("第 %d 条记录（%s）没有封印", seq, r.id), fmt.Sprintf("entry %d (%s) is numbered but no seal covers it", seq, r.id))
	case seal != nil && !bytes.Equal(seal.Hash, r.hash):
		v.report.add(seq, r.id, fmt.Sprintf("第 %d 条记录的链值与封印 %d 不符", seq, seal.Number), fmt.Sprintf("the hash of entry %d is not that of seal %d", seq, seal.Number))
	}
	v.last, v.hash = seq, r.hash
}

func (v *verifier) checkHead(fault error) {
	r := v.report
	switch {
	case v.log.Head == "":
		r.Head = "none"
		return
	case v.head == nil && fault == nil:
		r.Head = "missing"
		return
	case fault == nil:
		fault = v.head.agrees(v.same, v.newest)
	}
	if r.Head = "agrees"; fault != nil {
		r.Head = "differs"
		r.add(0, "", "链尾文件与库中审计链不一致："+fault.Error(), "the head file "+fault.Error())
	}
}
