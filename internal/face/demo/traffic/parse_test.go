package traffic

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// parsed is a message as the tests read it: with a reader of their own that
// knows the generator's layout of one element a line.
type parsed struct {
	kind   string // 311
	guid   string
	sender string // copCode
	docs   []parsedDoc
}

type parsedDoc struct {
	head  map[string]string
	lines []map[string]string
}

var nodeNames = map[string]bool{"Order": true, "Payment": true, "Logistics": true, "LogisticsStatus": true, "Inventory": true,
	"InvtCancel": true, "Receipts": true, "Arrival": true, "Departure": true}

func parseMessage(raw []byte) (*parsed, error) {
	m := &parsed{}
	var at map[string]string
	transfer := false
	for n, line := range bytes.Split(raw, []byte("\n")) {
		s := string(line)
		switch {
		case s == "" || strings.HasPrefix(s, "<?xml") || strings.HasPrefix(s, "<ds:") || strings.HasPrefix(s, "</"):
			continue
		case strings.HasPrefix(s, "<ceb:CEB"):
			m.kind = s[8:11]
			i := strings.Index(s, `guid="`) + 6
			m.guid = s[i : i+36]
			continue
		}
		name, rest, ok := strings.Cut(strings.TrimPrefix(s, "<ceb:"), ">")
		if !ok || !strings.HasPrefix(s, "<ceb:") {
			return nil, fmt.Errorf("line %d: %q", n+1, s)
		}
		value, end, leaf := strings.Cut(rest, "</ceb:")
		switch {
		case leaf && end != name+">":
			return nil, fmt.Errorf("line %d: %q", n+1, s)
		case leaf && transfer:
			if name == "copCode" {
				m.sender = value
			}
		case leaf:
			if _, twice := at[name]; twice {
				return nil, fmt.Errorf("line %d: %s twice", n+1, name)
			}
			at[name] = unescape(value)
		case name == "BaseTransfer":
			transfer = true
		case nodeNames[name]:
			m.docs = append(m.docs, parsedDoc{head: map[string]string{}})
			at = m.docs[len(m.docs)-1].head
		case strings.HasSuffix(name, "List"):
			d := &m.docs[len(m.docs)-1]
			at = map[string]string{}
			d.lines = append(d.lines, at)
		}
	}
	return m, nil
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace

func mustParse(t testing.TB, raw []byte) *parsed {
	t.Helper()
	m, err := parseMessage(raw)
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return m
}

// decimal reads "12.34" as a whole number of 1/100,000 with arithmetic of the
// test's own.
func decimal(t testing.TB, s string) int64 {
	t.Helper()
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) > 5 || whole == "" {
		t.Fatalf("decimal %q", s)
	}
	n, err := strconv.ParseInt(whole+(frac + "00000")[:5], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
