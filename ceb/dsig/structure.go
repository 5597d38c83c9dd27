package dsig

import (
	"bytes"
	"encoding/base64"
	"html"
)

// maxNodes bounds the elements of one signature; a real one has thirteen.
const maxNodes = 64

// role is the part that an element plays. It follows from the whole way down
// from the top: an element of a known name in a strange place plays none, so
// that nothing unsigned can pass for a part of SignedInfo.
type role uint8

const (
	noRole role = iota
	signatureRole
	signedInfoRole
	signatureValueRole
	keyInfoRole
	objectRole
	keyNameRole
	x509DataRole
	x509CertificateRole
	canonicalizationMethodRole
	signatureMethodRole
	referenceRole
	transformsRole
	transformRole
	digestMethodRole
	digestValueRole
)

// kin is one allowed child of a role.
type kin struct {
	name string
	role role
}

// children lists the children that verification knows, in the order of the
// schema (xmldsig-core-schema.xsd).
var children = [...][]kin{
	signatureRole: {{"SignedInfo", signedInfoRole}, {"SignatureValue", signatureValueRole}, {"KeyInfo", keyInfoRole}, {"Object", objectRole}},
	keyInfoRole:   {{"KeyName", keyNameRole}, {"X509Data", x509DataRole}},
	x509DataRole:  {{"X509Certificate", x509CertificateRole}},
	signedInfoRole: {{"CanonicalizationMethod", canonicalizationMethodRole}, {"SignatureMethod", signatureMethodRole},
		{"Reference", referenceRole}},
	referenceRole:  {{"Transforms", transformsRole}, {"DigestMethod", digestMethodRole}, {"DigestValue", digestValueRole}},
	transformsRole: {{"Transform", transformRole}},
}

// exact lists the children that an element must have, each once and in order.
// Readers would differ on which of two counts.
var exact = [...][]role{
	signatureRole:  {signedInfoRole, signatureValueRole, keyInfoRole}, // KeyInfo may be missing
	signedInfoRole: {canonicalizationMethodRole, signatureMethodRole, referenceRole},
	referenceRole:  {transformsRole, digestMethodRole, digestValueRole},
}

// node is an element of canonical XML.
type node struct {
	role   role
	tag    []byte // attributes as canonical XML writes them
	parent int
	text   span // content of an element without children
	leaf   bool
}

// parts is a signature taken apart. Slices point into the canonical bytes.
type parts struct {
	canonicalAlgorithm, signatureAlgorithm, digestAlgorithm []byte
	transforms                                              [4][]byte
	transformCount                                          int
	uri                                                     []byte
	hasURI                                                  bool
	digestValue, signatureValue, certificate, keyName       []byte
	hasCertificate                                          bool
}

// complaint is what is wrong with the structure of a signature.
type complaint struct {
	code   string
	zh, en string
}

var standard = complaint{CodeInvalid, "签名结构不符合 XML 签名规范", "the signature is not built as the XML signature schema wants"}

// takeApart reads the canonical signature and the canonical SignedInfo and
// lists what is wrong with them. What is signed is read from the very bytes
// whose signature is checked; the rest of the signature gives the value and
// the certificate only.
func takeApart(sig, info []byte) (p parts, wrong []complaint) {
	for _, part := range []struct {
		xml []byte
		top role
	}{{sig, signatureRole}, {info, signedInfoRole}} {
		var list [maxNodes]node
		count, ok := nodes(part.xml, part.top, &list)
		if !ok {
			return p, []complaint{standard}
		}
		for i := range list[:count] {
			n := &list[i]
			if n.role == signedInfoRole && part.top == signatureRole {
				continue
			}
			if !inOrder(list[:count], i) {
				wrong = append(wrong, standard)
			}
			if c, bad := p.take(n, part.xml); bad {
				wrong = append(wrong, c)
			}
		}
	}
	if len(p.signatureValue) == 0 || len(p.digestValue) == 0 {
		wrong = append(wrong, standard)
	}
	return p, unique(wrong)
}

