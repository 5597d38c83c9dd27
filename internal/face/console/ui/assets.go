package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

//go:embed static
var staticFiles embed.FS

// asset is a file of the program, compressed once.
type asset struct {
	kind        string
	plain, gzip []byte
	url         string
}

// assets are all files by name. Their addresses hold their hash, so that a
// browser may keep them for ever.
var assets = loadAssets()

func loadAssets() map[string]*asset {
	out := map[string]*asset{}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		plain, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		z.Write(plain)
		z.Close()
		sum := sha256.Sum256(plain)
		base := strings.TrimPrefix(name, "static/")
		out[base] = &asset{mime.TypeByExtension(path.Ext(name)), plain, b.Bytes(), "/static/" + hex.EncodeToString(sum[:6]) + "/" + base}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return out
}

// Asset is the address of a file of the program.
func Asset(name string) string {
	a, ok := assets[name]
	if !ok {
		panic("ui: no asset " + name)
	}
	return a.url
}

// serveAsset answers GET /static/{hash}/{name}.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", strconv.Quote(path.Base(path.Dir(a.url))))
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
