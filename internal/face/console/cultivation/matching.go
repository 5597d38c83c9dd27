package cultivation

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerMatching() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/matching", ZH: "供需对接", EN: "Matching", Icon: "heart-handshake", Need: access.ListingEdit})
	p.get("/matching", access.ListingEdit, p.matching)
	p.form("/matching/listings", access.ListingEdit, p.addListing, p.matching)
	p.get("/matching/listings/{id}", access.ListingEdit, p.listing)
	p.post("/matching/listings/{id}/close", access.ListingEdit, p.closeListing)
	p.post("/matching/introductions", access.ListingEdit, p.propose)
	p.get("/matching/introductions/{id}", access.ListingEdit, p.introduction)
	p.post("/matching/introductions/{id}/answer", access.ListingEdit, p.answerIntroduction)
	p.form("/matching/introductions/{id}/meetings", access.ListingEdit, p.addMeeting, p.introduction)
	p.form("/matching/introductions/{id}/deals", access.ListingEdit, p.addDeal, p.introduction)
	p.post("/matching/introductions/{id}/deals/{number}/confirm", access.ListingEdit, p.confirmDeal)
}

func introductionChip(s matching.State) templ.Component {
	return chip(map[matching.State]string{matching.Proposed: "amber", matching.Agreed: "blue", matching.Declined: "grey", matching.Dealt: "green"}[s], s.Words())
}

func (p *pages) matching(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	view := r.URL.Query().Get("view")
	side := matching.Side(view)
	if view == "mine" {
		side = ""
	}
	list, err := p.rooms.Matching.Listings(ctx, side, view == "mine")
	if err != nil {
		return err
	}
	introductions, err := p.rooms.Matching.Introductions(ctx)
	if err != nil {
		return err
	}
	views := []tab{{"/matching", ui.T("全部", "All"), view == ""}, {"/matching?view=demand", ui.T("采购需求", "Demands"), view == "demand"}, {"/matching?view=offer", ui.T("供应", "Offers"), view == "offer"}, {"/matching?view=mine", ui.T("我的发布", "Mine"), view == "mine"}}
	t := table{label: ui.T("供需信息", "Demands and offers"), heads: []ui.Text{ui.T("标题", "Title"), ui.T("类别", "Side"), ui.T("商品编码", "Code"), ui.T("数量", "Quantity"), ui.T("价格（元）", "Price in yuan"), ui.T("认证", "Certificates"), ui.T("有效至", "Until"), ui.T("发布方", "From")},
		none: ui.T("没有供需信息", "Nothing here"), cure: ui.T("在下方发布需求或供应", "Put up a demand or an offer below")}
	for _, l := range list {
		t.add(link(fmt.Sprintf("/matching/listings/%d", l.ID), data(l.Title)), word(l.Side.Words()), code(l.HS), several(number(l.Quantity), data(l.Unit)), cell(prices(&l)), cell(strings.Join(l.Certificates, " ")), day(l.Until), p.party(ctx, l.Party))
	}
	i := table{label: ui.T("对接", "Introductions"), heads: []ui.Text{ui.T("编号", "No."), ui.T("需求", "Demand"), ui.T("供应", "Offer"), ui.T("匹配度", "Points"), ui.T("状态", "State")}, none: ui.T("还没有对接", "No introductions yet"), cure: ui.T("打开自己的供需信息，查看匹配并发起对接", "Open one of your listings to see what fits it")}
	for _, v := range introductions {
		i.add(link(fmt.Sprintf("/matching/introductions/%d", v.ID), number(v.ID)), data(v.Demand.Title), data(v.Offer.Title), number(v.Points), introductionChip(v.State))
	}
	body := []templ.Component{tabs(ui.T("视图", "Views"), views), note(ui.T("双方同意前，不显示发布方与联系方式。", "Who stands behind a listing and how to reach them is shown once both sides agreed.")), sheet(t), entry(listingForm()), card(ui.T("对接", "Introductions"), sheet(i))}
	return p.Show(w, r, ui.View{Title: ui.T("供需对接", "Matching"), Wide: true, Body: parts(body)})
}

func prices(l *matching.Listing) string {
	switch {
	case l.PriceFrom == 0 && l.PriceTo == 0:
		return "–"
	case l.PriceTo == 0:
		return "≥ " + ui.Yuan(l.PriceFrom)
	case l.PriceFrom == 0:
		return "≤ " + ui.Yuan(l.PriceTo)
	}
	return ui.Yuan(l.PriceFrom) + " – " + ui.Yuan(l.PriceTo)
}

