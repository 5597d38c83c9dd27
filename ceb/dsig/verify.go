package dsig

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verify checks the enveloped signature of a whole message, as received. It
// never fails: whatever is wrong, also with the message itself, is a fault in
// the report, all of them at once where one does not hide the other.
//
// Rules: specification 202205 section 6 and revision note; XML Signature
// Syntax and Processing; what is refused beyond them is listed in the package
// documentation.
func Verify(raw []byte, opt Options) Report {
	var r Report
	s := newScanner(raw)
	defer s.release()
	c, err := takeMessage(s)
	if err != nil {
		r.malformed(raw, err)
		return r
	}
	r.Present = c.signatures > 0
	if !r.Present {
		if opt.Required {
			r.fault(CodeInvalid, "报文没有数字签名", "the message carries no signature",
				"用企业证书对报文加签后重新发送", "sign the message with the enterprise's certificate and send it again")
		}
		return r
	}
	if !r.placed(c) {
		return r
	}
	p, wrong := takeApart(c.signature, c.signedInfo)
	for _, w := range wrong {
		r.fault(w.code, w.zh, w.en, "按规范第 6 章的签名结构重新加签", "sign again, with the structure of section 6 of the specification")
	}
	r.CanonicalAlgorithm, r.SignatureAlgorithm = identifier(p.canonicalAlgorithm), identifier(p.signatureAlgorithm)
	r.DigestAlgorithm, r.KeyName = identifier(p.digestAlgorithm), plainText(p.keyName)
	if slices.Contains(wrong, standard) {
		return r // which part stands for what is not certain
	}
	r.reference(&p)
	r.digest(c, &p)
	r.certify(&p, opt)
	r.value(c, &p)
	return r
}

// takeMessage takes the message apart, with the scanner or, where that will
// not, with the library.
func takeMessage(s *scanner) (*canonical, error) {
	raw := s.raw
	err := s.document()
	if err == nil && s.found.signatures == s.found.misplaced {
		return &canonical{signatures: s.found.signatures, misplaced: s.found.misplaced, document: s.sum}, nil
	}
	if err == nil && !s.found.inheritedXML {
		c := &canonical{signatures: s.found.signatures, misplaced: s.found.misplaced, document: s.sum}
		if c.signature, err = subtree(raw, s.found.signature, s.sigScope[:s.sigBound]); err != nil {
			return nil, err
		}
		if s.found.signedInfos > 0 {
			c.signedInfo, err = subtree(raw, s.found.signedInfo, s.siScope[:s.siBound])
		}
		return c, err
	}
	if err == nil || errors.Is(err, errUnusual) {
		return byLibrary(raw)
	}
	return nil, err
}

// sum hands the canonical message to take.
func (s *scanner) sum(take func(*output)) { take(&s.out) }

// subtree returns the canonical form of the element at sp.
func subtree(raw []byte, sp span, scope []binding) ([]byte, error) {
	s := newScanner(raw)
	defer s.release()
	if err := s.subtree(sp, scope); err != nil {
		return nil, err
	}
	return s.out.bytes(), nil
}

// malformed reports bytes that are no message.
func (r *Report) malformed(raw []byte, err error) {
	zh, en := "不是格式良好的 XML", "not well-formed XML ("+err.Error()+")"
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		line := 1 + strings.Count(string(raw[:min(syntax.at, len(raw))]), "\n")
		zh = fmt.Sprintf("第 %d 行：%s", line, syntax.zh)
		en = fmt.Sprintf("line %d: %s", line, syntax.en)
	}
	r.fault(CodeFormat, "报文格式错误，"+zh, "the message cannot be read, "+en, "改正报文格式后重新加签发送", "mend the XML, sign and send it again")
}

// placed checks that the one signature is a child of the root.
func (r *Report) placed(c *canonical) bool {
	if c.signatures > 1 {
		r.fault(CodeSecurity, fmt.Sprintf("报文有 %d 个数字签名，只允许一个", c.signatures),
			fmt.Sprintf("the message has %d signatures, one is allowed", c.signatures),
			"只保留根元素下的一个 ds:Signature", "keep a single ds:Signature, as a child of the root")
		return false
	}
	if c.misplaced > 0 {
		r.fault(CodeSecurity, "数字签名不在根元素下", "the signature is not a child of the root element",
			"把 ds:Signature 放在根元素下规定的位置", "put ds:Signature directly under the root, where the schema wants it")
		return false
	}
	return true
}

