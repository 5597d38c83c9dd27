package intake

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
)

// chunk is a run of whole messages that become one segment.
type chunk struct {
	jobs  []*job
	docs  [][]clearance.Doc // by job
	rules *refdata.Book     // by which docs were checked
	count int               // documents
	block []byte            // compressed and sealed raw messages
}

// decode is one worker: it takes what is queued, at most a chunk's worth, and
// hands on the decoded chunk.
func (s *Service) decode() {
	defer s.workers.Done()
	w := newWorker(s)
	for first := range s.jobs {
		jobs := []*job{first}
		docs, size := w.read(first), len(first.data)
	more:
		for docs < s.cfg.ChunkDocs && size < s.cfg.ChunkBytes {
			select {
			case j, ok := <-s.jobs:
				if !ok {
					break more
				}
				jobs = append(jobs, j)
				docs += w.read(j)
				size += len(j.data)
			default:
				break more
			}
		}
		if c := w.chunk(jobs); c != nil {
			s.chunks <- c
		}
	}
}

type worker struct {
	s       *Service
	extract clearance.Extractor
	zip     *zstd.Encoder
	plain   []byte
	packed  []byte
}

func newWorker(s *Service) *worker {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // the options are constants
	}
	return &worker{s: s, extract: clearance.Extractor{Hasher: s.cfg.Keys.Hasher()}, zip: zip}
}

// read decodes a job's message and judges its signature. A message that can't
// be taken in is answered here; it returns the number of documents to store.
func (w *worker) read(j *job) int {
	m, err := ceb.Decode(j.data)
	if err != nil {
		var d *ceb.Defect
		if errors.As(err, &d) {
			j.refuse(&Refusal{Defects: []ceb.Defect{*d}})
		} else {
			j.refuse(&Refusal{Reason: &clearance.Reason{Code: "PZ4002", Args: []string{err.Error()}}})
		}
		w.s.stats.Refused.Add(1)
		return 0
	}
	if r := Unusable(m); r != nil {
		j.refuse(r)
		w.s.stats.Refused.Add(1)
		return 0
	}
	j.message, j.kind = m, m.Kind
	if w.s.cfg.Judge != nil {
		j.refused = w.s.cfg.Judge.Judge(m, time.UnixMicro(j.at))
	}
	return len(m.Docs)
}

func (j *job) refuse(r *Refusal) {
	j.err = r
	close(j.done)
}

// Unusable says why a message can't be taken in as a whole: it is a receipt,
// of a kind that no service takes yet, or wrong outside its documents. nil: it can be.
func Unusable(m *ceb.Message) *Refusal {
	if m.Kind.IsReceipt() {
		return &Refusal{Kind: m.Kind, Reason: &clearance.Reason{Code: "PZ1011", Args: []string{m.Kind.String()}}}
	}
	if !clearance.Takes(m.Kind) {
		r := &clearance.Reason{Code: "PZ1010", Args: []string{m.Kind.String()}}
		return &Refusal{Kind: m.Kind, Defects: m.Under(m.Edition()), Reason: r}
	}
	var outside []ceb.Defect
	inside := 0
	for i := range m.Docs {
		inside += len(m.Docs[i].Under(m.Edition()))
	}
	if all := m.Under(m.Edition()); len(all) > inside || len(m.Docs) == 0 {
		outside = all
		return &Refusal{Kind: m.Kind, Defects: outside}
	}
	return nil
}

// chunk extracts the documents of the jobs that can be taken in and packs the
// raw messages; nil when there are none.
func (w *worker) chunk(jobs []*job) *chunk {
	c := &chunk{rules: w.s.rules.Load()}
	w.extract.Rules = c.rules
	w.plain = w.plain[:0]
	for _, j := range jobs {
		if j.message == nil {
			continue
		}
		docs := w.extract.Docs(j.message, j.at, j.refused)
		c.jobs, c.docs = append(c.jobs, j), append(c.docs, docs)
		c.count += len(docs)
		w.plain = appendMessage(w.plain, j)
		w.s.stats.Messages.Add(1)
		w.s.stats.Documents.Add(uint64(len(docs)))
		w.s.stats.Bytes.Add(uint64(len(j.data)))
	}
	if len(c.jobs) == 0 {
		return nil
	}
	w.packed = w.zip.EncodeAll(w.plain, w.packed[:0])
	c.block = w.s.seals.seal(w.packed, sealSegment)
	return c
}

// appendMessage writes one message of a segment: when it was received, what
// its signature was refused for, and its bytes.
func appendMessage(b []byte, j *job) []byte {
	b = binary.AppendVarint(b, j.at)
	b = clearance.AppendReasons(b, j.refused)
	b = binary.AppendUvarint(b, uint64(len(j.data)))
	return append(b, j.data...)
}

// stored is one message read back from a segment.
type stored struct {
	at      int64
	refused []clearance.Reason
	data    []byte
}

func readMessages(b []byte) ([]stored, error) {
	var out []stored
	for len(b) > 0 {
		at, n := binary.Varint(b)
		if n <= 0 {
			return nil, clearance.ErrCorrupt
		}
		refused, rest, err := clearance.ReadReasons(b[n:])
		if err != nil {
			return nil, err
		}
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return nil, clearance.ErrCorrupt
		}
		rest = rest[n:]
		out = append(out, stored{at: at, refused: refused, data: rest[:size]})
		b = rest[size:]
	}
	return out, nil
}

// Seal domains: a block of one sort can't be passed off as another.
var (
	sealSegment  = []byte("pilotzone segment")
	sealInput    = []byte("pilotzone input")
	sealDecision = []byte("pilotzone decisions")
	sealSnapshot = []byte("pilotzone snapshot")
	sealLayer    = []byte("pilotzone layer")
)

// sealer encrypts everything that the journal keeps.
type sealer struct{ ring *keys.Keyring }

func (s sealer) seal(plain, domain []byte) []byte { return s.ring.Seal(nil, plain, domain) }
func (s sealer) open(sealed, domain []byte) ([]byte, error) {
	return s.ring.Open(nil, sealed, domain)
}

var unzipper = func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}()

// keepState packs and seals the machine's own state: layers and snapshots. They
// are packed by s2, which costs a third of zstd's time, since most of them are
// never read again.
func (s sealer) keepState(plain, domain []byte) []byte {
	return s.seal(s2.Encode(nil, plain), domain)
}

func (s sealer) openState(sealed, domain []byte) ([]byte, error) {
	packed, err := s.open(sealed, domain)
	if err != nil {
		return nil, err
	}
	return s2.Decode(nil, packed)
}

func (s sealer) unpack(sealed, domain []byte) ([]byte, error) {
	packed, err := s.open(sealed, domain)
	if err != nil {
		return nil, err
	}
	return unzipper.DecodeAll(packed, nil)
}
