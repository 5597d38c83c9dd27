package traffic

// Victim is one of the people whose identities a day's fraud ring uses
// (身份被冒用者): lists name them and nothing of it is theirs.
func (g *Gen) Victim() Person { return g.Person(ringBase) }
