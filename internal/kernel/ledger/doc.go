// Package ledger keeps everything that must not be exceeded or lost (账簿):
// allowances, weight counters, guarantees, stock, budgets, quotas.
//
// There are two kinds. A Book lives in the memory of the clearance core and is
// changed by its decisions alone; what it holds is what the decisions say. A
// Ledger lives in the services database and is posted in the transaction of the
// fact that causes the transfer. Both are double-entry, both hold floors and
// ceilings whatever happens at the same time, both take a repeated transfer
// once, and in both the sums of a unit are zero, always.
package ledger
