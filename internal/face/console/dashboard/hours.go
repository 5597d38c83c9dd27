package dashboard

import (
	"strconv"

	"pilotzone/internal/customs/clearance/lookup"
)

// hour is what was declared and released in one hour of the day.
type hour struct {
	hour                       int
	declared, released         int64
	declaredHref, releasedHref string
}

// hours are those of the day in which anything happened, in order.
func (b *board) hours() (out []hour) {
	day := strconv.Itoa(int(b.query.From))
	declared, released := bySlot(b.slots), bySlot(b.releases)
	for h := range 24 {
		v := hour{hour: h}
		var came, went []string
		for i := range 6 {
			slot := day + slotDigits(6*h+i)
			if n := declared[slot]; n > 0 {
				v.declared += n
				came = append(came, slot)
			}
			if n := released[slot]; n > 0 {
				v.released += n
				went = append(went, slot)
			}
		}
		if v.declared+v.released == 0 {
			continue
		}
		f := b.query.Filter()
		if f.Slots = came; len(came) > 0 {
			v.declaredHref = b.address(f)
		}
		f.Slots = nil
		if f.ReleaseSlots = went; len(went) > 0 {
			v.releasedHref = b.address(f)
		}
		out = append(out, v)
	}
	return out
}

func bySlot(list []lookup.Count) map[string]int64 {
	out := make(map[string]int64, len(list))
	for _, c := range list {
		out[c.Value] = c.N
	}
	return out
}
