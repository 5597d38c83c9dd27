package ident_test

import (
	"errors"
	"fmt"
	"time"

	"pilotzone/ident"
)

func ExampleCheck() {
	fmt.Println(ident.Check(ident.ISO6346, "CSQU3054383"))
	fmt.Println(ident.Check(ident.GTIN, "6901234567893"))
	// Output:
	// <nil>
	// gtin: check_digit: the check digit does not fit (校验码不符)
}

func ExampleCheckUSCC() {
	err := ident.CheckUSCC("91350100M0001TGQXM")
	var e *ident.Error
	if errors.As(err, &e) && e.Warning {
		fmt.Println("ask the register:", e.Reason)
	}
	// Output: ask the register: check_digit
}

func ExampleParseResidentID() {
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	id, err := ident.ParseResidentID("41070019851231999x", today)
	fmt.Println(id.Area, id.Birth.Format(time.DateOnly), id.Male, id.Age(today), err)
	// Output: 410700 1985-12-31 true 40 <nil>
}

func ExampleMakeUSCC() {
	code, err := ident.MakeUSCC("91430100MA4L00A15")
	fmt.Println(code, err)
	// Output: 91430100MA4L00A15Q <nil>
}
