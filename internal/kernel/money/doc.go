// Package money holds the exact amounts of the platform: [Fen] (whole 分, 1/100
// CNY), [N5] (the customs decimal type N19,5) and [Rate] (a tax rate with any
// number of decimals).
//
// Invariants: nothing here ever passes through a binary floating-point number;
// text that a type cannot hold exactly is refused with [ErrScale] or
// [ErrRange], never cut or rounded; where a result must be rounded, it is
// rounded once, half-up (四舍五入, halves away from zero, so that a refund is the
// mirror image of the charge), and the function says whether it was exact.
package money
