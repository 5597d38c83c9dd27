package console

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// frame is what every page has around it.
type frame struct {
	EN      bool // English first
	Zone    Pair
	Title   Pair
	Other   string // the same page in the other language
	Number  string // in the search box
	Refresh int    // seconds; 0: the page stands
}

func (k *Console) frame(r *http.Request, title Pair) frame {
	q := r.URL.Query()
	f := frame{EN: q.Get("lang") == "en", Title: title, Zone: k.zone()}
	if f.EN {
		q.Del("lang")
	} else {
		q.Set("lang", "en")
	}
	f.Other = (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
	return f
}

// zone is the zone's name: that of the topmost pack which is one of a zone.
func (k *Console) zone() Pair {
	set := k.Rules().Set()
	packs := set.Packs()
	for i := len(packs) - 1; i > 0; i-- {
		if _, ok := packs[i].Param("zone_name"); ok {
			return Pair{packs[i].Title.ZH, packs[i].Title.EN}
		}
	}
	return Pair{"跨境电子商务综合试验区", "Cross-border e-commerce pilot zone"}
}

// T is a text in the page's language.
func (f frame) T(p Pair) string {
	if f.EN {
		return p.EN
	}
	return p.ZH
}

// B is a text in the other language, to stand beside it.
func (f frame) B(p Pair) string {
	if f.EN {
		return p.ZH
	}
	return p.EN
}

// Say is a text of the templates in the page's language.
func (f frame) Say(zh, en string) string { return f.T(Pair{zh, en}) }

// Both is a heading: the page's language, and the other one small beside it.
func (f frame) Both(zh, en string) template.HTML {
	p := Pair{zh, en}
	other := "en"
	if f.EN {
		other = "zh"
	}
	return template.HTML(fmt.Sprintf(`%s <span class="beside" lang="%s">%s</span>`,
		template.HTMLEscapeString(f.T(p)), other, template.HTMLEscapeString(f.B(p)))) // #nosec: both are escaped
}

// Lang is the page's language for the html element.
func (f frame) Lang() string {
	if f.EN {
		return "en"
	}
	return "zh-CN"
}

// Path is a page of ours in the page's language.
func (f frame) Path(path string) string {
	if f.EN {
		return path + "?lang=en"
	}
	return path
}

// Large is an amount as people say it: 万元 and 亿元, or thousand and million.
func (f frame) Large(a money.Fen) string {
	steps := []struct {
		unit   money.Fen
		zh, en string
	}{{1e10, "亿元", ""}, {1e8, "", "million yuan"}, {1e6, "万元", ""}}
	for _, s := range steps {
		if unit := f.T(Pair{s.zh, s.en}); unit != "" && a >= s.unit {
			whole, part := a/s.unit, a%s.unit/(s.unit/100)
			return fmt.Sprintf("%s.%02d %s", group(strconv.FormatInt(int64(whole), 10)), part, unit)
		}
	}
	return yuan(a) + " " + f.Say("元", "yuan")
}

// Span is a length of time in words.
func (f frame) Span(seconds int64) string {
	switch {
	case seconds < 1:
		return f.Say("即时", "at once")
	case seconds < 120:
		return f.Say(fmt.Sprintf("%d 秒", seconds), fmt.Sprintf("%d s", seconds))
	case seconds < 2*3600:
		return f.Say(fmt.Sprintf("%d 分钟", seconds/60), fmt.Sprintf("%d min", seconds/60))
	case seconds < 48*3600:
		return f.Say(fmt.Sprintf("%d 小时 %d 分", seconds/3600, seconds/60%60), fmt.Sprintf("%d h %d min", seconds/3600, seconds/60%60))
	}
	return f.Say(fmt.Sprintf("%d 天", seconds/86400), fmt.Sprintf("%d days", seconds/86400))
}

// State is a state as a chip shows it.
type State struct{ Class, Sign, Text string }

// Chip is a state's word with its sign and colour.
func (f frame) Chip(s clearance.State) State {
	class, sign := look(s)
	return State{class, sign, f.T(stateWords(s))}
}

// Reason is a reason in the page's language.
func (f frame) Reason(r clearance.Reason) string { return f.Say(r.Chinese(), r.English()) }

// Fix is what mends a reason; "" where nothing can be done.
func (f frame) Fix(r clearance.Reason) string {
	zh, en := r.Fix()
	return f.Say(zh, en)
}

var functions = template.FuncMap{"count": count, "yuan": yuan, "clock": beijing, "api": api, "code": commodity}

func count(n int) string { return group(strconv.Itoa(n)) }

// yuan writes an amount with thousands separators.
func yuan(f money.Fen) string {
	whole, cents, _ := strings.Cut(f.String(), ".")
	return group(whole) + "." + cents
}

func group(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// beijing is a time in µs UTC as people in Beijing write it.
func beijing(at int64) string {
	return time.UnixMicro(at).In(clock.Beijing).Format("2006-01-02 15:04:05")
}

// api is a parcel in the interface for programs.
func api(number uint64) string { return "/v1/parcels/" + strconv.FormatUint(number, 10) }

// commodity groups a commodity code 4-2-2-2.
func commodity(code uint64) string {
	s := clearance.HSCode(code)
	return s[:4] + " " + s[4:6] + " " + s[6:8] + " " + s[8:]
}
