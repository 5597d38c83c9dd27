package dsig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
)

// Kinds of requests, by the direction that decides where the schema wants the
// signature (进口业务节点报文, 出口业务节点报文, both editions).
var (
	importKinds = []string{"311", "411", "511", "513", "621", "623", "625", "711"}
	exportKinds = []string{"213", "215", "303", "403", "505", "507", "509", "603", "605", "607", "701"}
)

// Sign puts an enveloped ds:Signature into a message that has none, where the
// schema of its kind wants it: import kinds as the last child of the root,
// export kinds in front of ExtendMessage. Nothing else in the message changes.
// KeyName is the certificate's serial number in hexadecimal.
//
// Receipts and other messages that are no requests, messages that are signed
// already and bytes that are no message are refused.
func Sign(raw []byte, signer Signer) ([]byte, error) {
	at, digestValue, err := prepare(raw, signer)
	if err != nil {
		return nil, err
	}
	signature, digest := signer.Algorithms()
	cert := signer.Certificate()
	const value = "<ds:SignatureValue>"
	element := `<ds:Signature xmlns:ds="` + namespace + `"><ds:SignedInfo>` +
		`<ds:CanonicalizationMethod Algorithm="` + CanonicalXML + `"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="` + signature + `"></ds:SignatureMethod>` +
		`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="` + EnvelopedSignature + `"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="` + digest + `"></ds:DigestMethod>` +
		`<ds:DigestValue>` + digestValue + `</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
		value + `</ds:SignatureValue><ds:KeyInfo><ds:KeyName>` + cert.Serial + `</ds:KeyName>` +
		`<ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(cert.DER) + `</ds:X509Certificate></ds:X509Data>` +
		`</ds:KeyInfo></ds:Signature>`
	draft := splice(raw, at, element)

	s := newScanner(draft)
	defer s.release()
	c, err := takeMessage(s)
	if err != nil {
		return nil, fmt.Errorf("dsig: sign: %w", err)
	}
	made, err := signer.SignBytes(c.signedInfo)
	if err != nil {
		return nil, fmt.Errorf("dsig: sign: %w", err)
	}
	gap := at + bytes.Index([]byte(element), []byte(value)) + len(value)
	return splice(draft, gap, base64.StdEncoding.EncodeToString(made)), nil
}

// prepare returns the offset for the signature and the message's digest.
func prepare(raw []byte, signer Signer) (at int, digestValue string, err error) {
	s := newScanner(raw)
	defer s.release()
	if err := s.document(); err != nil {
		return 0, "", fmt.Errorf("dsig: sign: the message cannot be read: %w", err)
	}
	f := &s.found
	if f.signatures > 0 {
		return 0, "", fmt.Errorf("dsig: sign: the message is signed already; remove its ds:Signature first")
	}
	at = f.rootEnd
	kind := kindOf(f.rootLocal)
	switch {
	case slices.Contains(importKinds, kind):
	case slices.Contains(exportKinds, kind):
		if f.extend >= 0 {
			at = f.extend
		}
	default:
		return 0, "", fmt.Errorf("dsig: sign: <%s> is not a request that carries a signature", f.rootLocal)
	}
	if !bytes.HasPrefix(raw[at:], []byte("</")) && at == f.rootEnd {
		return 0, "", fmt.Errorf("dsig: sign: <%s/> is empty", f.rootLocal)
	}
	_, uri := signer.Algorithms()
	d := digestOf([]byte(uri))
	if d == nil {
		return 0, "", fmt.Errorf("dsig: sign: digest algorithm %s is not supported", uri)
	}
	h := d.make()
	s.out.sum(h)
	return at, base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// kindOf returns the digits of "CEBnnnMessage", or "".
func kindOf(root []byte) string {
	if len(root) == 13 && bytes.HasPrefix(root, []byte("CEB")) && bytes.HasSuffix(root, []byte("Message")) {
		return string(root[3:6])
	}
	return ""
}

func splice(raw []byte, at int, text string) []byte {
	out := make([]byte, 0, len(raw)+len(text))
	out = append(out, raw[:at]...)
	out = append(out, text...)
	return append(out, raw[at:]...)
}
