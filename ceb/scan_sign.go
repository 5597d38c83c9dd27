package ceb

// knownAlgorithm tells whether a URI is one of the usual algorithms.
func knownAlgorithm(uri []byte) bool {
	switch string(uri) {
	case "", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
		"http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256",
		"http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3", "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3",
		"http://www.w3.org/2000/09/xmldsig#sm2-sm3", "http://www.w3.org/2000/09/xmldsig#sm3":
		return true
	}
	return false
}

// signScan reads a ds:Signature of the usual form.
type signScan struct {
	s      *scanner
	prefix string
}

// signature reads ds:Signature, if it is next and of the usual form: one
// reference, at most a key name and one certificate, no text in between, no
// attributes but algorithms and the reference's URI.
func (s *scanner) signature() bool {
	start := s.p
	g := signScan{s: s, prefix: "ds:"}
	if s.p+1 < len(s.d) && s.d[s.p+1] == 'S' {
		g.prefix = ""
	}
	ok := g.rootTag() && g.open("SignedInfo") && g.algorithm("CanonicalizationMethod") && g.algorithm("SignatureMethod") &&
		g.reference() && g.transforms() && g.algorithm("DigestMethod") && g.base64("DigestValue") &&
		g.close("Reference") && g.close("SignedInfo") && g.base64("SignatureValue") && g.keyInfo() && g.close("Signature")
	if ok {
		s.sign = span{uint32(start), uint32(s.p)}
		s.elements += 20
	}
	return ok
}

// rootTag reads the start tag, which may bind the namespace.
func (g *signScan) rootTag() bool {
	s := g.s
	if !g.name(false, "Signature") {
		return false
	}
	bound := g.prefix != "" && s.signs
	for given := false; ; given = true {
		at := s.p
		s.space()
		if s.p >= len(s.d) {
			return false
		}
		if s.d[s.p] == '>' {
			s.p++
			return bound
		}
		name, value, ok := s.attribute()
		want := "xmlns"
		if g.prefix != "" {
			want = "xmlns:ds"
		}
		if !ok || at == s.p || !isSpace(s.d[at]) || string(name) != want || string(s.d[value.start:value.end]) != SignatureNamespace || given {
			return false
		}
		bound = true
	}
}

// name reads < or </, the prefix and a name.
func (g *signScan) name(closing bool, name string) bool {
	d, p := g.s.d, skipSpace(g.s.d, g.s.p)
	g.s.p = p
	if p+len("</ds:")+len(name) >= len(d) || d[p] != '<' {
		return false
	}
	p++
	if closing {
		if d[p] != '/' {
			return false
		}
		p++
	}
	if g.prefix != "" {
		if d[p] != 'd' || d[p+1] != 's' || d[p+2] != ':' {
			return false
		}
		p += 3
	}
	end := p + len(name)
	if string(d[p:end]) != name {
		return false
	}
	g.s.p = end
	return true
}

func (g *signScan) angle() bool {
	s := g.s
	if s.p < len(s.d) && s.d[s.p] == '>' {
		s.p++
		return true
	}
	return false
}

func (g *signScan) open(name string) bool {
	at := g.s.p
	if g.name(false, name) && g.angle() {
		return true
	}
	g.s.p = at
	return false
}

func (g *signScan) close(name string) bool { return g.name(true, name) && g.angle() }

// tag reads a tag with one attribute, a URI, and tells whether it is an
// empty-element tag.
func (g *signScan) tag(name, attribute string) (empty, ok bool) {
	s := g.s
	if !g.name(false, name) {
		return false, false
	}
	at := s.p
	if s.space(); s.p == at {
		return false, false
	}
	got, value, ok := s.attribute()
	if !ok || string(got) != attribute {
		return false, false
	}
	uri := s.d[value.start:value.end]
	if !knownAlgorithm(uri) && !isURI(string(collapse(uri))) {
		return false, false
	}
	s.space()
	if s.p+1 < len(s.d) && s.d[s.p] == '/' {
		s.p++
		empty = true
	}
	return empty, g.angle()
}

// reference reads the start tag of the one reference.
func (g *signScan) reference() bool {
	empty, ok := g.tag("Reference", "URI")
	return ok && !empty
}

// algorithm reads an element with an Algorithm and no content.
func (g *signScan) algorithm(name string) bool {
	empty, ok := g.tag(name, "Algorithm")
	return ok && (empty || g.close(name))
}

func (g *signScan) transforms() bool {
	if !g.open("Transforms") {
		return false
	}
	for count := 0; ; count++ {
		at := g.s.p
		if !g.name(false, "Transform") {
			g.s.p = at
			return count > 0 && g.close("Transforms")
		}
		g.s.p = at
		if !g.algorithm("Transform") {
			return false
		}
	}
}

// base64 reads an element with base64 content; isBase64 has the rules.
func (g *signScan) base64(name string) bool {
	if !g.open(name) {
		return false
	}
	s, d := g.s, g.s.d
	start, spaces := s.p, 0
	p := start
	for p < len(d) {
		c := d[p]
		if v := base64Values[c]; v < 0 {
			if !isSpace(c) {
				break
			}
			spaces++
		} else if v == 64 {
			break
		}
		p++
	}
	letters := p - start - spaces
	if p < len(d) && d[p] == '=' || p-start > MaxText {
		text, ok := g.text()
		return ok && isBase64(text) && g.close(name)
	}
	s.p = p
	return letters%4 == 0 && g.close(name)
}

// text reads printable ASCII and line ends up to the next tag.
func (g *signScan) text() ([]byte, bool) {
	s := g.s
	start := s.p
	for s.p < len(s.d) && s.d[s.p] != '<' {
		if c := s.d[s.p]; c >= 0x7F || c < ' ' && !isSpace(c) || c == '&' || c == '>' {
			return nil, false
		}
		s.p++
	}
	return s.d[start:s.p], s.p-start <= MaxText
}

// keyInfo reads an optional KeyInfo with a key name, a certificate or both.
func (g *signScan) keyInfo() bool {
	if !g.open("KeyInfo") {
		return true
	}
	found := false
	if g.open("KeyName") {
		found = true
		if _, ok := g.text(); !ok || !g.close("KeyName") {
			return false
		}
	}
	if g.open("X509Data") {
		found = true
		if !g.base64("X509Certificate") || !g.close("X509Data") {
			return false
		}
	}
	return found && g.close("KeyInfo")
}
