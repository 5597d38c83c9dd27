// Package registry keeps who is filed with the zone (企业备案): enterprises with
// their roles, the certificates they sign with and the signature policy held
// against their messages.
//
// A filing is stored whole, in revisions: each change writes the new revision,
// its history, a fact into the registry's stream and a command to the clearance
// core, all in one transaction. The core learns of filings by those commands
// alone: its View is a function of the inputs so far, so a replay finds the same
// enterprises filed on the same day as the first run did.
//
// Source of the duty to file: 海关总署公告2018年第194号 art. 2 and 公告2018年第219号;
// at which place each document needs which enterprise: message specification 202205.
package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
)

// State is what a filing is worth on a day (备案状态).
type State uint8

// The states.
const (
	Pending   State = 1 // its time has not begun 未生效
	Active    State = 2 // 有效
	Suspended State = 3 // 暂停
	Expired   State = 4 // its time is over 已失效
)

// String returns the state's name in lower case.
func (s State) String() string {
	if s >= Pending && s <= Expired {
		return [...]string{Pending: "pending", Active: "active", Suspended: "suspended", Expired: "expired"}[s]
	}
	return fmt.Sprintf("state-%d", uint8(s))
}

// ZH returns the state's name in Chinese.
func (s State) ZH() string {
	if s >= Pending && s <= Expired {
		return [...]string{Pending: "未生效", Active: "有效", Suspended: "已暂停", Expired: "已失效"}[s]
	}
	return ""
}

// Mode is how a message's signature is treated (签名策略).
type Mode uint8

// The modes. Their numbers are stored and never change.
const (
	Optional Mode = 1 // may be missing; if it is there it must be good: the default
	Required Mode = 2 // must be there, good, and by a registered certificate
	Off      Mode = 3 // not looked at: for training and for samples
)

// String returns the mode's name in lower case.
func (m Mode) String() string {
	if m >= Optional && m <= Off {
		return [...]string{Optional: "optional", Required: "required", Off: "off"}[m]
	}
	return fmt.Sprintf("mode-%d", uint8(m))
}

