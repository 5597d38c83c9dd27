package ident_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pilotzone/ident"
)

var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("CST", 8*60*60))

func reasonOf(t *testing.T, err error) ident.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *ident.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T, want *ident.Error", err)
	}
	if e.ZH == "" || e.EN == "" {
		t.Errorf("%s: a sentence is missing: ZH %q, EN %q", e.Reason, e.ZH, e.EN)
	}
	return e.Reason
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind  ident.Kind
		value string
		want  ident.Reason
	}{
		{ident.USCC, "91350100M000100Y43", ""},
		{ident.USCC, "91430100MA4L00A15Q", ""},
		{ident.USCC, "91460200MA5T00B293", ""},
		{ident.USCC, "92410700MA9F00C385", ""},
		{ident.USCC, "52320800MJ5H00D4XG", ""},
		{ident.USCC, "1243000000600001X0", ""}, // sum 0: the trap of the outer mod
		{ident.USCC, "91350100M000100Y44", ident.CheckDigit},
		{ident.USCC, "91350100M000100Y4", ident.Length},
		{ident.USCC, "", ident.Length},
		{ident.USCC, "91350100M000100I43", ident.Alphabet},
		{ident.USCC, "91350100m000100Y43", ident.Alphabet},
		{ident.USCC, "9135A100M000100Y43", ident.Structure},

		{ident.Organisation, "M000100Y4", ""},
		{ident.Organisation, "M000100Y5", ident.CheckDigit},
		{ident.Organisation, "M000100Y", ident.Length},
		{ident.Organisation, "M000100-4", ident.Alphabet},
		{ident.Organisation, "M000100YA", ident.Alphabet},

		{ident.ResidentNo, "11010519491231002X", ""},
		{ident.ResidentNo, "11010519491231002x", ""},
		{ident.ResidentNo, "440524188001010014", ""},
		{ident.ResidentNo, "430100199001010013", ""},
		{ident.ResidentNo, "460200200002290025", ""},
		{ident.ResidentNo, "41070019851231999X", ""},
		{ident.ResidentNo, "430100199902300018", ident.Date},
		{ident.ResidentNo, "110105194912310021", ident.CheckDigit},
		{ident.ResidentNo, "110105491231002", ident.Length},
		{ident.ResidentNo, "1101051949123100", ident.Length},
		{ident.ResidentNo, "1101051949123100XX", ident.Alphabet},
		{ident.ResidentNo, "11010519491231002Y", ident.Alphabet},
		{ident.ResidentNo, "99010519491231002X", ident.Region},

		{ident.CustomsCode, "1105910159", ""},
		{ident.CustomsCode, "410796000A", ""},
		{ident.CustomsCode, "110591015", ident.Length},
		{ident.CustomsCode, "11059101-9", ident.Alphabet},
		{ident.CustomsCode, "11a5910159", ident.Alphabet},
		{ident.CustomsCode, "11A5910159", ident.Structure},
		{ident.CustomsCode, "1105010159", ident.Structure},
		{ident.CustomsCode, "1105900159", ident.Structure},
		{ident.CustomsCode, "0005910159", ident.Region},

		{ident.DeclarationNo, "460420261000000012", ""},
		{ident.DeclarationNo, "46042026100000001", ident.Length},
		{ident.DeclarationNo, "46042026100000001X", ident.Alphabet},
		{ident.DeclarationNo, "460420262000000012", ident.Structure},
		{ident.DeclarationNo, "460400261000000012", ident.Date},

		{ident.HS, "3304", ""},
		{ident.HS, "330499", ""},
		{ident.HS, "33049900", ""},
		{ident.HS, "3304990039", ""},
		{ident.HS, "3304990039101", ""},
		{ident.HS, "9801009000", ""},
		{ident.HS, "33", ident.Length},
		{ident.HS, "33049", ident.Length},
		{ident.HS, "3304.9", ident.Alphabet},
		{ident.HS, "7701", ident.Chapter},
		{ident.HS, "0001", ident.Chapter},

		{ident.ISO6346, "CSQU3054383", ""},
		{ident.ISO6346, "CSQU3054384", ident.CheckDigit},
		{ident.ISO6346, "CBEU0000070", ident.CheckDigit}, // remainder 10: a warning
		{ident.ISO6346, "CSQA3054383", ident.Structure},
		{ident.ISO6346, "CSQU305438", ident.Length},
		{ident.ISO6346, "csqu3054383", ident.Alphabet},

		{ident.S10, "RR473124829GB", ""},
		{ident.S10, "EE000000080CN", ""}, // 11 − 1 = 10 → 0
		{ident.S10, "EE000000005CN", ""}, // 11 − 0 = 11 → 5
		{ident.S10, "EE123456785CN", ""},
		{ident.S10, "RR473124828GB", ident.CheckDigit},
		{ident.S10, "RR473124829ZZ", ident.Region},
		{ident.S10, "RR473124829", ident.Length},
		{ident.S10, "R1473124829GB", ident.Alphabet},

		{ident.AirWaybill, "99912345675", ""},
		{ident.AirWaybill, "99912345676", ident.CheckDigit},
		{ident.AirWaybill, "999-1234567", ident.Alphabet},
		{ident.AirWaybill, "9991234567", ident.Length},

		{ident.GTIN, "6901234567892", ""},
		{ident.GTIN, "96385074", ""},
		{ident.GTIN, "036000291452", ""},
		{ident.GTIN, "10614141000415", ""},
		{ident.GTIN, "6901234567893", ident.CheckDigit},
		{ident.GTIN, "690123456789", ident.CheckDigit},
		{ident.GTIN, "69012345678", ident.Length},
		{ident.GTIN, "690123456789x", ident.Alphabet},

		{"passport", "E12345678", ident.Unknown},
	}
	for _, tt := range tests {
		if got := reasonOf(t, ident.CheckAt(tt.kind, tt.value, today)); got != tt.want {
			t.Errorf("%s %q: reason %q, want %q", tt.kind, tt.value, got, tt.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	// Lawful codes of the pilot whose check character does not fit (RULES E1).
	for _, s := range []string{"91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"} {
		if err := ident.CheckUSCC(s); !ident.IsWarning(err) {
			t.Errorf("CheckUSCC(%q) = %v, want a warning", s, err)
		}
	}
	if err := ident.CheckISO6346("CBEU0000070"); !ident.IsWarning(err) {
		t.Errorf("remainder 10: %v, want a warning", err)
	}
	if err := ident.CheckISO6346("CSQU3054384"); ident.IsWarning(err) {
		t.Errorf("wrong check digit: %v is a warning, want a refusal", err)
	}
	if ident.IsWarning(nil) {
		t.Error("nil is a warning")
	}
}

func TestResidentDates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		prefix string
		want   ident.Reason
	}{
		{"43010020260301001", ""}, // born today
		{"43010020260302001", ident.FutureDate},
		{"43010020270101001", ident.FutureDate},
		{"43010018760301001", ""}, // 150 years today
		{"43010018750302001", ""}, // 150 until tomorrow
		{"43010018750301001", ident.Age},
		{"43010019000229001", ident.Date}, // 1900 was no leap year
		{"43010019991301001", ident.Date},
		{"43010019990001001", ident.Date},
		{"43010019990100001", ident.Date},
	}
	for _, tt := range tests {
		number, err := ident.MakeResidentID(tt.prefix)
		if err != nil && tt.want != ident.Date {
			t.Fatalf("MakeResidentID(%s): %v", tt.prefix, err)
		}
		_, err = ident.ParseResidentID(number, today)
		if got := reasonOf(t, err); got != tt.want {
			t.Errorf("%s: reason %q, want %q", tt.prefix, got, tt.want)
		}
	}
}

