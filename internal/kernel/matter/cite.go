package matter

import "strings"

// Citation is a clause that a decision rests on (引用条款).
type Citation struct {
	Measure string `json:"measure,omitempty"` // id in the library of measures; "" for other law
	ZH      string `json:"zh"`
	EN      string `json:"en"`
}

// citePrefix marks what is cited by the id of a measure.
const citePrefix = "measure:"

// mostCites bounds the clauses of one decision.
const mostCites = 20

// cited names the clauses that an approval rests on; a definition that asks for
// them is not approved without.
func (s *Service) cited(d *Definition, list []string) ([]Citation, error) {
	var out []Citation
	for _, text := range list {
		text = strings.TrimSpace(cut(text, 400))
		if text == "" || len(out) == mostCites {
			continue
		}
		id, measure := strings.CutPrefix(text, citePrefix)
		if !measure {
			out = append(out, Citation{ZH: text, EN: text})
			continue
		}
		if s.c.Cite == nil {
			return nil, unknownClause(id)
		}
		w, ok := s.c.Cite(id)
		if !ok {
			return nil, unknownClause(id)
		}
		out = append(out, Citation{Measure: id, ZH: w.ZH, EN: w.EN})
	}
	if d.Cites && len(out) == 0 {
		return nil, Problems{{Code: "cites", Field: "cites", ZH: "答复须引用至少一条依据", EN: "the answer has to cite at least one clause", FixZH: "从政策措施库选择条款，或写明文件与条款", FixEN: "choose a clause of the library, or name document and article"}}
	}
	return out, nil
}

func unknownClause(id string) error {
	return Problems{{Code: "cites", Field: "cites", ZH: "政策措施库没有条款 " + id, EN: "the library has no clause " + id, FixZH: "从政策措施库选择", FixEN: "choose one of the library"}}
}
