package blob

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg" // sizes of pictures
	_ "image/png"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Type is a type of file that may be lodged (文件类型). Its name is stored.
type Type string

// The types.
const (
	PDF  Type = "pdf"
	PNG  Type = "png"
	JPEG Type = "jpeg"
	OFD  Type = "ofd" // GB/T 33190-2016, electronic invoices and official papers
	XLSX Type = "xlsx"
	DOCX Type = "docx"
	CSV  Type = "csv"
	Text Type = "txt"
)

// Types are all types that may be lodged.
func Types() []Type { return []Type{PDF, PNG, JPEG, OFD, XLSX, DOCX, CSV, Text} }

// Extension is the ending of a file of the type.
func (t Type) Extension() string {
	if t == JPEG {
		return "jpg"
	}
	return string(t)
}

// Refusal says why a file is not taken, and how to mend it.
type Refusal struct {
	Code         string // type, mismatch, polyglot, macro, damaged, size, full, name
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the refusal in both languages.
func (r *Refusal) Error() string {
	return fmt.Sprintf("blob: %s: %s / %s", r.Code, r.EN, r.ZH)
}

func refuse(code, zh, en, fixZH, fixEN string) *Refusal { return &Refusal{code, zh, en, fixZH, fixEN} }

func tooLarge(limit int64) *Refusal {
	return refuse("size", fmt.Sprintf("文件超过 %d MB", limit>>20), fmt.Sprintf("the file is larger than %d MB", limit>>20), "压缩或拆分后再传", "make it smaller or split it")
}

func damaged(what string) *Refusal {
	return refuse("damaged", "文件不完整或已损坏："+what, "the file is cut short or damaged: "+what, "重新导出后再传", "export it again")
}

func double(what string) *Refusal {
	return refuse("polyglot", "文件在"+what+"之后还有其他内容", "there is something else behind the end of the "+what, "重新导出或打印为新文件后再传", "export or print it to a new file")
}

var byExtension = map[string]Type{".pdf": PDF, ".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".ofd": OFD, ".xlsx": XLSX, ".docx": DOCX, ".csv": CSV, ".txt": Text}

// Sniff finds the type of a file by its bytes and holds it against its name's
// ending. What may not be lodged is a *Refusal.
func Sniff(name string, data []byte) (Type, error) {
	said, known := byExtension[strings.ToLower(path.Ext(name))]
	if !known {
		return "", refuse("type", "不接受此类文件", "files of this type are not taken", "请上传 PDF、OFD、PNG、JPG、XLSX、DOCX、CSV 或 TXT", "send PDF, OFD, PNG, JPG, XLSX, DOCX, CSV or TXT")
	}
	if len(data) == 0 {
		return "", damaged("空文件 (empty)")
	}
	found, err := find(data)
	if err != nil {
		return "", err
	}
	if found == Text && said == CSV {
		found = CSV
	}
	if found != said {
		return "", refuse("mismatch", fmt.Sprintf("文件名说是 %s，内容却是 %s", said, found), fmt.Sprintf("its name says %s, its content is %s", said, found),
			"用正确的扩展名保存后再传", "save it under its right ending")
	}
	return found, nil
}

func find(data []byte) (Type, error) {
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return PDF, checkPDF(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, checkPNG(data)
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG, checkJPEG(data)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return checkZip(data)
	}
	return Text, checkText(data)
}

// checkPDF looks for the end mark, and for an archive or a page of HTML that
// hides in the same bytes.
func checkPDF(data []byte) error {
	end := bytes.LastIndex(data, []byte("%%EOF"))
	if end < 0 {
		return damaged("PDF")
	}
	if rest := bytes.Trim(data[end+5:], "\r\n \t\x00"); len(rest) > 0 {
		return double("PDF")
	}
	tail := data[max(0, len(data)-(64<<10)-22):]
	if bytes.Contains(tail, []byte("PK\x05\x06")) || markup(data[:min(len(data), 1024)]) {
		return double("PDF")
	}
	return nil
}

// maxPixels bounds a picture: a small file may unfold into a huge one.
const maxPixels = 100_000_000

func checkPicture(data []byte) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return damaged("图片 (picture)")
	}
	if int64(c.Width)*int64(c.Height) > maxPixels {
		return refuse("size", "图片像素过多", "the picture has too many pixels", "缩小到一亿像素以内", "scale it below a hundred million pixels")
	}
	return nil
}

// checkPNG walks the chunks to the end: nothing may stand behind it.
func checkPNG(data []byte) error {
	if err := checkPicture(data); err != nil {
		return err
	}
	for at := 8; at+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[at:]))
		if n < 0 || n > len(data)-at-12 {
			return damaged("PNG")
		}
		kind := string(data[at+4 : at+8])
		if at += 12 + n; kind == "IEND" {
			if at != len(data) {
				return double("PNG")
			}
			return nil
		}
	}
	return damaged("PNG")
}

