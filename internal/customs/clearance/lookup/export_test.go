package lookup

import "pilotzone/internal/kernel/money"

// Watch tells f of every query that the index asks from now on.
func (x *Index) Watch(f func(query string, args []any)) { x.seen = f }

func fen(v int64) money.Fen { return money.Fen(v) }
