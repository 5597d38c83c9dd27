// Package ident checks the identifiers that Chinese cross-border trade runs on:
// unified social credit codes (统一社会信用代码), organisation codes (组织机构代码),
// resident identity numbers (公民身份号码), customs registration codes
// (海关注册编码), declaration numbers (报关单号), HS codes (商品编码), container
// numbers (集装箱号), postal item and air waybill numbers (邮件号、空运单号) and
// GTIN bar codes (商品条码).
//
// A check says why a value is refused, by a [Reason] from a small stable
// vocabulary and a sentence in Chinese and English. It never repeats the value:
// the text of an [Error] may be logged even where the value is personal.
//
// A value that passes is well formed, no more. It need not have been issued,
// and a resident number that passes is not a verified identity.
package ident
