// Package dsig verifies and makes the enveloped XML signatures of the customs
// messages CEBxxxMessage (数字签名, ds:Signature): RSA over SHA-1 or SHA-256,
// and SM2 over SM3 (国密算法).
//
// Verify canonicalises the message in one pass over its bytes, without a tree:
// what is canonical already, nearly all of a real message, is hashed where it
// stands. Rare forms go to the canonicaliser of
// github.com/russellhaering/goxmldsig; a fuzz test holds the two equal. All
// faults are reported at once, with the official codes where they exist, in
// Chinese and English, and say which digest, which algorithm and which
// certificate differs.
//
// Only what covers the whole message is accepted: exactly one ds:Signature, as
// a child of the root; exactly one Reference, with URI=""; the transform
// enveloped-signature, alone or followed by Canonical XML 1.0, which is also the
// only canonicalisation. HMAC, Object, Manifest, parameters of algorithms,
// DTDs and entities are refused. What is signed is read from the canonical
// SignedInfo whose signature is checked, never from elsewhere.
//
// Comments are not signed. A reader of a verified message must read as if they
// were not there: "1<!-- x -->2" is 12.
//
// Verify does not decide whom to trust: Options.Register asks the caller's
// register of certificates, and the report names the certificate used.
// Certificate chains and revocation lists are not read.
//
// Sources: specification 202205 (海关跨境统一版系统企业对接报文规范) section 6
// and its revision note; schemas of both editions; W3C XML Signature Syntax and
// Processing, Canonical XML 1.0; GB/T 32918.2-2016 and GM/T 0009-2012 for SM2.
package dsig
