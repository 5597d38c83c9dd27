// Package rulebook changes the rules in force (规则启用): a set of packs is
// proposed, checked, tried out in shadow, switched on at a time, and rolled back
// by one step.
//
// A proposal (提案) keeps its set by value. What it would change is shown against
// the set in force; a shadow run (试运行) judges stored parcels and figures by
// both sets and says who gains and who loses. A set with a fault is refused whole
// and nothing in flight is touched: decisions made stay as they are, and lists
// that wait are decided by the rules of the day on which they came in.
//
// Invariants: the core switches by an input, written to the outbox in the
// transaction that records the switch, and takes each switch once, also over a
// restart; a proposal is switched on only over the set that it was made against;
// every act writes its entry in the audit chain in its own transaction; the sets
// that were in force stay, by value, so that the one before can come back. A
// shadow run touches no state of the store but its own report.
package rulebook