// The day of Beijing counts, whatever the zone of the given instant.
func TestResidentTodayIsOfBeijing(t *testing.T) {
	t.Parallel()
	number, err := ident.MakeResidentID("43010020260302001")
	if err != nil {
		t.Fatal(err)
	}
	lateUTC := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC) // 00:00 on 2 March in Beijing
	if _, err := ident.ParseResidentID(number, lateUTC); err != nil {
		t.Errorf("at midnight in Beijing: %v", err)
	}
	if _, err := ident.ParseResidentID(number, lateUTC.Add(-time.Second)); reasonOf(t, err) != ident.FutureDate {
		t.Errorf("a second before: %v, want future_date", err)
	}
}

func TestParseResidentID(t *testing.T) {
	t.Parallel()
	r, err := ident.ParseResidentID("11010519491231002x", today)
	if err != nil {
		t.Fatal(err)
	}
	if r.Number != "11010519491231002X" || r.Area != "110105" || r.Male || r.Birth.Format(time.DateOnly) != "1949-12-31" {
		t.Errorf("parsed %+v", r)
	}
	if got := r.Age(today); got != 76 {
		t.Errorf("age %d, want 76", got)
	}
	m, err := ident.ParseResidentID("430100199001010013", today)
	if err != nil || !m.Male {
		t.Errorf("%+v, %v: want male", m, err)
	}
}

