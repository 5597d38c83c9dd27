package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
	"strings"
)

// FromZip reads a pack from a zip of its folder, as people make one: the files
// may stand in one folder inside of it. The bytes may be hostile and are bounded
// as in [FromArchive].
func FromZip(data []byte) (*Pack, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errArchive, err)
	}
	root := rootOf(r)
	files := make(map[string][]byte)
	var odd Faults
	left := int64(mostBytes)
	for _, f := range r.File {
		name := strings.TrimPrefix(f.Name, root)
		switch {
		case f.FileInfo().IsDir():
			continue
		case len(odd) > mostFaults:
			return nil, odd.sorted()
		case !fileName.MatchString(name) || !f.Mode().IsRegular():
			odd = append(odd, oddFile(name))
			continue
		case files[name] != nil:
			return nil, fmt.Errorf("%w: file %s twice (文件重复)", errArchive, name)
		case len(files) >= mostFiles || f.UncompressedSize64 > uint64(left):
			return nil, fmt.Errorf("%w: %w", errArchive, errTooLarge)
		}
		body, err := unzip(f)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errArchive, err)
		}
		left -= int64(len(body))
		files[name] = body
	}
	return build(files, odd, false)
}

// rootOf is the folder, with its slash, in which pack.yaml stands; "" if it
// stands at the top or nowhere.
func rootOf(r *zip.Reader) string {
	for _, f := range r.File {
		if dir, file := path.Split(f.Name); file == "pack.yaml" && strings.Count(dir, "/") <= 1 {
			return dir
		}
	}
	return ""
}

// unzip reads no more than the header promises.
func unzip(f *zip.File) ([]byte, error) {
	rc, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	var buf bytes.Buffer
	n, err := buf.ReadFrom(&limited{rc, int64(f.UncompressedSize64)})
	if err == nil && uint64(n) != f.UncompressedSize64 {
		err = fmt.Errorf("%s is longer or shorter than it says (文件大小不符)", f.Name)
	}
	return buf.Bytes(), err
}

// limited stops a byte after its bound, so that more is noticed.
type limited struct {
	r interface{ Read([]byte) (int, error) }
	n int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.n < 0 {
		return 0, errTooLarge
	}
	if int64(len(b)) > l.n+1 {
		b = b[:l.n+1]
	}
	n, err := l.r.Read(b)
	l.n -= int64(n)
	return n, err
}

// Read reads a pack that somebody sends, as an archive or as a zip of its folder.
func Read(data []byte) (*Pack, error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return FromZip(data)
	}
	return FromArchive(data)
}