func listingForm() form {
	return form{title: ui.T("发布需求或供应", "Put up a demand or an offer"), action: "/matching/listings", prefix: "listing", send: ui.T("发布", "Put it up"), fields: []ui.Field{
		{Name: "side", Label: ui.T("类别", "Side"), Kind: "select", Options: []ui.Option{{Value: "demand", Label: ui.T("采购需求", "Demand")}, {Value: "offer", Label: ui.T("供应", "Offer")}}}, {Name: "title", Label: ui.T("标题", "Title"), Required: true, Max: 80},
		{Name: "hs", Label: ui.T("商品编码（2 至 10 位）", "Commodity code (2 to 10 digits)"), Required: true, Max: 10, Mode: "numeric"}, {Name: "quantity", Label: ui.T("数量", "Quantity"), Kind: "number", Required: true}, {Name: "unit", Label: ui.T("单位", "Unit"), Required: true, Max: 12},
		{Name: "from", Label: ui.T("最低单价（元）", "Lowest price of a unit in yuan")}, {Name: "to", Label: ui.T("最高单价（元）", "Highest price of a unit in yuan")}, {Name: "certificates", Label: ui.T("认证", "Certificates"), Hint: ui.T("用空格分隔，如 CE FDA", "With blanks between, such as CE FDA"), Max: 300},
		{Name: "country", Label: ui.T("目的国代码（海关三位）", "Destination (customs' three digits)"), Max: 3}, {Name: "delivery", Label: ui.T("交货期：需求不晚于 / 供应可于", "Wanted by, or ready from"), Kind: "date"}, {Name: "county", Label: ui.T("县区代码", "County (division code)"), Max: 6}, {Name: "belt", Label: ui.T("产业带", "Industrial belt"), Max: 64},
		{Name: "until", Label: ui.T("有效至", "Stands until"), Kind: "date", Required: true}, {Name: "contact", Label: ui.T("联系方式", "Contact"), Required: true, Hint: ui.T("双方同意后才显示给对方", "Shown to the other side once both agreed")}}}
}

func (p *pages) addListing(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "listing")
	l := matching.Listing{Side: matching.Side(f.text("side")), Title: f.text("title"), HS: f.text("hs"), Quantity: f.whole("quantity"), Unit: f.text("unit"), PriceFrom: f.yuan("from"), PriceTo: f.yuan("to"), Certificates: f.words("certificates"), Country: f.text("country"), Delivery: f.day("delivery"),
		County: f.text("county"), Belt: f.text("belt"), Until: f.day("until"), Contact: f.text("contact")}
	if f.err != nil {
		return f.err
	}
	got, err := p.rooms.Matching.List(r.Context(), l)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/matching/listings/%d", got.ID), ui.T("已发布", "Put up"))
}