// nodes reads canonical XML of one element, which plays the part top, into
// list. It returns false when there are too many elements, or markup that a
// signature has no use for.
func nodes(xml []byte, top role, list *[maxNodes]node) (int, bool) {
	var prefix []byte
	count, open := 0, -1
	for i := 0; i < len(xml); {
		if xml[i] != '<' {
			i++
			continue
		}
		end := bytes.IndexByte(xml[i:], '>') + i
		if end < i || xml[i+1] == '?' || count == 0 && xml[i+1] == '/' {
			return 0, false
		}
		if xml[i+1] == '/' {
			list[open].text.to = i
			if open = list[open].parent; open < 0 {
				return count, true
			}
			i = end + 1
			continue
		}
		// An odd number of quotes: the '>' stood inside an attribute value.
		if bytes.Count(xml[i:end], []byte{'"'})%2 != 0 || count == maxNodes {
			return 0, false
		}
		name, rest := xml[i+1:end], []byte(nil)
		if sp := bytes.IndexByte(name, ' '); sp >= 0 {
			name, rest = name[:sp], name[sp:]
		}
		own, local := []byte(nil), name
		if c := bytes.IndexByte(name, ':'); c >= 0 {
			own, local = name[:c], name[c+1:]
		}
		n := node{tag: rest, parent: open, text: span{from: end + 1}, leaf: true}
		if count == 0 {
			prefix, n.role = own, top
		} else {
			list[open].leaf = false
			// Another prefix, or a declaration here, may mean another namespace.
			if bytes.Equal(prefix, own) && !bytes.Contains(rest, []byte(" xmlns")) {
				n.role = child(list[open].role, local)
			}
			if list[open].role == signedInfoRole && open > 0 {
				n.role = noRole // SignedInfo is read from its own bytes
			}
		}
		list[count] = n
		open = count
		count++
		i = end + 1
	}
	return 0, false
}

// child returns the role of the child called name.
func child(of role, name []byte) role {
	if int(of) < len(children) {
		for _, k := range children[of] {
			if k.name == string(name) {
				return k.role
			}
		}
	}
	return noRole
}

// inOrder reports whether the children of list[at] are exactly those wanted.
func inOrder(list []node, at int) bool {
	r := list[at].role
	if int(r) >= len(exact) || exact[r] == nil {
		return true
	}
	want, k := exact[r], 0
	for i := at + 1; i < len(list); i++ {
		if list[i].parent != at {
			continue
		}
		if list[i].role == objectRole {
			continue // has a complaint of its own
		}
		if k == len(want) || list[i].role != want[k] {
			return false
		}
		k++
	}
	return k == len(want) || k == len(want)-1 && want[k] == keyInfoRole
}

// value returns an attribute of the tag.
func (n *node) value(name string) ([]byte, bool) {
	rest := n.tag
	for len(rest) > 1 {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			break
		}
		end := bytes.IndexByte(rest[eq+2:], '"')
		if end < 0 {
			break
		}
		if string(rest[1:eq]) == name {
			return rest[eq+2 : eq+2+end], true
		}
		rest = rest[eq+2+end+1:]
	}
	return nil, false
}

// take keeps what one element says.
func (p *parts) take(n *node, xml []byte) (complaint, bool) {
	text := xml[n.text.from:max(n.text.from, n.text.to)]
	algorithm, _ := n.value("Algorithm")
	switch n.role {
	case objectRole:
		return complaint{CodeSecurity, "签名中不允许 Object 或 Manifest", "Object and Manifest are not allowed in the signature"}, true
	case canonicalizationMethodRole:
		p.canonicalAlgorithm = algorithm
		return parameterless(n, "CanonicalizationMethod")
	case signatureMethodRole:
		p.signatureAlgorithm = algorithm
		return parameterless(n, "SignatureMethod")
	case referenceRole:
		p.uri, p.hasURI = n.value("URI")
	case transformRole:
		if p.transformCount < len(p.transforms) {
			p.transforms[p.transformCount] = algorithm
		}
		p.transformCount++
		return parameterless(n, "Transform")
	case digestMethodRole:
		p.digestAlgorithm = algorithm
		return parameterless(n, "DigestMethod")
	case digestValueRole:
		p.digestValue = text
	case signatureValueRole:
		p.signatureValue = text
	case keyNameRole:
		if p.keyName == nil {
			p.keyName = bytes.TrimSpace(text)
		}
	case x509CertificateRole:
		if !p.hasCertificate {
			p.certificate, p.hasCertificate = text, true
		}
	}
	return complaint{}, false
}

// parameterless complains about parameters of an algorithm: none of the
// allowed ones has any.
func parameterless(n *node, name string) (complaint, bool) {
	if n.leaf {
		return complaint{}, false
	}
	return complaint{CodeSecurity, name + " 不允许带参数", name + " must not have parameters"}, true
}

func unique(list []complaint) []complaint {
	kept := list[:0]
next:
	for _, c := range list {
		for _, k := range kept {
			if k == c {
				continue next
			}
		}
		kept = append(kept, c)
	}
	return kept
}

// decode reads base64 with any white space in it.
func decode(text []byte) ([]byte, bool) {
	b := compact(text)
	n, err := base64.StdEncoding.Decode(b, b)
	return b[:n], err == nil && n > 0
}

// compact returns a copy without white space.
func compact(text []byte) []byte {
	b := make([]byte, 0, len(text))
	for _, c := range text {
		if class[c]&space == 0 {
			b = append(b, c)
		}
	}
	return b
}

// plainText resolves the references in canonical text.
func plainText(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	return html.UnescapeString(string(b))
}
