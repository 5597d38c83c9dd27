package ceb

import (
	"strings"
	"sync"
)

// signType is an element of xmldsig-core-schema: its attributes and content.
type signType struct {
	name    string
	xsiType string // the name of its type as {space}name, the only one xsi:type may give
	local   bool   // not declared at the top of the schema
	mixed   bool   // text may stand between elements
	value   string // "string", "base64" or "integer" for plain values
	model   *content
	attrs   []signAttr
}

type signAttr struct {
	name, kind string // kind: uri, id, string
	required   bool
}

// signRows is the schema as a table: name, attributes (! = required), content.
// The content is "=type" for plain values, else a sequence with ? * + and |;
// "##other" is any element of another namespace, "##any" any at all; a leading
// ~ allows text in between. A leading - of the name marks a local declaration.
var signRows = [...][3]string{
	{"Signature", "Id:id", "SignedInfo SignatureValue KeyInfo?"},
	{"SignatureValue", "", "=base64"},
	{"SignedInfo", "", "CanonicalizationMethod SignatureMethod Reference+"},
	{"CanonicalizationMethod", "Algorithm:uri!", "~"},
	{"SignatureMethod", "Algorithm:uri!", "~"},
	{"Reference", "Id:id URI:uri Type:uri", "Transforms? DigestMethod DigestValue"},
	{"Transforms", "", "Transform+"},
	{"Transform", "Algorithm:uri!", "~ ( ##other | XPath )*"},
	{"-XPath", "", "=string"},
	{"DigestMethod", "Algorithm:uri!", "~"},
	{"DigestValue", "", "=base64"},
	{"KeyInfo", "", "~ ( KeyName | KeyValue | RetrievalMethod | X509Data | PGPData | SPKIData | MgmtData | ##other )+"},
	{"KeyName", "", "=string"},
	{"MgmtData", "", "=string"},
	{"KeyValue", "", "~ ( DSAKeyValue | RSAKeyValue | ##other )"},
	{"RetrievalMethod", "URI:uri Type:uri", "Transforms?"},
	{"X509Data", "", "( X509IssuerSerial | X509SKI | X509SubjectName | X509Certificate | X509CRL | ##other )+"},
	{"-X509IssuerSerial", "", "X509IssuerName X509SerialNumber"},
	{"-X509IssuerName", "", "=string"},
	{"-X509SerialNumber", "", "=integer"},
	{"-X509SKI", "", "=base64"},
	{"-X509SubjectName", "", "=string"},
	{"-X509Certificate", "", "=base64"},
	{"-X509CRL", "", "=base64"},
	{"PGPData", "", "( PGPKeyID PGPKeyPacket? ##other* | PGPKeyPacket ##other* )"},
	{"-PGPKeyID", "", "=base64"},
	{"-PGPKeyPacket", "", "=base64"},
	{"SPKIData", "", "( SPKISexp ##other? )+"},
	{"-SPKISexp", "", "=base64"},
	{"Object", "Id:id MimeType:string Encoding:uri", "~ ##any*"},
	{"Manifest", "Id:id", "Reference+"},
	{"SignatureProperties", "Id:id", "SignatureProperty+"},
	{"SignatureProperty", "Target:uri! Id:id", "~ ##other+"},
	{"DSAKeyValue", "", "( P Q )? G? Y J? ( Seed PgenCounter )?"},
	{"-P", "", "=base64"},
	{"-Q", "", "=base64"},
	{"-G", "", "=base64"},
	{"-Y", "", "=base64"},
	{"-J", "", "=base64"},
	{"-Seed", "", "=base64"},
	{"-PgenCounter", "", "=base64"},
	{"RSAKeyValue", "", "Modulus Exponent"},
	{"-Modulus", "", "=base64"},
	{"-Exponent", "", "=base64"},
}

var signTypes = sync.OnceValue(func() map[string]*signType {
	all := make(map[string]*signType, len(signRows))
	for _, row := range signRows {
		t := &signType{name: strings.TrimPrefix(row[0], "-"), local: row[0][0] == '-'}
		for _, a := range strings.Fields(row[1]) {
			name, kind, _ := strings.Cut(a, ":")
			t.attrs = append(t.attrs, signAttr{name: name, kind: strings.TrimSuffix(kind, "!"), required: strings.HasSuffix(kind, "!")})
		}
		if value, plain := strings.CutPrefix(row[2], "="); plain {
			t.value = value
		} else {
			var model string
			model, t.mixed = strings.CutPrefix(row[2], "~")
			if !t.mixed {
				model = row[2]
			}
			t.model = parseContent(model)
		}
		t.xsiType = typeOf(t)
		all[t.name] = t
	}
	return all
})

