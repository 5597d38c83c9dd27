package ceb_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// addSeeds adds valid messages of every kind, edition and shape.
func addSeeds(seeds map[ceb.Kind][][]byte) {
	for _, k := range ceb.Kinds() {
		for e := ceb.E2018; e <= ceb.E2022; e++ {
			if !k.Editions().Has(e) {
				continue
			}
			seeds[k] = append(seeds[k],
				cebtest.Message(k, cebtest.Options{Edition: e, Lines: 2}),
				cebtest.Message(k, cebtest.Options{Edition: e, Lines: 2, Optional: true, Prefix: "-"}),
				cebtest.Message(k, cebtest.Options{Edition: e, Optional: true, Long: true, Prefix: "p", BOM: true}))
		}
	}
}

var (
	leafPattern = regexp.MustCompile(`<(?:[a-z]+:)?([A-Za-z0-9]+)[^<>]*>([^<>]*)</[^<>]*>`)
	tagPattern  = regexp.MustCompile(`<[A-Za-z][^<>]*>`)
)

// span of bytes in a message.
type piece struct{ start, end int }

// leaves finds the elements without children.
func leaves(data []byte) []piece {
	var list []piece
	for _, m := range leafPattern.FindAllIndex(data, -1) {
		list = append(list, piece{m[0], m[1]})
	}
	return list
}

// values finds the texts of the elements without children.
func values(data []byte) []piece {
	var list []piece
	for _, m := range leafPattern.FindAllSubmatchIndex(data, -1) {
		list = append(list, piece{m[4], m[5]})
	}
	return list
}

// blocks finds elements with children, from the start tag to the end tag.
func blocks(data []byte) []piece {
	var list []piece
	for _, m := range tagPattern.FindAllIndex(data, -1) {
		tag := data[m[0]+1 : m[1]-1]
		name, _, _ := strings.Cut(string(tag), " ")
		if strings.Contains(name, "Message") && bytes.Contains(tag, []byte("guid")) {
			continue
		}
		if n := bytes.Index(data[m[1]:], []byte("</"+name+">")); n >= 0 {
			list = append(list, piece{m[0], m[1] + n + len(name) + 3})
		}
	}
	return list
}

