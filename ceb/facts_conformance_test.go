//go:build conformance

package ceb_test

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"

	"pilotzone/ceb"
)

// xsdNode is any element of an XSD.
type xsdNode struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Nodes   []xsdNode  `xml:",any"`
}

func (n *xsdNode) attr(name, otherwise string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return otherwise
}

func (n *xsdNode) child(names ...string) *xsdNode {
	for _, name := range names {
		var found *xsdNode
		for i := range n.Nodes {
			if n.Nodes[i].XMLName.Local == name {
				found = &n.Nodes[i]
				break
			}
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return n
}

// derived is what an XSD says of one element.
type derived struct{ typ, global, rule string }

// deriver walks one schema file.
type deriver struct {
	t      *testing.T
	global map[string]*xsdNode
	order  []string
	found  map[string]derived
}

func (d *deriver) add(path, typ, global, rule string) {
	d.order = append(d.order, path)
	d.found[path] = derived{typ, global, rule}
}

func (d *deriver) element(n *xsdNode, above string) {
	max := strings.Replace(n.attr("maxOccurs", "1"), "unbounded", "*", 1)
	occurs := n.attr("minOccurs", "1") + ".." + max
	global := ""
	if ref := n.attr("ref", ""); ref == "ds:Signature" {
		d.add(above+"Signature", "signature", "", occurs)
		return
	} else if ref != "" {
		_, local, _ := strings.Cut(ref, ":")
		n, global = d.global[local], "global"
	}
	path := above + n.attr("name", "")
	preset := ""
	for _, name := range []string{"default", "fixed"} {
		if v := n.attr(name, ""); v != "" {
			preset = " " + name + "=" + v
		}
	}
	switch typ := n.attr("type", ""); {
	case typ == "ceb:XMLElement":
		d.add(path, "any", global, occurs)
	case typ != "":
		d.add(path, strings.TrimPrefix(typ, "xs:"), global, occurs+preset)
	case n.child("simpleType") != nil:
		base, facets := restriction(n)
		d.add(path, base, global, occurs+facets+preset)
	default:
		d.add(path, "node", global, occurs)
		d.children(n, path+"/")
	}
}

func (d *deriver) children(n *xsdNode, above string) {
	for _, c := range n.child("complexType", "sequence").Nodes {
		if c.XMLName.Local != "element" {
			d.t.Fatalf("%s: unexpected %s in a sequence", above, c.XMLName.Local)
		}
		d.element(&c, above)
	}
	for _, a := range n.child("complexType").Nodes {
		if a.XMLName.Local == "attribute" {
			base, facets := restriction(&a)
			if a.attr("use", "") != "required" {
				d.t.Errorf("%s@%s is not required", above, a.attr("name", ""))
			}
			d.add(above+"@"+a.attr("name", ""), base, "", "1..1"+facets)
		}
	}
}

// restriction gives the base type and the facets in the order of the table.
func restriction(n *xsdNode) (base, facets string) {
	r := n.child("simpleType", "restriction")
	values := map[string]string{}
	for _, f := range r.Nodes {
		values[f.XMLName.Local] = f.attr("value", "")
	}
	for _, f := range [][2]string{{"length", "len"}, {"minLength", "min"}, {"maxLength", "max"}, {"totalDigits", "total"}, {"fractionDigits", "frac"}, {"whiteSpace", "ws"}} {
		if v, ok := values[f[0]]; ok {
			facets += " " + f[1] + "=" + v
			delete(values, f[0])
		}
	}
	for name := range values {
		facets += " unknown:" + name
	}
	return strings.TrimPrefix(r.attr("base", ""), "xs:"), facets
}

// derive reads one schema and gives the elements of all its messages.
func derive(t *testing.T, file string) map[string]*deriver {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var schema xsdNode
	if err := xml.Unmarshal([]byte(strings.TrimPrefix(string(data), "\uFEFF")), &schema); err != nil {
		t.Fatal(err)
	}
	global := map[string]*xsdNode{}
	for i := range schema.Nodes {
		if n := &schema.Nodes[i]; n.XMLName.Local == "element" {
			global[n.attr("name", "")] = n
		}
	}
	all := map[string]*deriver{}
	for name, n := range global {
		if strings.HasPrefix(name, "CEB") && strings.HasSuffix(name, "Message") {
			d := &deriver{t: t, global: global, found: map[string]derived{}}
			d.children(n, "")
			all[name[3:6]] = d
		}
	}
	return all
}

// TestFactsFollowTheSchemas derives the schema columns of facts/elements.csv
// again from the official XSD files.
func TestFactsFollowTheSchemas(t *testing.T) {
	t.Parallel()
	f, err := os.Open("facts/elements.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range []ceb.Edition{ceb.E2018, ceb.E2022} {
		schemas := map[string]*deriver{}
		for _, imports := range []bool{true, false} {
			for k, d := range derive(t, schemaFile(t, e, imports)) {
				schemas[k] = d
			}
		}
		if want := []int{38, 42}[i]; len(schemas) != want {
			t.Errorf("edition %v defines %d messages, want %d", e, len(schemas), want)
		}
		place := map[string]int{}
		for _, r := range rows[1:] {
			d := schemas[r[0]]
			if cell := r[5+i]; cell == "-" {
				if d != nil && d.found[r[1]] != (derived{}) {
					t.Errorf("%v %s %s: the schema has it, the table not", e, r[0], r[1])
				}
				continue
			} else if d == nil || d.found[r[1]] != (derived{r[3], r[4], cell}) {
				t.Errorf("%v %s %s: table %v, schema %+v", e, r[0], r[1], r[3:], d)
				continue
			}
			if n := place[r[0]]; d.order[n] != r[1] {
				t.Errorf("%v %s: %s stands where the schema has %s", e, r[0], r[1], d.order[n])
			}
			place[r[0]]++
		}
		for k, d := range schemas {
			if place[k] != len(d.order) {
				t.Errorf("%v %s: the table has %d elements, the schema %d", e, k, place[k], len(d.order))
			}
		}
	}
	checkPositions(t, rows[1:])
}

// checkPositions checks the column pos.
func checkPositions(t *testing.T, rows [][]string) {
	t.Helper()
	count := map[string]int{}
	for _, r := range rows {
		if strings.HasPrefix(r[1], "@") {
			continue
		}
		parent := r[0] + "/" + r[1][:max(strings.LastIndexByte(r[1], '/'), 0)]
		count[parent]++
		if r[2] != fmt.Sprint(count[parent]) {
			t.Errorf("%s %s: pos %s, want %d", r[0], r[1], r[2], count[parent])
		}
	}
}
