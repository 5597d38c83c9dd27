package disclose

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/keys"
)

// element is one that holds personal data (个人信息).
type element struct {
	zh, en string
	mask   func(string) string // how much of it may be shown
}

// elements are all that hold personal data in the messages. Notes are free text
// and may hold anything.
var elements = map[string]element{
	"buyerIdNumber":      {"订购人证件号码", "orderer's identity number", keys.MaskID},
	"payerIdNumber":      {"支付人证件号码", "payer's identity number", keys.MaskID},
	"buyerName":          {"订购人姓名", "orderer's name", keys.MaskName},
	"payerName":          {"支付人姓名", "payer's name", keys.MaskName},
	"consignee":          {"收货人", "consignee", keys.MaskName},
	"buyerTelephone":     {"订购人电话", "orderer's telephone", keys.MaskPhone},
	"consigneeTelephone": {"收货人电话", "consignee's telephone", keys.MaskPhone},
	"telephone":          {"支付人电话", "payer's telephone", keys.MaskPhone},
	"ebcTelephone":       {"电商企业电话", "merchant's telephone", keys.MaskPhone},
	"consigneeAddress":   {"收货地址", "consignee's address", keys.MaskAddress},
	"note":               {"备注", "note", func(string) string { return "****" }},
}

// Field is one piece of personal data of a document.
type Field struct {
	Element string // in the message, such as buyerIdNumber
	ZH, EN  string // what it is
	Masked  string
	Clear   string
}

// Mask copies a document's node with personal data masked and comments left out;
// all else stays byte for byte.
func Mask(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	copied := int64(0) // raw[:copied] is dealt with
	err := walk(raw, visitor{
		open: func(end int64) { out.Write(raw[copied:end]); copied = end },
		drop: func(start, end int64) { out.Write(raw[copied:start]); copied = end },
		close: func(_ string, e element, text []byte, start int64) error {
			copied = start
			if len(bytes.TrimSpace(text)) == 0 {
				return nil
			}
			return xml.EscapeText(&out, []byte(e.mask(string(text))))
		},
	})
	if err != nil {
		return nil, err
	}
	out.Write(raw[copied:])
	return out.Bytes(), nil
}

// moves are the nodes of arrivals and departures (运抵单, 离境单) that name one
// waybill each: such a message is about the parcels of many merchants.
var moves = map[string]bool{"ArrivalList": true, "DepartureList": true}

// Part is what a caller who may read one parcel may see of a document: all of it
// if the permission reaches its sender, else without the waybills of others.
func Part(p *access.Principal, need access.Permission, raw []byte, sender, waybill string) ([]byte, error) {
	if p.Sees(need, sender) {
		return raw, nil
	}
	var out bytes.Buffer
	var text []byte
	copied, begun, inNumber := int64(0), int64(-1), false // raw[:copied] is dealt with; begun: where a waybill's node begins
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		start := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("leave out others' waybills: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if moves[t.Name.Local] && begun < 0 {
				begun, text = start, text[:0]
			}
			inNumber = t.Name.Local == "logisticsNo"
		case xml.CharData:
			if inNumber {
				text = append(text, t...)
			}
		case xml.EndElement:
			inNumber = false
			if !moves[t.Name.Local] || begun < 0 {
				continue
			}
			if string(bytes.TrimSpace(text)) != waybill {
				out.Write(raw[copied:begun])
				copied = d.InputOffset()
			}
			begun = -1
		}
	}
	out.Write(raw[copied:])
	return out.Bytes(), nil
}

// fields are the pieces of personal data of a document's node, in its order.
func fields(raw []byte) ([]Field, error) {
	var out []Field
	err := walk(raw, visitor{
		open: func(int64) {}, drop: func(int64, int64) {},
		close: func(name string, e element, text []byte, _ int64) error {
			if text = bytes.TrimSpace(text); len(text) > 0 {
				out = append(out, Field{Element: name, ZH: e.zh, EN: e.en, Masked: e.mask(string(text)), Clear: string(text)})
			}
			return nil
		},
	})
	return out, err
}

// visitor is told of what a walk meets.
type visitor struct {
	open  func(end int64)                                              // an element with personal data begins; its content starts at end
	drop  func(start, end int64)                                       // a comment or the like, outside of such an element
	close func(name string, e element, text []byte, start int64) error // it ends, with its text; its end tag starts at start
}

// walk goes through a document's node.
func walk(raw []byte, v visitor) error {
	d := xml.NewDecoder(bytes.NewReader(raw))
	var name string // of the element that is dealt with
	var text []byte
	depth := 0 // below it
	for {
		start := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("mask: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if name != "" {
				depth++
			} else if _, ok := elements[t.Name.Local]; ok {
				name, depth, text = t.Name.Local, 0, text[:0]
				v.open(d.InputOffset())
			}
		case xml.CharData:
			if name != "" {
				text = append(text, t...)
			}
		case xml.Comment, xml.ProcInst, xml.Directive:
			if name == "" {
				v.drop(start, d.InputOffset())
			}
		case xml.EndElement:
			switch {
			case name != "" && depth == 0:
				if err := v.close(name, elements[name], text, start); err != nil {
					return err
				}
				name = ""
			case name != "":
				depth--
			}
		}
	}
	if name != "" {
		return errors.New("mask: the document ends inside an element")
	}
	return nil
}
