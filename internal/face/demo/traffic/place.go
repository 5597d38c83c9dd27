package traffic

import "slices"

// Place is where a zone lies: the codes that its enterprises and messages carry
// (code tables of the national pack; counties of NBS 2023).
type Place struct {
	Pack     string   // rule pack of the zone (综试区规则包)
	Name     string   // of the zone, written as a demonstration
	City     string   // as the names of its enterprises begin
	Code     string   // four digits of its city (行政区划代码前四位)
	Counties []string // where its enterprises are registered (县区代码)
	District string   // customs district (关区代码) of declaration
	Air      string   // port of parcels by air (口岸代码)
	Bonded   string   // bonded area of stock (综合保税区)
	Centre   string   // bonded logistics centre (保税物流中心) of mode 1239
	Lat, Lon int64    // roughly, in millionths of a degree
}

// places are the zones that the demonstration knows. The national pack alone is
// shown in a city without a pack of its own.
var places = []Place{
	{"xinxiang", "新乡跨境电商综合试验区（演示）", "新乡", "4107", []string{
		"410702", "410703", "410704", "410711", "410721", "410724", "410725", "410726", "410727", "410771", "410772", "410773", "410781", "410782", "410783"},
		"4616", "4604", "4612", "4611", 35_300_000, 113_920_000},
	{"huaian", "淮安跨境电商综合试验区（演示）", "淮安", "3208", []string{"320803", "320804", "320812", "320813", "320826", "320830", "320831", "320871"},
		"2315", "2317", "2373", "2370", 33_600_000, 119_020_000},
	{"hunan", "湖南跨境电商综合试验区（演示）", "湖南", "4301", []string{
		"430104", "430105", "430111", "430121", "430181", "430211", "430304", "430408", "430602", "431002"},
		"4905", "4908", "4921", "4913", 28_230_000, 112_940_000},
	{"sanya", "三亚跨境电商综合试验区（演示）", "三亚", "4602", []string{"460202", "460203", "460204", "460205"},
		"6402", "6407", "6409", "6408", 18_250_000, 109_510_000},
	{"national", "全国规则演示区", "全国", "4101", []string{"410102", "410104", "410105", "410122", "410171", "410173", "410184"},
		"4601", "4604", "4612", "4611", 34_750_000, 113_620_000},
}

// Places names the packs for which there is traffic.
func Places() []string {
	out := make([]string, len(places))
	for i, p := range places {
		out[i] = p.Pack
	}
	return out
}

// PlaceOf is the place of a pack, and whether there is one.
func PlaceOf(pack string) (Place, bool) {
	i := slices.IndexFunc(places, func(p Place) bool { return p.Pack == pack })
	if i < 0 {
		return Place{}, false
	}
	return places[i], true
}

// Xinxiang is the place where none is named.
func Xinxiang() Place { return places[0] }