func (p *pages) listing(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l, err := p.rooms.Matching.Listing(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	left := []templ.Component{card(words(l.Side.Words()), p.listingFacts(r, l))}
	var right []templ.Component
	if l.Party != "" {
		if right, err = p.fitting(r, l); err != nil {
			return err
		}
		if l.State == "open" {
			left = append(left, acts([]act{{fmt.Sprintf("/matching/listings/%d/close", l.ID), ui.T("撤下", "Take it down"), nil, true}}))
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T(l.Title, l.Title), Wide: true, Back: "/matching", BackTo: ui.T("供需对接", "Matching"), Body: columns(left, right)})
}

func (p *pages) listingFacts(r *http.Request, l *matching.Listing) templ.Component {
	contact := said(ui.T("双方同意后显示", "shown once both agreed"))
	if l.Contact != "" {
		contact = data(l.Contact)
	}
	return ui.Facts([]ui.Fact{{Name: ui.T("商品编码", "Code"), Value: code(l.HS)}, {Name: ui.T("数量", "Quantity"), Value: several(number(l.Quantity), data(l.Unit))}, {Name: ui.T("价格（元）", "Price in yuan"), Value: cell(prices(l))}, {Name: ui.T("认证", "Certificates"), Value: cell(strings.Join(l.Certificates, " "))},
		{Name: ui.T("目的国", "Destination"), Value: code(l.Country)}, {Name: ui.T("交货期", "Delivery"), Value: day(l.Delivery)}, {Name: ui.T("县区", "County"), Value: p.county(l.County)}, {Name: ui.T("产业带", "Belt"), Value: data(l.Belt)}, {Name: ui.T("有效至", "Until"), Value: day(l.Until)},
		{Name: ui.T("发布方", "From"), Value: p.party(r.Context(), l.Party)}, {Name: ui.T("联系方式", "Contact"), Value: contact}})
}

func reasonTable(list []cultivation.Reason) templ.Component {
	t := table{label: ui.T("匹配理由", "Reasons"), heads: []ui.Text{ui.T("理由", "Reason"), ui.T("得分", "Points"), ui.T("满分", "Of")}}
	for _, v := range list {
		t.add(mixed(ui.T(v.Words.ZH, v.Words.EN)), number(v.Points), number(v.Weight))
	}
	return sheet(t)
}

func (p *pages) fitting(r *http.Request, l *matching.Listing) ([]templ.Component, error) {
	list, err := p.rooms.Matching.Matches(r.Context(), l.ID)
	if err != nil {
		return nil, err
	}
	t := table{label: ui.T("匹配", "What fits"), heads: []ui.Text{ui.T("标题", "Title"), ui.T("匹配度", "Points"), ui.T("为什么", "Why"), ui.T("操作", "Do")}, none: ui.T("暂无匹配", "Nothing fits now"), cure: ui.T("商品编码前两位相同才会匹配", "The first two digits of the code must agree")}
	for _, m := range list {
		demand, offer := l.ID, m.Listing.ID
		if l.Side == matching.Offer {
			demand, offer = offer, demand
		}
		t.add(data(m.Listing.Title), number(m.Points), reasonTable(m.Reasons), acts([]act{{"/matching/introductions", ui.T("发起对接", "Propose"), []value{{"demand", strconv.FormatInt(demand, 10)}, {"offer", strconv.FormatInt(offer, 10)}}, false}}))
	}
	return []templ.Component{card(ui.T("匹配", "What fits"), sheet(t))}, nil
}

func (p *pages) closeListing(w http.ResponseWriter, r *http.Request) error {
	return p.then(w, r, p.rooms.Matching.Close(r.Context(), id(r, "id")), "/matching", ui.T("已撤下", "Taken down"))
}

// posted is a whole number that a button sent.
func posted(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.PostForm.Get(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (p *pages) propose(w http.ResponseWriter, r *http.Request) error {
	got, err := p.rooms.Matching.Propose(r.Context(), posted(r, "demand"), posted(r, "offer"))
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/matching/introductions/%d", got.ID), ui.T("已发起对接", "Proposed"))
}

func (p *pages) introduction(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	i, err := p.rooms.Matching.Introduction(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	past, err := p.rooms.Matching.History(ctx, "introduction", i.ID)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/matching/introductions/%d", i.ID)
	left := []templ.Component{card(ui.T("对接", "Introduction"), ui.Facts([]ui.Fact{{Name: ui.T("状态", "State"), Value: introductionChip(i.State)}, {Name: ui.T("匹配度", "Points"), Value: number(i.Points)}, {Name: ui.T("采购方同意", "The buyer agreed"), Value: yesNo(i.BuyerYes)}, {Name: ui.T("供应方同意", "The seller agreed"), Value: yesNo(i.SellerYes)}, {Name: ui.T("对接日期", "Introduced on"), Value: day(i.AgreedOn)}}), why(reasonTable(i.Reasons))),
		card(ui.T("采购需求", "Demand"), p.listingFacts(r, &i.Demand)), card(ui.T("供应", "Offer"), p.listingFacts(r, &i.Offer))}
	var right []templ.Component
	if mine := i.Side == matching.Demand && i.BuyerYes || i.Side == matching.Offer && i.SellerYes; i.State == matching.Proposed && i.Side != "" {
		offered := []act{{at + "/answer", ui.T("谢绝", "Decline"), []value{{"yes", "no"}}, true}}
		if !mine {
			offered = append([]act{{at + "/answer", ui.T("同意对接并交换联系方式", "Agree and exchange contacts"), []value{{"yes", "yes"}}, false}}, offered...)
		}
		right = append(right, card(ui.T("答复", "Answer"), acts(offered)))
	}
	if i.State == matching.Agreed || i.State == matching.Dealt {
		right = append(right, p.afterwards(i, at)...)
	}
	right = append(right, history(cutNotes(past)))
	n := strconv.FormatInt(i.ID, 10)
	return p.Show(w, r, ui.View{Title: ui.T("对接 "+n, "Introduction "+n), Wide: true, Back: "/matching", BackTo: ui.T("供需对接", "Matching"), Body: columns(left, right)})
}

// cutNotes leaves notes that repeat what stands on the page, and names of the other
// side's people, out of a history that both sides read.
func cutNotes(list []cultivation.Line) []cultivation.Line {
	out := make([]cultivation.Line, len(list))
	for i, l := range list {
		out[i] = cultivation.Line{At: l.At, Act: l.Act}
	}
	return out
}

// afterwards are meetings and deals of an introduction.
func (p *pages) afterwards(i *matching.Introduction, at string) []templ.Component {
	meetings := table{label: ui.T("洽谈", "Meetings"), heads: []ui.Text{ui.T("日期", "Day"), ui.T("地点", "Place"), ui.T("纪要", "Minutes")}, none: ui.T("还没有洽谈记录", "No meetings yet")}
	for _, m := range i.Meetings {
		meetings.add(day(m.Day), data(m.Place), data(m.Minutes))
	}
	deals := table{label: ui.T("成交", "Deals"), heads: []ui.Text{ui.T("签约日期", "Signed on"), ui.T("金额", "Value"), ui.T("采购方", "Buyer"), ui.T("供应方", "Seller"), ui.T("操作", "Do")}, none: ui.T("还没有成交", "No deals yet"), cure: ui.T("双方均确认后计入统计", "A deal counts once both sides confirmed it")}
	for _, d := range i.Deals {
		var offered []act
		if i.Side == matching.Demand && !d.BuyerYes || i.Side == matching.Offer && !d.SellerYes {
			offered = []act{{fmt.Sprintf("%s/deals/%d/confirm", at, d.Number), ui.T("确认", "Confirm"), nil, false}}
		}
		deals.add(day(d.Day), ui.Money(d.Value), yesNo(d.BuyerYes), yesNo(d.SellerYes), acts(offered))
	}
	out := []templ.Component{card(ui.T("洽谈", "Meetings"), sheet(meetings), entry(form{title: ui.T("登记洽谈", "Record a meeting"), action: at + "/meetings", prefix: "meeting", send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "day", Label: ui.T("日期", "Day"), Kind: "date", Required: true}, {Name: "place", Label: ui.T("地点", "Place"), Required: true, Max: 120}, {Name: "minutes", Label: ui.T("纪要", "Minutes"), Kind: "textarea", Max: 1000}}}))}
	list := []templ.Component{sheet(deals)}
	if i.Side != "" {
		list = append(list, entry(form{title: ui.T("登记成交", "Name a deal"), action: at + "/deals", prefix: "deal", send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "value", Label: ui.T("金额（元）", "Value in yuan"), Required: true}, {Name: "day", Label: ui.T("签约日期", "Signed on"), Kind: "date", Required: true}}}))
	}
	return append(out, card(ui.T("成交", "Deals"), list...))
}