// typeOf gives the name of the type of an element.
func typeOf(t *signType) string {
	const schema = "{http://www.w3.org/2001/XMLSchema}"
	switch {
	case t.value == "" || t.name == "DigestValue" || t.name == "SignatureValue":
		return "{" + SignatureNamespace + "}" + t.name + "Type"
	case t.value == "base64" && !strings.HasPrefix(t.name, "X509") && !strings.HasPrefix(t.name, "PGP") && t.name != "SPKISexp":
		return "{" + SignatureNamespace + "}CryptoBinary"
	case t.value == "base64":
		return schema + "base64Binary"
	}
	return schema + t.value
}

// content is what may still come in an element: a name, a sequence, a choice
// or a repetition.
type content struct {
	op   byte // 'n' name, ',' sequence, '|' choice, '?', '*', '+'
	name string
	sub  []*content
}

var emptyContent = &content{op: ','}

// parseContent reads "A ( B | C )* D?".
func parseContent(s string) *content {
	words := strings.Fields(s)
	c, _ := parseChoice(words)
	return c
}

func parseChoice(words []string) (*content, []string) {
	var options []*content
	sequence := &content{op: ','}
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch {
		case w == "|":
			options = append(options, sequence)
			sequence = &content{op: ','}
			continue
		case w[0] == ')':
			// the words after a group begin with its closing bracket
			words = append([]string{w}, words...)
			return choice(append(options, sequence)), words
		case w == "(":
			var group *content
			group, words = parseChoice(words)
			sequence.sub = append(sequence.sub, repeat(group, words[0][1:]))
			words = words[1:]
		default:
			name := strings.TrimRight(w, "?*+")
			sequence.sub = append(sequence.sub, repeat(&content{op: 'n', name: name}, w[len(name):]))
		}
	}
	return choice(append(options, sequence)), nil
}

func choice(options []*content) *content {
	if len(options) == 1 {
		return options[0]
	}
	return &content{op: '|', sub: options}
}

func repeat(c *content, mark string) *content {
	if mark == "" {
		return c
	}
	return &content{op: mark[0], sub: []*content{c}}
}

// mayEnd tells whether nothing more need come.
func (c *content) mayEnd() bool {
	switch c.op {
	case ',':
		for _, s := range c.sub {
			if !s.mayEnd() {
				return false
			}
		}
		return true
	case '|':
		for _, s := range c.sub {
			if s.mayEnd() {
				return true
			}
		}
		return false
	case '+':
		return c.sub[0].mayEnd()
	}
	return c.op != 'n'
}

// after gives what may come after an element, nil if it may not come. The
// schema is deterministic, so the first way that fits is the only one.
func (c *content) after(space, name string) *content {
	switch c.op {
	case 'n':
		other := space != SignatureNamespace && space != ""
		if c.name == "##any" || c.name == "##other" && other || c.name == name && space == SignatureNamespace {
			return emptyContent
		}
	case '|':
		for _, s := range c.sub {
			if rest := s.after(space, name); rest != nil {
				return rest
			}
		}
	case '?':
		return c.sub[0].after(space, name)
	case '*', '+':
		if rest := c.sub[0].after(space, name); rest != nil {
			return sequence(rest, &content{op: '*', sub: c.sub})
		}
	case ',':
		for i, s := range c.sub {
			if rest := s.after(space, name); rest != nil {
				return sequence(append([]*content{rest}, c.sub[i+1:]...)...)
			}
			if !s.mayEnd() {
				return nil
			}
		}
	}
	return nil
}

func sequence(parts ...*content) *content {
	kept := parts[:0]
	for _, p := range parts {
		if p != emptyContent {
			kept = append(kept, p)
		}
	}
	switch len(kept) {
	case 0:
		return emptyContent
	case 1:
		return kept[0]
	}
	return &content{op: ',', sub: kept}
}

// wanted lists the names that may come next.
func (c *content) wanted() []string {
	switch c.op {
	case 'n':
		return []string{c.name}
	case ',':
		var names []string
		for _, s := range c.sub {
			names = append(names, s.wanted()...)
			if !s.mayEnd() {
				break
			}
		}
		return names
	}
	var names []string
	for _, s := range c.sub {
		names = append(names, s.wanted()...)
	}
	return names
}