// ParseMode reads a mode's name.
func ParseMode(s string) (Mode, error) {
	for m := Optional; m <= Off; m++ {
		if m.String() == s {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown signature mode %q: use required, optional or off / 未知签名策略", s)
}

// Filing is an enterprise as filed, with all that belongs to it.
type Filing struct {
	ID          string    // the registry's own, for ever; the USCC or customs code if not given
	CustomsCode string    // customs registration code 海关注册登记编号, 10 characters; or empty
	USCC        string    // unified social credit code 统一社会信用代码, 18 characters; or empty
	Name        string    // as in the business licence
	Kinds       Kinds     // roles
	From, To    clock.Day // first and last day of validity; 0 means open

	Suspensions  []Suspension
	Certificates []Certificate
	Policies     []Policy

	Revision uint64 // counts changes from 1; set by the registry
}

// Suspension is a time in which a filing does not count (暂停).
type Suspension struct {
	From, To clock.Day // first and last day; To 0 means until resumed
	Reason   string
}

// Certificate is a certificate with which an enterprise signs (签名证书).
type Certificate struct {
	Fingerprint string // hexadecimal SHA-256 of DER
	Serial      string // hexadecimal serial number, the KeyName of signatures
	Subject     string // may name the holder of the card: masked where shown
	NotBefore   time.Time
	NotAfter    time.Time
	Codes       []string // enterprise codes beside the owner's own for which it may sign
	Revoked     clock.Day
	DER         []byte // the certificate itself, if lodged
}

// Policy is the signature policy for one message kind; kind 0 stands for all
// kinds without a policy of their own.
type Policy struct {
	Kind ceb.Kind
	Mode Mode
}

// State returns what the filing is worth on a day.
func (f *Filing) State(day clock.Day) State {
	switch {
	case f.From != 0 && day < f.From:
		return Pending
	case f.To != 0 && day > f.To:
		return Expired
	}
	for _, s := range f.Suspensions {
		if day >= s.From && (s.To == 0 || day <= s.To) {
			return Suspended
		}
	}
	return Active
}

// Mode returns the enterprise's signature mode for a kind, 0 if it has none.
func (f *Filing) Mode(k ceb.Kind) Mode {
	var general Mode
	for _, p := range f.Policies {
		switch p.Kind {
		case k:
			return p.Mode
		case 0:
			general = p.Mode
		}
	}
	return general
}

// codes lists the codes by which messages name the enterprise.
func (f *Filing) codes() []string {
	return slices.DeleteFunc([]string{f.CustomsCode, f.USCC}, func(s string) bool { return s == "" })
}

// Fault is one thing that is wrong with a filing (错误).
type Fault struct {
	Line   int    // of the file it came from, 0 if none
	ID     string // of the filing
	Field  string
	ZH, EN string
}

// String returns place and text in both languages.
func (f Fault) String() string {
	at := f.ID
	if f.Line > 0 {
		at = fmt.Sprintf("line %d (%s)", f.Line, f.ID)
	}
	return fmt.Sprintf("%s: %s: %s / %s", at, f.Field, f.EN, f.ZH)
}

// Faults is all that is wrong, as an error.
type Faults []Fault

// Error lists all faults, a line each.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return "registry: " + strings.Join(lines, "\n")
}

// Longest texts, in bytes of UTF-8; the codes are bounded by their schemes.
const (
	maxID   = 64
	maxName = 300
	maxList = 200 // suspensions, certificates, policies, codes of one filing
)

// Check returns all that is wrong with the filing by itself.
func (f *Filing) Check() Faults {
	var out Faults
	add := func(field, zh, en string) { out = append(out, Fault{ID: f.ID, Field: field, ZH: zh, EN: en}) }
	if f.ID == "" || len(f.ID) > maxID || strings.ContainsFunc(f.ID, func(r rune) bool { return r <= ' ' }) {
		add("id", "编号须为1至64字节且不含空白", "must have 1 to 64 bytes and no blanks")
	}
	if f.CustomsCode == "" && f.USCC == "" {
		add("customs_code", "海关注册登记编号与统一社会信用代码至少填一项", "a customs code or a unified social credit code is needed")
	}
	if f.CustomsCode != "" {
		if _, err := ident.ParseCustomsCode(f.CustomsCode); err != nil {
			zh, en := words(err)
			add("customs_code", zh, en)
		}
	}
	if f.USCC != "" {
		if err := ident.CheckUSCC(f.USCC); err != nil && !ident.IsWarning(err) {
			zh, en := words(err)
			add("uscc", zh, en)
		}
	}
	if strings.TrimSpace(f.Name) == "" || len(f.Name) > maxName {
		add("name", "名称须为1至300字节", "must have 1 to 300 bytes")
	}
	if !f.Kinds.Valid() {
		add("kinds", "至少一种已知备案类型: "+(endKinds-1).ZH(), "at least one known kind: "+(endKinds-1).String())
	}
	checkTime(f.From, f.To, "from", add)
	for _, s := range f.Suspensions {
		if s.From == 0 {
			add("suspensions", "暂停须有起始日", "a suspension needs its first day")
		}
		checkTime(s.From, s.To, "suspensions", add)
	}
	if max(len(f.Suspensions), len(f.Certificates), len(f.Policies)) > maxList {
		add("id", "附属记录超过200条", "more than 200 records of one sort")
	}
	f.checkCertificates(add)
	f.checkPolicies(add)
	return out
}

func checkTime(from, to clock.Day, field string, add func(field, zh, en string)) {
	switch {
	case from != 0 && !from.Valid(), to != 0 && !to.Valid():
		add(field, "日期不存在", "no such date")
	case to != 0 && to < from:
		add(field, "终止日早于起始日", "ends before it begins")
	}
}

func (f *Filing) checkCertificates(add func(field, zh, en string)) {
	seen := map[string]bool{}
	for _, c := range f.Certificates {
		if len(c.Fingerprint) != 64 || strings.Trim(c.Fingerprint, "0123456789abcdef") != "" {
			add("certificates", "指纹须为64位小写十六进制", "fingerprint must be 64 lower-case hexadecimal digits")
		}
		if seen[c.Fingerprint] {
			add("certificates", "证书重复: "+c.Fingerprint, "certificate twice: "+c.Fingerprint)
		}
		seen[c.Fingerprint] = true
		if c.NotAfter.Before(c.NotBefore) {
			add("certificates", "证书有效期无效", "certificate ends before it begins")
		}
		if len(c.Codes) > maxList {
			add("certificates", "可代签企业超过200家", "signs for more than 200 enterprises")
		}
	}
}

func (f *Filing) checkPolicies(add func(field, zh, en string)) {
	seen := map[ceb.Kind]bool{}
	for _, p := range f.Policies {
		if p.Kind != 0 && (!p.Kind.Known() || p.Kind.IsReceipt()) {
			add("policies", "不是企业报送的报文: "+p.Kind.String(), "not a message that enterprises send: "+p.Kind.String())
		}
		if p.Mode < Optional || p.Mode > Off {
			add("policies", "未知签名策略", "unknown signature mode")
		}
		if seen[p.Kind] {
			add("policies", "策略重复: "+p.Kind.String(), "policy twice: "+p.Kind.String())
		}
		seen[p.Kind] = true
	}
}