// reference checks that the reference covers the whole message and nothing
// changes it on the way.
func (r *Report) reference(p *parts) {
	const fixZH, fixEN = "按规范第 6 章使用规定的算法重新加签", "sign again with the algorithms of section 6 of the specification"
	if string(p.canonicalAlgorithm) != CanonicalXML {
		r.fault(CodeInvalid, "规范化算法不允许："+r.CanonicalAlgorithm, "canonicalisation algorithm not allowed: "+r.CanonicalAlgorithm, fixZH, fixEN)
	}
	switch {
	case !p.hasURI:
		r.fault(CodeSecurity, "Reference 没有 URI 属性，必须为 URI=\"\"", "the Reference has no URI attribute, it must be URI=\"\"", fixZH, fixEN)
	case len(p.uri) > 0:
		uri := plainText(p.uri)
		r.fault(CodeSecurity, "Reference 未引用整个报文：URI=\""+uri+"\"", "the Reference does not cover the whole message: URI=\""+uri+"\"", fixZH, fixEN)
	}
	allowed := p.transformCount >= 1 && string(p.transforms[0]) == EnvelopedSignature &&
		(p.transformCount == 1 || p.transformCount == 2 && string(p.transforms[1]) == CanonicalXML)
	if !allowed {
		var names []string
		for _, t := range p.transforms[:min(p.transformCount, len(p.transforms))] {
			names = append(names, plainText(t))
		}
		list := strings.Join(names, ", ")
		r.fault(CodeSecurity, "Transform 不允许："+list, "transforms not allowed: "+list, fixZH, fixEN)
	}
}

// digest computes the digest of the message and compares it.
func (r *Report) digest(c *canonical, p *parts) {
	r.DigestWritten = string(compact(p.digestValue))
	d := digestOf(p.digestAlgorithm)
	if d == nil {
		r.fault(CodeInvalid, "摘要算法不支持："+r.DigestAlgorithm, "digest algorithm not supported: "+r.DigestAlgorithm,
			"使用 SM3 或 SHA-1", "use SM3 or SHA-1")
		return
	}
	h := d.make()
	c.document(func(o *output) { o.sum(h) })
	var buf [64]byte
	sum := h.Sum(buf[:0])
	r.DigestComputed = base64.StdEncoding.EncodeToString(sum)
	written, ok := decode(p.digestValue)
	r.DigestOK = ok && string(written) == string(sum)
	if !r.DigestOK {
		r.fault(CodeMismatch,
			fmt.Sprintf("签名与数据不符：报文摘要为 %s，签名中写的是 %s（算法 %s）", r.DigestComputed, r.DigestWritten, r.DigestAlgorithm),
			fmt.Sprintf("the message is not what was signed: its digest is %s, the signature says %s (algorithm %s)", r.DigestComputed, r.DigestWritten, r.DigestAlgorithm),
			"加签后不要再改动报文（包括空白和换行），重新加签发送", "do not change the message after signing, not even white space; sign and send it again")
	}
}

// certify finds and checks the certificate.
func (r *Report) certify(p *parts, opt Options) {
	der, ok := []byte(nil), false
	switch {
	case p.hasCertificate:
		if der, ok = decode(p.certificate); !ok {
			r.fault(CodeInvalid, "X509Certificate 不是 base64", "X509Certificate is not base64",
				"写入证书 DER 的 base64", "write the certificate's DER in base64")
			return
		}
	case opt.Lookup != nil && r.KeyName != "":
		der = opt.Lookup(r.KeyName)
	}
	if len(der) == 0 {
		r.fault(CodeInvalid, "签名没有证书，也查不到名为“"+r.KeyName+"”的证书", "the signature has no certificate, and none is registered under the name \""+r.KeyName+"\"",
			"在 KeyInfo 中写入 X509Certificate，或先备案证书", "put X509Certificate into KeyInfo, or file the certificate first")
		return
	}
	cert, err := certificates.get(der)
	if err != nil {
		r.fault(CodeInvalid, "证书无法解析", "the certificate cannot be read ("+err.Error()+")",
			"写入完整的 X.509 证书", "write a whole X.509 certificate")
		return
	}
	r.Certificate = cert
	if !opt.Now.IsZero() {
		r.validity(cert, opt.Now)
	}
	if opt.Register != nil {
		r.Faults = append(r.Faults, opt.Register(cert)...)
	}
}