func yesNo(yes bool) templ.Component {
	if yes {
		return ui.Chip("green", "circle-check", ui.T("是", "yes"))
	}
	return ui.Chip("grey", "hourglass", ui.T("否", "no"))
}

func (p *pages) answerIntroduction(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Matching.Answer(r.Context(), id(r, "id"), r.PostForm.Get("yes") == "yes")
	return p.then(w, r, err, fmt.Sprintf("/matching/introductions/%d", id(r, "id")), ui.T("已答复", "Answered"))
}

func (p *pages) addMeeting(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "meeting")
	m := matching.Meeting{Day: f.day("day"), Place: f.text("place"), Minutes: f.text("minutes")}
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Matching.Meet(r.Context(), id(r, "id"), m)
	return p.then(w, r, err, fmt.Sprintf("/matching/introductions/%d", id(r, "id")), ui.T("已登记洽谈", "The meeting was recorded"))
}

func (p *pages) addDeal(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "deal")
	value, on := f.yuan("value"), f.day("day")
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Matching.Deal(r.Context(), id(r, "id"), value, on)
	return p.then(w, r, err, fmt.Sprintf("/matching/introductions/%d", id(r, "id")), ui.T("已登记，待对方确认", "Recorded; the other side confirms it"))
}

func (p *pages) confirmDeal(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Matching.Confirm(r.Context(), id(r, "id"), id(r, "number"))
	return p.then(w, r, err, fmt.Sprintf("/matching/introductions/%d", id(r, "id")), ui.T("已确认", "Confirmed"))
}
