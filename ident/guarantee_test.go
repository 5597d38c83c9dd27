package ident_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
	"pilotzone/ident"
)

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func text(t *rapid.T, name, alphabet string, n int) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), n, n, -1).Draw(t, name)
}

// mutations calls f with every string that differs from s in one character of
// the alphabet.
func mutations(s, alphabet string, f func(i int, mutant string)) {
	for i := range len(s) {
		for j := range len(alphabet) {
			if alphabet[j] != s[i] {
				f(i, s[:i]+alphabet[j:j+1]+s[i+1:])
			}
		}
	}
}

// Any one wrong character is found in schemes with a prime modulus whose
// alphabet is not larger than it, and in GTIN.
func TestOneWrongCharacterIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		uscc, err := ident.MakeUSCC(text(t, "body", "159Y", 2) + text(t, "area", digits, 6) +
			text(t, "org", "0123456789ABCDEFGHJKLMNPQRTUWXY", 9))
		if err != nil {
			t.Fatal(err)
		}
		year := rapid.IntRange(1900, 2020).Draw(t, "year")
		id, err := ident.MakeResidentID(fmt.Sprintf("%s%s%04d0%s%s",
			rapid.SampledFrom([]string{"11", "41", "46"}).Draw(t, "province"), text(t, "county", digits, 4), year,
			text(t, "day", "123456789", 1)+"1"+text(t, "day2", digits, 1), text(t, "serial", digits, 3)))
		if err != nil {
			t.Fatal(err)
		}
		gtin, err := ident.MakeGTIN13(text(t, "gtin", digits, 12))
		if err != nil {
			t.Fatal(err)
		}
		for kind, s := range map[ident.Kind]string{ident.USCC: uscc, ident.ResidentNo: id, ident.GTIN: gtin} {
			if err := ident.CheckAt(kind, s, today); err != nil {
				t.Fatalf("%s %s: %v", kind, s, err)
			}
			mutations(s, digits+letters, func(i int, mutant string) {
				if ident.CheckAt(kind, mutant, today) == nil {
					t.Fatalf("%s: %s passes, which is %s with character %d changed", kind, mutant, s, i+1)
				}
			})
		}
	})
}

// In container numbers the letters have more values than the modulus, so that
// only wrong digits and a wrong fourth character are sure to be found.
func TestOneWrongContainerDigitIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, err := ident.MakeISO6346(text(t, "owner", letters, 3) + text(t, "group", "UJZ", 1) + text(t, "serial", digits, 6))
		if err != nil {
			if !ident.IsWarning(err) {
				t.Fatal(err)
			}
			return
		}
		mutations(s, digits+letters, func(i int, mutant string) {
			if i >= 3 && ident.CheckISO6346(mutant) == nil {
				t.Fatalf("%s passes, which is %s with character %d changed", mutant, s, i+1)
			}
		})
	})
}

func TestMadeNumbersPass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for kind, make := range map[ident.Kind]func() (string, error){
			ident.S10: func() (string, error) {
				return ident.MakeS10(text(t, "service", letters, 2), rapid.IntRange(0, 99_999_999).Draw(t, "serial"), "CN")
			},
			ident.AirWaybill:   func() (string, error) { return ident.MakeAirWaybill(text(t, "awb", digits, 10)) },
			ident.Organisation: func() (string, error) { return ident.MakeOrganisation(text(t, "org", digits+letters, 8)) },
		} {
			s, err := make()
			if err == nil {
				err = ident.CheckAt(kind, s, today)
			}
			if err != nil {
				t.Fatalf("%s %s: %v", kind, s, err)
			}
		}
	})
}

// FuzzCheck: no input makes a check panic, and what passes has the length of
// its scheme.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"91350100M000100Y43", "11010519491231002X", "1105910159", "RR473124829GB", "CSQU3054383", "6901234567892", "3304990039", "", "\xff", "１１０１０５"} {
		f.Add(s)
	}
	sizes := map[ident.Kind][]int{
		ident.USCC: {18}, ident.ResidentNo: {18}, ident.CustomsCode: {10}, ident.S10: {13}, ident.ISO6346: {11},
		ident.GTIN: {8, 12, 13, 14}, ident.HS: {4, 6, 8, 10, 13}, ident.Organisation: {9}, ident.DeclarationNo: {18}, ident.AirWaybill: {11},
	}
	f.Fuzz(func(t *testing.T, s string) {
		for kind, lengths := range sizes {
			if ident.CheckAt(kind, s, today) != nil {
				continue
			}
			fits := false
			for _, n := range lengths {
				fits = fits || n == len(s)
			}
			if !fits {
				t.Errorf("%s: %q passes", kind, s)
			}
		}
		_, _ = ident.ParseDeclarationItem(s)
		for _, make := range []func(string) (string, error){ident.MakeUSCC, ident.MakeOrganisation, ident.MakeResidentID, ident.MakeISO6346, ident.MakeAirWaybill, ident.MakeGTIN13} {
			_, _ = make(s)
		}
		_, _ = ident.MakeS10(s, len(s), s)
	})
}