func (r *Report) validity(c *Certificate, now time.Time) {
	early, late := now.Before(c.NotBefore), now.After(c.NotAfter)
	if !early && !late {
		return
	}
	from, to := c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339)
	zh := fmt.Sprintf("证书 %s（%s）有效期 %s 至 %s", c.Serial, c.Subject, from, to)
	en := fmt.Sprintf("certificate %s (%s) is valid from %s to %s", c.Serial, c.Subject, from, to)
	if late {
		r.fault(CodeExpired, "数字签名过期："+zh, "the certificate has expired: "+en, "更新证书后重新加签", "renew the certificate and sign again")
		return
	}
	r.fault(CodeInvalid, "证书尚未生效："+zh, "the certificate is not valid yet: "+en, "证书生效后再加签", "sign when the certificate is valid")
}

// value checks the signature value over SignedInfo.
func (r *Report) value(c *canonical, p *parts) {
	m := methodOf(p.signatureAlgorithm)
	if m == nil {
		code := CodeInvalid
		if strings.Contains(r.SignatureAlgorithm, "hmac") {
			code = CodeSecurity
		}
		r.fault(code, "签名算法不支持："+r.SignatureAlgorithm, "signature algorithm not supported: "+r.SignatureAlgorithm,
			"使用 SM2-SM3 或 RSA-SHA1", "use SM2-SM3 or RSA-SHA1")
		return
	}
	value, ok := decode(p.signatureValue)
	if !ok {
		r.fault(CodeInvalid, "SignatureValue 不是 base64", "SignatureValue is not base64", "写入签名值的 base64", "write the signature value in base64")
		return
	}
	if r.Certificate == nil {
		return
	}
	form, ok, suits := signs(m, r.Certificate, c.signedInfo, value)
	cert := r.Certificate
	if !suits {
		r.fault(CodeInvalid, fmt.Sprintf("签名算法 %s 与证书 %s 的密钥类型不符", r.SignatureAlgorithm, cert.Serial),
			fmt.Sprintf("signature algorithm %s does not suit the key of certificate %s", r.SignatureAlgorithm, cert.Serial),
			"RSA 证书用 RSA 算法，SM2 证书用 SM2 算法", "RSA certificates sign with RSA, SM2 certificates with SM2")
		return
	}
	if r.SignatureOK = ok; ok {
		r.SignatureForm = form
		return
	}
	fixZH, fixEN := "用该证书对应的私钥重新加签", "sign again with the private key of this certificate"
	if _, relaid, _ := signs(m, cert, withoutLayout(c.signedInfo), value); relaid {
		fixZH = "SignedInfo 在加签后被重新排版（增加了空白）；加签后不要再格式化报文"
		fixEN = "SignedInfo was laid out anew after signing (white space was added); do not format the message after signing"
	}
	r.fault(CodeInvalid,
		fmt.Sprintf("数字签名无效：签名值与证书 %s（%s）不符（算法 %s）", cert.Serial, cert.Subject, r.SignatureAlgorithm),
		fmt.Sprintf("the signature value was not made with the key of certificate %s (%s) (algorithm %s)", cert.Serial, cert.Subject, r.SignatureAlgorithm),
		fixZH, fixEN)
}

// signs reports whether value signs info with the certificate's key; suits is
// false when the key is of another kind than the method's.
func signs(m *method, cert *Certificate, info, value []byte) (form string, ok, suits bool) {
	switch key := cert.parsed.PublicKey.(type) {
	case *rsa.PublicKey:
		if m.sm2 {
			return "", false, false
		}
		h := m.hash.New()
		h.Write(info)
		return "", rsa.VerifyPKCS1v15(key, m.hash, h.Sum(nil), value) == nil, true
	case *ecdsa.PublicKey:
		if !m.sm2 || !chinese.isKey(key) {
			return "", false, false
		}
		f, ok := chinese.verify(key, info, value)
		return f.String(), ok, true
	}
	return "", false, false
}

// withoutLayout drops white space between tags.
func withoutLayout(info []byte) []byte {
	out := make([]byte, 0, len(info))
	for i := 0; i < len(info); i++ {
		out = append(out, info[i])
		if info[i] != '>' {
			continue
		}
		end := i + 1
		for end < len(info) && class[info[end]]&space != 0 {
			end++
		}
		if end < len(info) && info[end] == '<' {
			i = end - 1
		}
	}
	return out
}
