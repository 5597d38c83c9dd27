package api

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"pilotzone/internal/kernel/keys"
)

// masks are the elements that hold personal data (个人信息), and how much of each
// may be shown. Notes are free text and may hold anything.
var masks = map[string]func(string) string{
	"buyerIdNumber": keys.MaskID, "payerIdNumber": keys.MaskID,
	"buyerName": keys.MaskName, "payerName": keys.MaskName, "consignee": keys.MaskName,
	"buyerTelephone": keys.MaskPhone, "consigneeTelephone": keys.MaskPhone, "telephone": keys.MaskPhone, "ebcTelephone": keys.MaskPhone,
	"consigneeAddress": keys.MaskAddress,
	"note":             func(string) string { return "****" },
}

// maskDocument copies a document's node with personal data masked and comments
// left out; all else stays byte for byte.
func maskDocument(raw []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	var out bytes.Buffer
	copied := int64(0) // raw[:copied] is dealt with
	var mask func(string) string
	var text []byte
	depth := 0 // below the masked element
	for {
		start := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("mask: %w", err)
		}
		end := d.InputOffset()
		switch t := token.(type) {
		case xml.StartElement:
			if mask != nil {
				depth++
			} else if m, ok := masks[t.Name.Local]; ok {
				mask, depth, text = m, 0, text[:0]
				out.Write(raw[copied:end])
				copied = end
			}
		case xml.CharData:
			if mask != nil {
				text = append(text, t...)
			}
		case xml.Comment, xml.ProcInst, xml.Directive:
			if mask == nil {
				out.Write(raw[copied:start])
				copied = end
			}
		case xml.EndElement:
			switch {
			case mask != nil && depth == 0:
				if len(bytes.TrimSpace(text)) > 0 {
					if err := xml.EscapeText(&out, []byte(mask(string(text)))); err != nil {
						return nil, err
					}
				}
				copied, mask = start, nil
			case mask != nil:
				depth--
			}
		}
	}
	if mask != nil {
		return nil, errors.New("mask: the document ends inside an element")
	}
	out.Write(raw[copied:])
	return out.Bytes(), nil
}