func TestErrorsDoNotRepeatTheValue(t *testing.T) {
	t.Parallel()
	for _, k := range ident.Kinds() {
		const value = "QWE-4711-secret"
		err := ident.CheckAt(k, value, today)
		if err == nil || strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	c, err := ident.ParseCustomsCode("1105980159")
	if err != nil || c.Area != "1105" || c.Zone != '9' || c.Serial != "0159" || !c.Broker() {
		t.Errorf("customs code %+v, %v", c, err)
	}
	d, err := ident.ParseDeclarationItem("460420260000000012003")
	if err != nil || d.Office != "4604" || d.Year != 2026 || d.Import || d.Serial != "000000012" || d.Item != 3 {
		t.Errorf("declaration item %+v, %v", d, err)
	}
	for value, want := range map[string]ident.Reason{
		"46042026000000001200":  ident.Length,
		"460420260000000012103": ident.Structure,
		"460420260000000012000": ident.Structure,
		"4604202600000000120A1": ident.Alphabet,
		"460420269000000012003": ident.Structure,
	} {
		if _, err := ident.ParseDeclarationItem(value); reasonOf(t, err) != want {
			t.Errorf("item %s: %v, want %s", value, err, want)
		}
	}
	if got := ident.OrganisationOf("91350100M000100Y43"); got != "M000100Y4" {
		t.Errorf("organisation code %q", got)
	}
}

func TestCheckHSPrefix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code, shorter string
		want          ident.Reason
	}{
		{"3304990039", "330499", ""},
		{"3304990039", "3304", ""},
		{"3304990039", "330410", ident.Prefix},
		{"3304", "3304990039", ident.Prefix},
		{"3304990039", "33", ident.Length},
	}
	for _, tt := range tests {
		if got := reasonOf(t, ident.CheckHSPrefix(tt.code, tt.shorter)); got != tt.want {
			t.Errorf("%s in %s: %q, want %q", tt.code, tt.shorter, got, tt.want)
		}
	}
}

func TestMakeRefusesBadInput(t *testing.T) {
	t.Parallel()
	made := map[string]func() (string, error){
		"uscc length":       func() (string, error) { return ident.MakeUSCC("9143") },
		"uscc alphabet":     func() (string, error) { return ident.MakeUSCC("91430100MA4L00AIO") },
		"organisation":      func() (string, error) { return ident.MakeOrganisation("M00-100Y") },
		"organisation size": func() (string, error) { return ident.MakeOrganisation("M0") },
		"resident length":   func() (string, error) { return ident.MakeResidentID("43") },
		"resident alphabet": func() (string, error) { return ident.MakeResidentID("4301001999A101001") },
		"container owner":   func() (string, error) { return ident.MakeISO6346("CSQA305438") },
		"container length":  func() (string, error) { return ident.MakeISO6346("CSQ") },
		"s10 serial":        func() (string, error) { return ident.MakeS10("RR", 100_000_000, "CN") },
		"s10 country":       func() (string, error) { return ident.MakeS10("RR", 1, "QQ") },
		"awb length":        func() (string, error) { return ident.MakeAirWaybill("999") },
		"awb alphabet":      func() (string, error) { return ident.MakeAirWaybill("99912345A7") },
		"gtin length":       func() (string, error) { return ident.MakeGTIN13("690") },
		"gtin alphabet":     func() (string, error) { return ident.MakeGTIN13("69012345678x") },
	}
	for name, make := range made {
		if s, err := make(); err == nil {
			t.Errorf("%s: made %q", name, s)
		}
	}
}
