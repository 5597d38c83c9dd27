// Package tax computes the comprehensive import tax of cross-border e-commerce
// retail import (跨境电子商务零售进口综合税, modes 9610, 1210 and 1239) and
// decides whether an order may use the channel: 财关税〔2016〕18号 and
// 财关税〔2018〕49号. It also classes export lists and reckons the dates of
// collection and return.
//
// Everything here is pure: no clock, no database, no state. Rates, limits and
// thresholds come in with the call, because they are dated data.
//
// Invariants: the dutiable values of the lines sum to that of the order; each
// tax of each line is computed exactly and rounded to fen once, at the end,
// half-up; the taxes of the order are the sums of those of its lines. A [Result]
// carries every operand, so that [LineResult.Working] and [Result.Explain] can
// show each step later.
package tax
