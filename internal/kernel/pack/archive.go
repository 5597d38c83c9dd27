package pack

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// contentHash is the SHA-256 over the canonical list of files: for each file,
// by name, the lengths of name and content (64 bits, big-endian), the name and
// the content's own SHA-256. It does not depend on the archive's compression,
// so a newer program gives an old pack the same hash.
func contentHash(files map[string][]byte) [32]byte {
	h := sha256.New()
	for _, name := range sortedKeys(files) {
		var lengths [16]byte
		binary.BigEndian.PutUint64(lengths[:8], uint64(len(name)))
		binary.BigEndian.PutUint64(lengths[8:], uint64(len(files[name])))
		sum := sha256.Sum256(files[name])
		h.Write(lengths[:])
		io.WriteString(h, name)
		h.Write(sum[:])
	}
	return [32]byte(h.Sum(nil))
}

// Archive is the whole pack as bytes: a tar of its files by name, without times
// or owners, in zstd. The same pack gives the same bytes.
func (p *Pack) Archive() []byte {
	var out bytes.Buffer
	// Neither writer can fail: the buffer takes everything, and names and
	// sizes were bounded when the pack was read.
	z, _ := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	t := tar.NewWriter(z)
	for _, name := range sortedKeys(p.files) {
		_ = t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(p.files[name])), Mode: 0o644, Format: tar.FormatUSTAR})
		_, _ = t.Write(p.files[name])
	}
	_ = t.Close()
	_ = z.Close()
	return out.Bytes()
}

// errArchive is the refusal of bytes that are no archive of a pack.
var errArchive = errors.New("not an archive of a pack (不是规则包归档)")

// FromArchive reads what [Pack.Archive] wrote. The bytes may be hostile: sizes,
// numbers and names are bounded before anything is kept.
func FromArchive(data []byte) (*Pack, error) { return fromArchive(data, false) }

func fromArchive(data []byte, admitted bool) (*Pack, error) {
	z, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostBytes))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errArchive, err)
	}
	defer z.Close()
	files := make(map[string][]byte)
	var odd Faults
	left := int64(mostBytes)
	for t := tar.NewReader(io.LimitReader(z, 2*mostBytes)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return build(files, odd, admitted)
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errArchive, err)
		case len(odd) > mostFaults:
			return nil, odd.sorted()
		case h.Typeflag != tar.TypeReg || !fileName.MatchString(h.Name):
			odd = append(odd, oddFile(h.Name))
			continue
		case files[h.Name] != nil:
			return nil, fmt.Errorf("%w: file %s twice (文件重复)", errArchive, h.Name)
		case h.Size > left || len(files) >= mostFiles:
			return nil, fmt.Errorf("%w: %w", errArchive, errTooLarge)
		}
		left -= h.Size
		body := make([]byte, h.Size)
		if _, err := io.ReadFull(t, body); err != nil {
			return nil, fmt.Errorf("%w: %w", errArchive, err)
		}
		files[h.Name] = body
	}
}
