package ceb

import (
	"errors"
	"sort"

	"pilotzone/ceb/dxp"
)

// Finding is one defect as `pilotzone validate` prints it. Message holds both
// languages and the fix.
type Finding struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Verdict is the answer of Validate; its JSON form is a contract.
type Verdict struct {
	// Message is the name of the root element, "" when it is no known message.
	Message string `json:"message"`
	// Editions are the names of those under which the message is valid.
	Editions []string `json:"editions"`
	// Valid tells whether there is one, or whether the demanded one is among
	// them.
	Valid bool `json:"valid"`
	// Errors are those under the demanded edition, else under the edition with
	// fewer of them (of equals 202205).
	Errors []Finding `json:"errors"`
}

// Validate judges a message as an XSD validator does, and lists all its
// defects. Envelopes (DxpMsg) are unwrapped; lines are then those of the
// message inside. Edition 0 demands none.
func Validate(data []byte, demanded Edition) Verdict {
	data, fault := unwrap(data)
	var m *Message
	if fault == nil {
		m, fault = decodeSlow(data)
	}
	if fault != nil {
		v := Verdict{Editions: []string{}, Errors: findings([]Defect{*fault})}
		if k, ok := ParseKind(firstStep(fault.Path)); ok {
			v.Message = k.String()
		}
		return v
	}
	v := Verdict{Message: m.Kind.String(), Editions: m.Editions.Names(), Valid: m.Editions != 0, Errors: []Finding{}}
	e := demanded
	if e == 0 {
		e = m.Edition()
	} else {
		v.Valid = m.Editions.Has(e)
	}
	switch {
	case v.Valid:
	case !m.Kind.Editions().Has(e):
		v.Errors = findings([]Defect{{Path: "/" + v.Message, Line: m.line, Code: CodeEdition,
			ZH: e.String() + " 版没有报文 " + v.Message, EN: "edition " + e.String() + " does not define " + v.Message}})
	default:
		list := under(m.Defects, e)
		sort.SliceStable(list, func(i, j int) bool { return list[i].at < list[j].at })
		v.Errors = findings(list)
	}
	return v
}

func firstStep(path string) string {
	if path == "" {
		return ""
	}
	for i := 1; i < len(path); i++ {
		if path[i] == '/' || path[i] == '[' {
			return path[1:i]
		}
	}
	return path[1:]
}

func findings(list []Defect) []Finding {
	out := make([]Finding, len(list))
	for i := range list {
		d := &list[i]
		out[i] = Finding{Path: d.Path, Line: d.Line, Code: d.Code, Message: d.Message()}
	}
	return out
}

// unwrap gives the message inside an envelope, or the data as they are. An
// envelope that cannot be read is the fault of the whole; its own departures
// from its schema are not the message's, dxp.Check lists them.
func unwrap(data []byte) ([]byte, *Defect) {
	if len(data) > MaxSize || !dxp.IsEnvelope(data) {
		return data, nil
	}
	envelope, err := dxp.Unwrap(data)
	var fault *dxp.Defect
	switch {
	case err == nil:
		return envelope.Data, nil
	case errors.As(err, &fault):
		return nil, &Defect{Path: fault.Path, Line: fault.Line, Code: fault.Code, ZH: fault.ZH, EN: fault.EN, Editions: bothEditions}
	}
	return nil, &Defect{Path: "/", Line: 1, Code: dxp.CodeXML, ZH: "信封无法读取", EN: err.Error(), Editions: bothEditions}
}
