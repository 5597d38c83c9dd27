package dashboard

import (
	"context"
	"slices"
	"strconv"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/oversight/stats"
)

// A chart is an option of Apache ECharts; a point with an href opens.
type object = map[string]any

// grid leaves room for the words at the axes.
func grid() object {
	return object{"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": true}
}

// slotsOfDay are the ten minutes of a day.
const slotsOfDay = 144

// flow is what was declared and released in each ten minutes of the day.
func (b *board) flow(ctx context.Context) object {
	day := strconv.Itoa(int(b.query.From))
	labels := make([]string, slotsOfDay)
	for i := range labels {
		labels[i] = slotLabel(i)
	}
	line := func(name string, list []lookup.Count, facet lookup.Facet) object {
		n := make(map[string]int64, len(list))
		for _, c := range list {
			n[c.Value] = c.N
		}
		data := make([]any, slotsOfDay)
		for i := range data {
			slot := day + slotDigits(i)
			data[i] = object{"value": n[slot], "href": b.opens(nil, facet, slot)}
		}
		return object{"name": name, "type": "line", "showSymbol": false, "smooth": false, "areaStyle": object{"opacity": 0.15}, "data": data}
	}
	return object{
		"aria": object{"enabled": true}, "tooltip": object{"trigger": "axis"}, "grid": grid(), "legend": object{"top": 4},
		"xAxis": object{"type": "category", "data": labels, "boundaryGap": false}, "yAxis": object{"type": "value", "minInterval": 1},
		"series": []any{line(ui.Say(ctx, "申报", "declared"), b.slots, lookup.BySlot), line(ui.Say(ctx, "放行", "released"), b.releases, lookup.ByReleaseSlot)},
	}
}

func slotDigits(i int) string {
	h, m := i/6, i%6*10
	return string([]byte{byte('0' + h/10), byte('0' + h%10), byte('0' + m/10), '0'})
}

func slotLabel(i int) string { return stats.Label("00000000" + slotDigits(i)) }

// bars is a ranking by value, the largest on top.
func (b *board) bars(ctx context.Context, facet lookup.Facet, list []lookup.Count) object {
	ranked := byValue(list)
	slices.Reverse(ranked) // the axis begins below
	labels, data := make([]string, len(ranked)), make([]any, len(ranked))
	for i, c := range ranked {
		labels[i] = b.word(facet, c.Value).In(ctx)
		data[i] = object{"value": c.Fen.String(), "href": b.opens(standing, facet, c.Value)}
	}
	return object{
		"aria": object{"enabled": true}, "tooltip": object{"trigger": "item"}, "grid": grid(),
		"xAxis": object{"type": "value", "name": ui.Say(ctx, "元", "yuan")}, "yAxis": object{"type": "category", "data": labels},
		"series": []any{object{"type": "bar", "data": data, "name": ui.Say(ctx, "金额", "value")}},
	}
}

// byValue are the first of a ranking by value.
func byValue(list []lookup.Count) []lookup.Count {
	ranked := slices.Clone(list)
	slices.SortStableFunc(ranked, func(x, y lookup.Count) int {
		switch {
		case x.Fen > y.Fen:
			return -1
		case x.Fen < y.Fen:
			return 1
		}
		return 0
	})
	return top(ranked)
}

// mostRoutes is how many countries the chart of routes shows.
const mostRoutes = 8

// routes leads from the countries of the lists to the districts that clear them.
func (p *pages) routes(ctx context.Context, b *board) (object, error) {
	nodes, links := []any{}, []any{}
	seen := map[string]bool{}
	node := func(name string) {
		if !seen[name] {
			seen[name] = true
			nodes = append(nodes, object{"name": name})
		}
	}
	countries := b.standing[lookup.ByCountry]
	for _, c := range countries[:min(len(countries), mostRoutes)] {
		q := b.query
		q.States = standing
		f := q.Open(lookup.ByCountry, c.Value)
		tally, err := p.zone.Lookup.Tally(ctx, f, lookup.ByCustoms)
		if err != nil {
			return nil, err
		}
		from := b.words.Country(c.Value).In(ctx)
		for _, d := range tally[lookup.ByCustoms] {
			to := b.words.District(d.Value).In(ctx)
			node(from)
			node(to)
			f.Customs = []string{d.Value}
			links = append(links, object{"source": from, "target": to, "value": d.N, "href": b.address(f)})
		}
	}
	return object{"aria": object{"enabled": true}, "tooltip": object{"trigger": "item"},
		"series": []any{object{"type": "sankey", "data": nodes, "links": links, "left": 8, "right": 120, "top": 16, "bottom": 16, "lineStyle": object{"color": "gradient"}}}}, nil
}

// enlarge makes the words of a chart readable at five metres.
func enlarge(option object) {
	const size = 20
	for _, name := range []string{"xAxis", "yAxis"} {
		if axis, ok := option[name].(object); ok {
			axis["axisLabel"] = object{"fontSize": size}
		}
	}
	if legend, ok := option["legend"].(object); ok {
		legend["textStyle"] = object{"fontSize": size}
	}
	series, _ := option["series"].([]any)
	for _, v := range series {
		if s, ok := v.(object); ok && s["type"] == "sankey" {
			s["label"], s["right"] = object{"fontSize": size, "color": "#eef3f8"}, 190
		}
	}
}
