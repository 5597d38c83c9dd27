package ceb

import (
	"fmt"
	"reflect"
	"unicode/utf8"
)

//go:generate go run ./internal/gen

// goodRune tells whether text begins with a character that XML allows, and its
// length in bytes.
func goodRune(text string) (size int, good bool) {
	c, n := utf8.DecodeRuneInString(text)
	return n, (c != utf8.RuneError || n > 1) && isChar(c)
}

// marshal writes a generated message struct. Its fields are the attributes,
// the documents and, in requests, transfer and subscriptions, by these names.
func marshal(k Kind, message any) ([]byte, error) {
	t := tableOf(k)
	v := reflect.ValueOf(message).Elem()
	version := v.FieldByName("Version").String()
	if version == "" {
		version = "1.0"
	}
	docs := v.FieldByName("Docs")
	dst := make([]byte, 0, 512+docs.Len()*2048)
	dst = appendOpen(dst, k, v.FieldByName("GUID").String(), version)
	for i := range docs.Len() {
		head, lines := docs.Index(i), reflect.Value{}
		if t.line != nil {
			head, lines = head.Field(0), head.Field(1)
		}
		var list [][]string
		if lines.IsValid() {
			for j := range lines.Len() {
				list = append(list, texts(lines.Index(j)))
			}
		}
		dst = AppendNode(dst, k, texts(head), list)
	}
	if t.transfer >= 0 {
		dst = t.appendFields(dst, &t.root.kids[t.transfer], texts(v.FieldByName("Transfer")))
		subscribes := v.FieldByName("Subscribes")
		for i := range subscribes.Len() {
			dst = t.appendFields(dst, &t.root.kids[t.root.child("BaseSubscribe")], texts(subscribes.Index(i)))
		}
	}
	dst = AppendClose(dst, k, nil)
	return dst, unsignedDefect(dst)
}

// unsignedDefect checks what was written. Only a missing signature is not a
// fault: it is put in afterwards.
func unsignedDefect(data []byte) error {
	m, err := Decode(data)
	if err != nil {
		return err
	}
	for _, d := range m.Under(m.Edition()) {
		if d.Code != CodeMissing || localPath(d.Path) != "Signature" {
			return &d
		}
	}
	return nil
}

func localPath(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// texts lists the values of a generated struct, which stand in Field order.
func texts(v reflect.Value) []string {
	list := make([]string, v.NumField())
	for i := range list {
		list[i] = v.Field(i).String()
	}
	return list
}

// unmarshal fills a generated message struct.
func unmarshal(k Kind, data []byte, message any) error {
	m, err := Decode(data)
	if err != nil {
		return err
	}
	if m.Kind != k {
		return fmt.Errorf("ceb: the message is %v, not %v", m.Kind, k)
	}
	if defects := m.Under(m.Edition()); len(defects) > 0 {
		return &defects[0]
	}
	t, v := tableOf(k), reflect.ValueOf(message).Elem()
	v.FieldByName("GUID").SetString(m.GUID)
	v.FieldByName("Version").SetString(m.Version)
	docs := v.FieldByName("Docs")
	docs.Set(reflect.MakeSlice(docs.Type(), len(m.Docs), len(m.Docs)))
	for i := range m.Docs {
		doc := docs.Index(i)
		if t.line == nil {
			m.Docs[i].Head.fill(doc)
			continue
		}
		m.Docs[i].Head.fill(doc.Field(0))
		fillAll(doc.Field(1), m.Docs[i].Lines)
	}
	if t.transfer >= 0 {
		m.Transfer.fill(v.FieldByName("Transfer"))
		fillAll(v.FieldByName("Subscribes"), m.Subscribes)
	}
	return nil
}

func fillAll(list reflect.Value, records []Record) {
	if len(records) == 0 {
		list.SetZero()
		return
	}
	list.Set(reflect.MakeSlice(list.Type(), len(records), len(records)))
	for i, r := range records {
		r.fill(list.Index(i))
	}
}

func (r Record) fill(v reflect.Value) {
	for i := range v.NumField() {
		v.Field(i).SetString(r.Text(Field(i)))
	}
}
