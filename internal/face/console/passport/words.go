package passport

import (
	"strconv"

	"pilotzone/internal/customs/passport"
	"pilotzone/internal/face/console/ui"
)

// reasons are the choices of the matter's form.
var reasons = []ui.Option{
	{Value: "not-mine", Label: ui.T("不是我买的", "I did not buy it")},
	{Value: "not-known", Label: ui.T("不认识该平台或商家", "I do not know this platform or seller")},
	{Value: "number-lent", Label: ui.T("证件曾外借或丢失", "My identity card was lent or lost")},
	{Value: "other", Label: ui.T("其他", "Something else")},
}

// address is the page of a use.
func address(u passport.Use) string { return "/passport/uses/" + strconv.FormatUint(u.Parcel, 10) }

// what names a use: the seller, and the goods once they are known.
func what(u passport.Use, seller func(string) string) string {
	text := seller(u.Merchant)
	if u.Goods != "" {
		text += "：" + u.Goods
	}
	return text
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func checkedIf(on bool) string {
	if on {
		return "yes"
	}
	return ""
}
