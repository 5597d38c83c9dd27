package ceb

import "strconv"

// Namespace is the XML namespace of all business messages.
const Namespace = "http://www.chinaport.gov.cn/ceb"

// SignatureNamespace is the XML namespace of ds:Signature.
const SignatureNamespace = "http://www.w3.org/2000/09/xmldsig#"

// Kind is the number of a message (报文编号): 311 stands for CEB311Message.
type Kind uint16

// String gives the name of the root element, for example "CEB311Message".
func (k Kind) String() string { return "CEB" + strconv.Itoa(int(k)) + "Message" }

// Known tells whether the kind belongs to the family.
func (k Kind) Known() bool { return tableOf(k) != nil }

// Receipt gives the kind of the receipt (回执) that answers k, 0 if none does.
func (k Kind) Receipt() Kind {
	if t := tableOf(k); t != nil {
		return t.receipt
	}
	return 0
}

// Request gives the kind that k answers, 0 if k answers none.
func (k Kind) Request() Kind {
	if t := tableOf(k); t != nil {
		return t.request
	}
	return 0
}

// IsReceipt tells whether customs sends the kind (receipts, tax bills, summary
// results): such messages have no BaseTransfer and no signature.
func (k Kind) IsReceipt() bool {
	t := tableOf(k)
	return t != nil && t.transfer < 0
}

// Import tells whether the kind belongs to the import schema. CEB900, which
// answers both directions, is defined there.
func (k Kind) Import() bool {
	t := tableOf(k)
	return t != nil && t.imports
}

// Editions gives the schema editions that define the kind.
func (k Kind) Editions() Editions {
	if t := tableOf(k); t != nil {
		return t.editions
	}
	return 0
}

// NameZH is the Chinese name of the message, for example 进口电子订单.
func (k Kind) NameZH() string {
	if t := tableOf(k); t != nil {
		return t.zh
	}
	return ""
}

// NameEN is the English name of the message, for example "Import order".
func (k Kind) NameEN() string {
	if t := tableOf(k); t != nil {
		return t.en
	}
	return ""
}

// Kinds lists all kinds in ascending order.
func Kinds() []Kind {
	all := tables().list
	kinds := make([]Kind, len(all))
	for i, t := range all {
		kinds[i] = t.kind
	}
	return kinds
}

// ParseKind reads "CEB311Message", "CEB311" or "311". It reports false for
// anything that is not a known kind.
func ParseKind(s string) (Kind, bool) {
	if len(s) > 3 && s[:3] == "CEB" {
		s = s[3:]
	}
	if len(s) > 7 && s[3:] == "Message" {
		s = s[:3]
	}
	return kindOf(s)
}

// kindOf reads three digits.
func kindOf[T ~string | ~[]byte](s T) (Kind, bool) {
	if len(s) != 3 {
		return 0, false
	}
	n := Kind(0)
	for i := range 3 {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + Kind(d)
	}
	return n, n.Known()
}

// Edition is one published edition of the schemas (报文规范版本).
type Edition uint8

// The two published editions: the trial edition of announcement 2018 no. 113
// and the edition of May 2022.
const (
	E2018 Edition = iota + 1
	E2022
)

// String gives the name of the edition, "2018-113" or "202205", and "" for
// no edition.
func (e Edition) String() string {
	switch e {
	case E2018:
		return "2018-113"
	case E2022:
		return "202205"
	}
	return ""
}

// ParseEdition reads the name of an edition; "" means no edition is demanded
// and gives 0.
func ParseEdition(s string) (Edition, bool) {
	switch s {
	case "":
		return 0, true
	case "2018-113":
		return E2018, true
	case "202205":
		return E2022, true
	}
	return 0, false
}

// Editions is a set of editions.
type Editions uint8

const (
	only2018     Editions = 1 << 0
	only2022     Editions = 1 << 1
	bothEditions          = only2018 | only2022
)

// EditionSet builds a set.
func EditionSet(list ...Edition) Editions {
	var s Editions
	for _, e := range list {
		if e != 0 {
			s |= 1 << (e - 1)
		}
	}
	return s
}

// Has tells whether the edition is in the set.
func (s Editions) Has(e Edition) bool { return e != 0 && s&(1<<(e-1)) != 0 }

// Names lists the names in order of publication; it is empty, not nil, for the
// empty set.
func (s Editions) Names() []string {
	names := make([]string, 0, 2)
	for e := E2018; e <= E2022; e++ {
		if s.Has(e) {
			names = append(names, e.String())
		}
	}
	return names
}

// Newest gives the newest edition of the set, 0 for the empty set.
func (s Editions) Newest() Edition {
	for e := E2022; e >= E2018; e-- {
		if s.Has(e) {
			return e
		}
	}
	return 0
}
