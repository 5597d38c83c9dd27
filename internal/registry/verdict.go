package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/dsig"
	"pilotzone/internal/kernel/clock"
)

// Verdict is what a message's signature is worth under the policy (验签结论).
type Verdict struct {
	OK         bool
	Mode       Mode
	Enterprise string // id of the filing whose certificate signed; empty if none is known
	Code       string // official code of the refusal; empty if OK
	ZH, EN     string // the reason of a refusal, or a remark to an OK
}

// Finding is what makes a signature unacceptable; each has its codes by kind.
type finding uint8

const (
	unsigned finding = iota
	invalid
	expired
	unregistered
	revoked
	foreign
)

// Codes of signature findings: by message kind where the specification 202205
// (annex, pages 120-124) has one of its own, else of the exchange platform.
var signatureCodes = [...]struct {
	general string
	byKind  map[ceb.Kind]string
	zh, en  string
}{
	unsigned:     {dsig.CodeInvalid, map[ceb.Kind]string{621: "-621026", 623: "-623017", 625: "-625028"}, "签名信息为空，该企业该类报文须签名", "the signature is missing: this sender must sign this kind of message"},
	invalid:      {dsig.CodeInvalid, map[ceb.Kind]string{621: "-621029", 623: "-623029", 625: "-625005"}, "验签失败", "the signature does not verify"},
	expired:      {dsig.CodeExpired, map[ceb.Kind]string{621: "-621029", 623: "-623029", 625: "-625005"}, "验签失败，证书不在有效期内", "the certificate was not valid when the message came"},
	unregistered: {dsig.CodeSecurity, map[ceb.Kind]string{621: "-621029", 623: "-623029", 625: "-625005"}, "验签失败，证书未在本平台登记", "the certificate is not registered here"},
	revoked:      {dsig.CodeSecurity, map[ceb.Kind]string{621: "-621029", 623: "-623029", 625: "-625005"}, "验签失败，证书已注销", "the certificate is revoked"},
	foreign:      {dsig.CodeSecurity, map[ceb.Kind]string{621: "-621015", 623: "-623021", 625: "-625013"}, "传输企业与证书不匹配，没有权限进行操作", "the certificate does not stand for the sending enterprise"},
}

// Judge holds a signature report against the policy: kind is the message's,
// sender its BaseTransfer copCode (传输企业代码), at when it was received.
//
//   - Off: accepted unseen.
//   - No signature: refused if required, else accepted.
//   - By an unknown certificate: refused if required; if optional it is worth as
//     much as none, good or bad (the official samples carry placeholders), which
//     the remark says.
//   - By a known certificate: a signature that does not verify, or was made out
//     of the certificate's time, is refused, required or optional.
//   - By a revoked certificate, or one that may not sign for the sender: refused.
func (v *View) Judge(r *dsig.Report, kind ceb.Kind, sender string, at time.Time) Verdict {
	mode := v.Mode(sender, kind)
	out := Verdict{OK: true, Mode: mode}
	if mode == Off {
		return out
	}
	if !r.Present {
		if mode == Required {
			return out.refuse(unsigned, kind, "", "")
		}
		return out
	}
	if !r.OK() || r.Certificate == nil {
		refused := out.refuseFaults(r, kind)
		if mode == Required || v.knows(r.Certificate) {
			return refused
		}
		out.ZH, out.EN = "签名未通过验证，且证书未登记，视同未签名："+refused.ZH, "the signature does not verify and its certificate is not registered: taken as unsigned: "+refused.EN
		return out
	}
	c := r.Certificate
	if at.Before(c.NotBefore) || at.After(c.NotAfter) {
		zh := fmt.Sprintf("有效期 %s 至 %s，序列号 %s", clock.DayOf(c.NotBefore), clock.DayOf(c.NotAfter), c.Serial)
		en := fmt.Sprintf("valid from %s to %s, serial number %s", clock.DayOf(c.NotBefore), clock.DayOf(c.NotAfter), c.Serial)
		return out.refuse(expired, kind, zh, en)
	}
	v.mu.RLock()
	s, known := v.byCert[c.Fingerprint]
	v.mu.RUnlock()
	if !known {
		zh, en := "序列号 "+c.Serial+"，指纹 "+c.Fingerprint, "serial number "+c.Serial+", fingerprint "+c.Fingerprint
		if mode == Required {
			return out.refuse(unregistered, kind, zh, en)
		}
		out.ZH, out.EN = "签名有效，但证书未登记，无法确认签名企业："+zh, "the signature is good but its certificate is not registered: signer unknown: "+en
		return out
	}
	out.Enterprise = s.filing.ID
	own := s.filing.Certificates[s.at]
	if own.Revoked != 0 && clock.DayOf(at) >= own.Revoked {
		return out.refuse(revoked, kind, "自 "+own.Revoked.String()+" 起，序列号 "+own.Serial, "since "+own.Revoked.String()+", serial number "+own.Serial)
	}
	if allowed := append(s.filing.codes(), own.Codes...); !slices.Contains(allowed, sender) {
		names := strings.Join(allowed, ", ")
		return out.refuse(foreign, kind, "copCode "+sender+"，证书所属企业 "+names, "copCode "+sender+", the certificate stands for "+names)
	}
	return out
}

// knows tells whether a certificate is registered for anybody.
func (v *View) knows(c *dsig.Certificate) bool {
	if c == nil {
		return false
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	_, known := v.byCert[c.Fingerprint]
	return known
}

func (v Verdict) refuse(f finding, kind ceb.Kind, zh, en string) Verdict {
	c := signatureCodes[f]
	v.OK, v.Code, v.ZH, v.EN = false, c.general, c.zh, c.en
	if own := c.byKind[kind]; own != "" {
		v.Code = own
	}
	if zh != "" {
		v.ZH, v.EN = v.ZH+"："+zh, v.EN+": "+en
	}
	return v
}

// refuseFaults passes on what the verification found: which digest, which
// algorithm, which certificate differs.
func (v Verdict) refuseFaults(r *dsig.Report, kind ceb.Kind) Verdict {
	var zh, en []string
	for _, f := range r.Faults {
		zh, en = append(zh, f.ZH), append(en, f.EN)
	}
	v = v.refuse(invalid, kind, strings.Join(zh, "；"), strings.Join(en, "; "))
	if len(r.Faults) > 0 && signatureCodes[invalid].byKind[kind] == "" {
		v.Code = r.Faults[0].Code
	}
	return v
}