// checkJPEG walks the segments and the scans to the end mark.
func checkJPEG(data []byte) error {
	if err := checkPicture(data); err != nil {
		return err
	}
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			return damaged("JPEG")
		}
		mark := data[at+1]
		if mark == 0xff { // filling
			at++
			continue
		}
		if at += 2 + int(binary.BigEndian.Uint16(data[at+2:])); mark != 0xda {
			continue
		}
		for at < len(data)-1 && (data[at] != 0xff || data[at+1] == 0 || data[at+1] >= 0xd0 && data[at+1] <= 0xd7 || data[at+1] == 0xff) {
			at++
		}
		if at+2 <= len(data) && data[at+1] == 0xd9 {
			if len(bytes.Trim(data[at+2:], "\x00")) > 0 {
				return double("JPEG")
			}
			return nil
		}
	}
	return damaged("JPEG")
}

// Bounds on what an archive may unfold into.
const (
	maxEntries  = 5000
	maxUnfolded = 200 << 20
)

// checkZip tells OFD, XLSX and DOCX apart by their parts and refuses macros,
// embedded programs, odd paths and bombs.
func checkZip(data []byte) (Type, error) {
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	if end < 0 || end+22 > len(data) {
		return "", damaged("ZIP")
	}
	if end+22+int(binary.LittleEndian.Uint16(data[end+20:])) != len(data) {
		return "", double("ZIP")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", damaged("ZIP")
	}
	names := make(map[string]*zip.File, len(z.File))
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if len(z.File) > maxEntries || f.UncompressedSize64 > maxUnfolded || total > maxUnfolded {
			return "", refuse("size", "压缩包展开后过大", "it unfolds into too much", "拆分后再传", "split it")
		}
		if strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") || strings.ContainsAny(f.Name, "\\\x00") {
			return "", damaged("ZIP 路径 (path)")
		}
		if names[f.Name] != nil {
			return "", double("ZIP")
		}
		if active(f.Name) {
			return "", macros()
		}
		names[f.Name] = f
	}
	return office(names)
}

func macros() *Refusal {
	return refuse("macro", "文件含宏或嵌入程序", "the file carries macros or embedded programs", "另存为不含宏的格式后再传", "save it without macros")
}

// active tells whether a part of an office document may run.
func active(name string) bool {
	n := strings.ToLower(name)
	return strings.HasSuffix(n, ".bin") && !strings.Contains(n, "printersettings") || strings.Contains(n, "activex") || strings.Contains(n, "embeddings/") ||
		strings.HasSuffix(n, ".exe") || strings.HasSuffix(n, ".js") || strings.HasSuffix(n, ".vbs")
}

func office(names map[string]*zip.File) (Type, error) {
	if names["OFD.xml"] != nil {
		return OFD, nil
	}
	types := names["[Content_Types].xml"]
	if types == nil {
		return "", refuse("type", "不接受一般压缩包", "archives are not taken", "逐个上传其中的文件", "send the files in it one by one")
	}
	r, err := types.Open()
	if err != nil {
		return "", damaged("ZIP")
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return "", damaged("ZIP")
	}
	if bytes.Contains(bytes.ToLower(text), []byte("macroenabled")) {
		return "", macros()
	}
	switch {
	case names["xl/workbook.xml"] != nil && names["word/document.xml"] == nil:
		return XLSX, nil
	case names["word/document.xml"] != nil && names["xl/workbook.xml"] == nil:
		return DOCX, nil
	}
	return "", refuse("type", "不是 XLSX、DOCX 或 OFD 文件", "it is no XLSX, DOCX or OFD file", "另存为这些格式之一", "save it as one of these")
}

// checkText takes UTF-8 and GB18030 without control characters and markup.
func checkText(data []byte) error {
	text := data
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return unknownType()
		}
		text = decoded
	}
	if bytes.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		return unknownType()
	}
	if markup(text) || bytes.HasPrefix(text, []byte("#!")) || bytes.HasPrefix(text, []byte("%!")) {
		return unknownType()
	}
	return nil
}

func unknownType() *Refusal {
	return refuse("type", "内容不是可接受的文件类型", "the content is of no type that is taken", "请上传 PDF、OFD、PNG、JPG、XLSX、DOCX、CSV 或 TXT", "send PDF, OFD, PNG, JPG, XLSX, DOCX, CSV or TXT")
}

// markup tells whether a browser might take the bytes for a page or a script.
func markup(b []byte) bool {
	low := bytes.ToLower(b)
	for _, tag := range []string{"<script", "<html", "<!doctype", "<svg", "<iframe", "<body", "<?php", "<?xml", "javascript:"} {
		if bytes.Contains(low, []byte(tag)) {
			return true
		}
	}
	return false
}

// CleanName makes a file name harmless: its last part alone, no control
// characters, no direction marks, no quotes, at most 120 characters with its
// ending kept.
func CleanName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"'<>:|?*;%&`, r) {
			return -1
		}
		return r
	}, s)
	s = strings.Trim(s, " .")
	ext := path.Ext(s)
	stem := []rune(strings.TrimSuffix(s, ext))
	if len([]rune(ext)) > 10 {
		stem, ext = []rune(s), ""
	}
	if len(stem) == 0 {
		stem = []rune("file")
	}
	return string(stem[:min(len(stem), 110)]) + ext
}
