package directories

import (
	"slices"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/form"
)

// themes are the groups of the catalogue, in order.
var themes = []struct {
	id   string
	word ui.Text
}{
	{"services", ui.T("服务商", "Service providers")},
	{"brands", ui.T("品牌", "Brands")},
	{"abroad", ui.T("出海与案例", "Going abroad")},
	{"market", ui.T("标准与准入", "Standards and market access")},
	{"talent", ui.T("人才", "Talent")},
	{"associations", ui.T("行业组织", "Associations")},
	{"innovation", ui.T("制度创新", "Innovation")},
	{"rules", ui.T("清单", "Lists")},
}

func themeRank(id string) int {
	for i, t := range themes {
		if t.id == id {
			return i
		}
	}
	return len(themes)
}

func theme(id string) ui.Text {
	if i := themeRank(id); i < len(themes) {
		return themes[i].word
	}
	return ui.T(id, id)
}

func in(w form.Words) ui.Text { return ui.T(w.ZH, w.EN) }

// chip is how an entry stands.
func chip(e *directory.Entry, today clock.Day) (tone, icon string, word ui.Text) {
	switch {
	case e.State == directory.Draft:
		return "grey", "pencil", ui.T("草稿", "draft")
	case e.State == directory.Waiting:
		return "amber", "hourglass", ui.T("待审核", "waiting")
	case e.State == directory.Suspended:
		return "amber", "player-pause", ui.T("暂停公布", "suspended")
	case e.State == directory.Removed:
		return "grey", "ban", ui.T("已移出", "removed")
	case e.Expired(today):
		return "grey", "clock", ui.T("已到期", "ended")
	case e.From > today:
		return "blue", "clock", ui.T("尚未生效", "not in force yet")
	}
	return "green", "circle-check", ui.T("已公布", "published")
}

// actWords are the acts in words: as a button, and as history.
var actWords = map[directory.Act]struct{ do, done ui.Text }{
	directory.Put:     {ui.T("修改", "Change"), ui.T("填写或修改", "written")},
	directory.Submit:  {ui.T("提交审核", "Hand in"), ui.T("提交", "handed in")},
	directory.Retract: {ui.T("撤回", "Take back"), ui.T("撤回", "taken back")},
	directory.Publish: {ui.T("公布", "Publish"), ui.T("公布", "published")},
	directory.Return:  {ui.T("退回", "Return"), ui.T("退回", "returned")},
	directory.Suspend: {ui.T("暂停公布", "Suspend"), ui.T("暂停公布", "suspended")},
	directory.Remove:  {ui.T("移出名录", "Remove"), ui.T("移出", "removed")},
	directory.Recheck: {ui.T("复核通过", "Looked at again: passed"), ui.T("复核通过", "looked at again")},
	directory.Enter:   {ui.T("入录", "Enter"), ui.T("经事项办理入录", "entered by a matter")},
	directory.Ship:    {ui.T("随规则包", "Ship"), ui.T("随规则包发布", "came with a rule pack")},
}

func doing(a directory.Act) ui.Text { return actWords[a].do }
func done(a directory.Act) ui.Text  { return actWords[a].done }

// sortOptions are the orders that make sense for a directory.
func sortOptions(d *directory.Definition) []ui.Option {
	out := []ui.Option{{Value: string(directory.SortName), Label: ui.T("名称", "Name")}, {Value: string(directory.SortNewest), Label: ui.T("最近更新", "Last changed")}}
	if d.Expiry != nil {
		out = append(out, ui.Option{Value: string(directory.SortEnds), Label: ui.T("最早到期", "Ends soonest")})
	}
	if d.Rated {
		out = append(out, ui.Option{Value: string(directory.SortRating), Label: ui.T("评价", "Rating")})
	}
	slices.SortStableFunc(out, func(a, b ui.Option) int {
		return rank(b.Value == string(d.Sort)) - rank(a.Value == string(d.Sort))
	})
	return out
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// markWords say how far a shipped entry can be trusted.
func markWords(mark string) ui.Text {
	switch mark {
	case "seen":
		return ui.T("已查见原文", "read in the text")
	case "recalled":
		return ui.T("待核", "to be confirmed")
	case "inference":
		return ui.T("推断", "inferred")
	}
	return ui.T("平台设定", "the platform's own")
}
