package main

import (
	"errors"
	"fmt"
	"strings"

	"pilotzone/ident"
)

// checkCommand checks identifiers by their check digits and tables.
type checkCommand struct {
	Kind   string   `arg:"" help:"uscc, resident-id, customs-code, s10, iso6346, gtin or hs"`
	Values []string `arg:"" name:"value" help:"What to check. / 待校验值"`
}

// Run prints a line a value: `VALUE ok` or `VALUE invalid REASON`.
func (c *checkCommand) Run(e *env) error {
	kind := ident.Kind(c.Kind)
	var known []string
	found := false
	for _, k := range ident.Kinds() {
		known = append(known, string(k))
		found = found || k == kind
	}
	if !found {
		return fmt.Errorf("unknown kind %q: use one of %s (未知类型)", c.Kind, strings.Join(known, ", "))
	}
	now, bad := e.clock.Now(), false
	for _, v := range c.Values {
		err := ident.CheckAt(kind, v, now)
		if err == nil || tolerable(kind, err) {
			fmt.Fprintf(e.out, "%s ok\n", v)
		} else {
			bad = true
			fmt.Fprintf(e.out, "%s invalid %s\n", v, reasonOf(err))
		}
		if err != nil {
			fmt.Fprintf(e.err, "%s: %v\n", v, err)
		}
	}
	if bad {
		return errNotFine
	}
	return nil
}

// tolerable is a doubt that leaves the value good. A credit code whose check
// character fails is none: some early codes are lawful all the same, so a
// filing asks the register, but the digit itself is wrong (GB 32100-2015).
func tolerable(kind ident.Kind, err error) bool { return ident.IsWarning(err) && kind != ident.USCC }

func reasonOf(err error) string {
	var e *ident.Error
	if errors.As(err, &e) {
		return string(e.Reason)
	}
	return err.Error()
}