func splice(data []byte, p piece, with string) []byte {
	out := make([]byte, 0, len(data)+len(with))
	return append(append(append(out, data[:p.start]...), with...), data[p.end:]...)
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// oddValues are texts on the edges of the value types.
var oddValues = []string{"", " ", "  1  ", "1 2", "\t1\n", "+5", "-5", "0", "00012", "-0", "1.", ".5", "+.5", "-.", ".", "1.0", "1.50000000", "12.3456789",
	"123456789012345", "1234567890123456789", "12345678901234567890", "123456789012345678901234567890", "0.00000", "0.000001", "00.5", "00.",
	"99999999999999.99999", "999999999999999.99999", "1e5", "abc", "2147483647", "2147483648", "-2147483648", "-2147483649", "0000002147483648", "１２", "1,000",
	"1.0000000000000000000000000000", "000000000000000000000000000001", "1.2.3", "--1", "NaN", "INF", "142", " 142", "142 ", "3", "&#32;1&#10;",
	"a\tb", "a\r\nb", "a&#13;b", "名称", strings.Repeat("名", 18), strings.Repeat("x", 100), "<![CDATA[]]>", "<![CDATA[1]]>", "1<!-- c -->2", "<!-- c -->", "<?p i?>",
	"&amp;&lt;&gt;&quot;&apos;", "&#x4E2D;", "&#20013;", "😀😀", "]]", "a  b", "   ", "YWJj", "YWI=", "YQ==", "YR==", "YW=", "Y", "YW Jj", "Y-W_J!j", "====", "YWJj=", "12345678901234567890123456789"}

var oddAttributes = []string{` foo="1"`, ` xml:lang="zh"`, ` xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`,
	` xsi:nil="false" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, ` xsi:type="xs:string" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"`,
	` xsi:schemaLocation="urn:a b" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, ` xmlns:unused="urn:unused"`, ` xsi:foo="1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`,
	` xmlns="urn:other"`, ` guid="x"`, ` Id="a1"`, ` Id="1a"`, ` URI="http://a b"`, ` Algorithm="urn:x"`, ` x="&lt;&#10;"`, ` x='a"b'`, ` x="1" x="2"`, ` x=1`, ` x`, ` x="<"`,
	` xsi:noNamespaceSchemaLocation="x.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`}

var oddInserts = []string{"text", "<x/>", "<ceb:foo/>", "<foo>1</foo>", "<!-- comment -->", "<?pi data?>", "<![CDATA[ ]]>", "<![CDATA[]]>", "&#32;", "&#65;", "\r\n", "<!-- a -- b -->", "]]>",
	"&foo;", "&", "<", "\x01", "\uFFFE", "\uFFFD", "中", "<?xml version=\"1.0\"?>", "<a:b xmlns:a='urn:a'><c/></a:b>", "<ceb:note>1</ceb:note>", "<note>1</note>", "<ds:KeyName xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>1</ds:KeyName>",
	"<o:any xmlns:o='urn:o'><ds:Object xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>t<b/></ds:Object></o:any>", "<o:any xmlns:o='urn:o'><ds:Manifest xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></o:any>"}

var oddURIs = []string{"", "#a", "http://www.w3.org/x", "http://a:80/b?c#d", "a b", "%41", "%4", "%zz", "http://[::1]/", "http://a:b/", "1:2", "a:b", ":a", "//a", "///", "a/b:c", "?", "##", "中文", "a[b", "urn:x:y", "http://u@h/p", "http://@", "\\", "http://h:8080", "http://h:123456789012", "a^b|c", "http:", "http:a", "x://", " a ", "a\nb"}

// mutate changes a valid message at one to three places.
func mutate(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + r.IntN(3)*r.IntN(2) {
		data = mutateOnce(r, data)
	}
	return data
}

func mutateOnce(r *rand.Rand, data []byte) []byte {
	all, texts, groups := leaves(data), values(data), blocks(data)
	if len(all) < 2 || len(texts) == 0 || len(groups) == 0 {
		return data
	}
	if i := bytes.Index(data, []byte("<ds:Signature")); i >= 0 && r.IntN(4) == 0 {
		return mutateSignature(r, data, i)
	}
	leaf, value := pick(r, all), pick(r, texts)
	text := string(data[value.start:value.end])
	switch r.IntN(17) {
	case 0:
		return splice(data, leaf, "")
	case 1:
		return splice(data, leaf, string(data[leaf.start:leaf.end])+string(data[leaf.start:leaf.end]))
	case 2: // swap neighbours
		i := r.IntN(len(all) - 1)
		a, b := all[i], all[i+1]
		return splice(data, piece{a.start, b.end}, string(data[b.start:b.end])+string(data[a.end:b.start])+string(data[a.start:a.end]))
	case 3: // move
		other := pick(r, all)
		moved := string(data[leaf.start:leaf.end])
		if other.start < leaf.start {
			return splice(splice(data, leaf, ""), piece{other.start, other.start}, moved)
		}
		return splice(splice(data, piece{other.end, other.end}, moved), leaf, "")
	case 4:
		return splice(data, value, text+strings.Repeat(pick(r, []string{"1", "名"}), 1+r.IntN(120)))
	case 5:
		return splice(data, value, string([]rune(text)[:r.IntN(len([]rune(text))+1)]))
	case 6, 7:
		return splice(data, value, pick(r, oddValues))
	case 8: // insert before any tag
		at := pick(r, tagPattern.FindAllIndex(data, -1))[0]
		return splice(data, piece{at, at}, pick(r, oddInserts))
	case 9: // attribute in any tag
		at := pick(r, tagPattern.FindAllIndex(data, -1))[1] - 1
		if data[at-1] == '/' {
			at--
		}
		return splice(data, piece{at, at}, pick(r, oddAttributes))
	case 10: // rename
		return bytes.Replace(data, []byte(text), []byte(pick(r, oddValues)), 1)
	case 11: // drop, double or swap a group
		g := pick(r, groups)
		if r.IntN(2) == 0 {
			return splice(data, g, "")
		}
		return splice(data, g, strings.Repeat(string(data[g.start:g.end]), 1+r.IntN(3)))
	case 12: // break a byte
		at := r.IntN(len(data))
		return splice(data, piece{at, at + 1}, string([]byte{byte(r.IntN(128))}))
	case 13: // cut off
		if r.IntN(4) == 0 {
			return data[:r.IntN(len(data))]
		}
		return splice(data, leaf, "<!-- "+strings.ReplaceAll(string(data[leaf.start:leaf.end]), "--", "")+" -->")
	case 14: // rename an element
		name := leafPattern.FindSubmatch(data[leaf.start:leaf.end])[1]
		return splice(data, leaf, strings.ReplaceAll(string(data[leaf.start:leaf.end]), string(name), pick(r, []string{"foo", "guid", "note", "qty2", string(name) + "x"})))
	case 15: // another namespace
		part := string(data[leaf.start:leaf.end])
		return splice(data, leaf, strings.Replace(part, ">", pick(r, []string{` xmlns="urn:o"`, ` xmlns:ceb="urn:o"`, ` xmlns:p="urn:o"`})+">", 1))
	}
	return splice(data, value, text[:len(text)/2]+pick(r, oddInserts)+text[len(text)/2:])
}

// mutateSignature changes something in ds:Signature.
func mutateSignature(r *rand.Rand, data []byte, at int) []byte {
	head, sign := data[:at], data[at:]
	list := tagPattern.FindAllIndex(sign, -1)
	if len(list) == 0 { // an earlier mutation broke it
		return data
	}
	tag := pick(r, list)
	switch r.IntN(5) {
	case 0:
		sign = splice(sign, piece{tag[0], tag[0]}, pick(r, oddInserts))
	case 1:
		if uri := regexp.MustCompile(`(Algorithm|URI)="([^"]*)"`).FindAllSubmatchIndex(sign, -1); len(uri) > 0 {
			u := pick(r, uri)
			sign = splice(sign, piece{u[4], u[5]}, pick(r, oddURIs))
		}
	case 2:
		if v := values(sign); len(v) > 0 {
			sign = splice(sign, pick(r, v), pick(r, oddValues))
		}
	case 3:
		if b := blocks(sign); len(b) > 0 {
			g := pick(r, b)
			sign = splice(sign, g, strings.Repeat(string(sign[g.start:g.end]), r.IntN(3)))
		}
	case 4:
		at := tag[1] - 1
		if sign[at-1] == '/' {
			at--
		}
		sign = splice(sign, piece{at, at}, pick(r, oddAttributes))
	}
	return append(bytes.Clone(head), sign...)
}
