package park

import (
	"regexp"
	"slices"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Kind is what a place is. Its name is stored.
type Kind string

// The kinds of place.
const (
	Park          Kind = "park"          // 跨境电商产业园
	Belt          Kind = "belt"          // 跨境电商产业带、产业集群
	Centre        Kind = "centre"        // 展示选品中心, 保税展示
	Incubator     Kind = "incubator"     // 孵化中心
	Overseas      Kind = "warehouse"     // 海外仓
	Consolidation Kind = "consolidation" // 集货仓
	Node          Kind = "node"          // 物流节点: bonded centre, port, station, hub
)

// Kinds are all kinds, in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Park, Belt, Centre, Incubator, Overseas, Consolidation, Node}
}

var kindWords = map[Kind]pack.Text{
	Park: {ZH: "园区", EN: "Park"}, Belt: {ZH: "产业带", EN: "Industrial belt"}, Centre: {ZH: "展示选品中心", EN: "Exhibition and selection centre"},
	Incubator: {ZH: "孵化中心", EN: "Incubator"}, Overseas: {ZH: "海外仓", EN: "Overseas warehouse"}, Consolidation: {ZH: "集货仓", EN: "Consolidation warehouse"}, Node: {ZH: "物流节点", EN: "Logistics node"},
}

// Words are the kind's name.
func (k Kind) Words() pack.Text { return kindWords[k] }

// Valid tells whether it is a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// State is whether a place is there (状态). Its name is stored.
type State string

// The states of a place.
const (
	Proposed State = "proposed" // entered by its operator, not looked at yet 待核
	Planned  State = "planned"  // 规划中
	Open     State = "open"     // 运营中
	Closed   State = "closed"   // 已关闭
)

var stateWords = map[State]pack.Text{
	Proposed: {ZH: "待核", EN: "to be confirmed"}, Planned: {ZH: "规划培育中", EN: "planned"}, Open: {ZH: "运营中", EN: "in operation"}, Closed: {ZH: "已关闭", EN: "closed"},
}

// Words are the state's name.
func (s State) Words() pack.Text { return stateWords[s] }

// Point is a place on the map in millionths of a degree (WGS 84); the zero value
// is none.
type Point struct {
	Lat int64 `json:"lat,omitempty" yaml:"lat"`
	Lon int64 `json:"lon,omitempty" yaml:"lon"`
}

// Known tells whether there is a point.
func (p Point) Known() bool { return p != Point{} }

// Place is a park, a belt, a warehouse … (场所).
type Place struct {
	ID         string    `json:"id"`
	Kind       Kind      `json:"kind"`
	State      State     `json:"state"`
	Title      pack.Text `json:"title"`
	Org        string    `json:"org,omitempty"`        // organisation that operates it 运营单位
	Enterprise string    `json:"enterprise,omitempty"` // customs code of the enterprise that owns or runs it
	County     string    `json:"county,omitempty"`     // division code 行政区划代码
	Country    string    `json:"country,omitempty"`    // customs code, of an overseas warehouse
	Address    string    `json:"address,omitempty"`
	At         Point     `json:"at"`
	Area       int64     `json:"area,omitempty"` // m² 面积
	Facilities []string  `json:"facilities,omitempty"`
	Services   []string  `json:"services,omitempty"`
	OneStop    bool      `json:"one_stop,omitempty"`   // 一站式综合服务
	SelfBuilt  bool      `json:"self_built,omitempty"` // 自建
	SelfUsed   bool      `json:"self_used,omitempty"`  // 自用
	Layout     string    `json:"layout,omitempty"`     // role in the zone's layout: zone park centre channel node
	Industry   pack.Text `json:"industry"`             // what it is for
	Parent     string    `json:"parent,omitempty"`     // the park that it stands in, or the belt it shows
	Counties   []string  `json:"counties,omitempty"`   // of a belt over several
	Opened     clock.Day `json:"opened,omitempty"`
	Capacity   string    `json:"capacity,omitempty"` // in words, with its unit
	Reviewed   bool      `json:"reviewed,omitempty"` // an office held area, facilities and services against papers 已核
	ReviewNote string    `json:"review_note,omitempty"`
	Source     string    `json:"source,omitempty"` // clause, of one that a pack brings
	Mark       string    `json:"mark,omitempty"`
	Note       pack.Text `json:"note"`
	Revision   uint64    `json:"-"`
	Changed    int64     `json:"-"` // µs UTC
}

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)
	countyPattern = regexp.MustCompile(`^[0-9]{6}$`)
	codePattern   = regexp.MustCompile(`^[0-9A-Z]{10}$`)
)

// facilityWords and serviceWords are what can be ticked.
var facilityWords = map[string]pack.Text{
	"office": {ZH: "办公", EN: "Offices"}, "storage": {ZH: "仓储", EN: "Storage"}, "live-room": {ZH: "直播间", EN: "Live rooms"}, "training-room": {ZH: "培训室", EN: "Training rooms"},
	"meeting-room": {ZH: "会议室", EN: "Meeting rooms"}, "exhibition": {ZH: "展示厅", EN: "Exhibition hall"}, "canteen": {ZH: "餐饮", EN: "Canteen"}, "lodging": {ZH: "住宿", EN: "Lodging"},
	"sorting": {ZH: "分拣查验", EN: "Sorting and inspection"}, "cold-chain": {ZH: "冷链", EN: "Cold chain"},
}

var serviceWords = map[string]pack.Text{
	"filing": {ZH: "备案代办", EN: "Filing"}, "clearance": {ZH: "通关", EN: "Clearance"}, "logistics": {ZH: "物流", EN: "Logistics"}, "payment": {ZH: "支付", EN: "Payment"},
	"settlement": {ZH: "结汇", EN: "Settlement"}, "tax": {ZH: "税务与退税", EN: "Tax and refund"}, "insurance": {ZH: "保险", EN: "Insurance"}, "finance": {ZH: "金融", EN: "Finance"},
	"brand": {ZH: "品牌", EN: "Brand"}, "market": {ZH: "市场开拓", EN: "Market development"}, "training": {ZH: "培训", EN: "Training"}, "incubation": {ZH: "孵化", EN: "Incubation"},
	"legal": {ZH: "法律", EN: "Legal help"}, "returns": {ZH: "退换货", EN: "Returns and exchange"}, "display": {ZH: "展示", EN: "Display"}, "maintenance": {ZH: "维修", EN: "Maintenance"},
	"consolidation": {ZH: "集货拼箱", EN: "Consolidation"}, "warehousing": {ZH: "仓配", EN: "Storage and delivery"},
}

var layoutWords = map[string]pack.Text{
	"zone": {ZH: "区", EN: "zone"}, "park": {ZH: "园", EN: "park"}, "centre": {ZH: "中心", EN: "centre"}, "channel": {ZH: "通道", EN: "channel"}, "node": {ZH: "节点", EN: "node"},
}

// Facilities are the names that facilities have, with their words.
func Facilities() map[string]pack.Text { return facilityWords }

// Services are the names that services have, with their words.
func Services() map[string]pack.Text { return serviceWords }

// Layouts are the roles in a zone's layout, such as 一区两园两中心一通道.
func Layouts() map[string]pack.Text { return layoutWords }

// check says what is wrong with a place by itself.
func (p *Place) check() error {
	p.Title.ZH, p.Title.EN = strings.TrimSpace(p.Title.ZH), strings.TrimSpace(p.Title.EN)
	switch {
	case !p.Kind.Valid():
		return wrong("kind", "未知类型", "unknown kind", "从列表中选择", "choose one of the list")
	case !idPattern.MatchString(p.ID):
		return wrong("id", "代码须为小写字母、数字和连字符，2 至 40 位", "the id is 2 to 40 lower-case letters, digits and hyphens", "例如 airport-park", "such as airport-park")
	case p.Title.ZH == "":
		return wrong("title_zh", "须填写名称", "a name is needed", "填写中文名称", "write its Chinese name")
	case p.County != "" && !countyPattern.MatchString(p.County):
		return wrong("county", "区划代码须为 6 位数字", "the division code has six digits", "例如 410702", "such as 410702")
	case p.Enterprise != "" && !codePattern.MatchString(p.Enterprise):
		return wrong("enterprise", "企业海关编码须为 10 位", "the customs code has ten characters", "核对编码", "check the code")
	case p.Area < 0 || p.Area > 1_000_000_000:
		return wrong("area", "面积有误", "the area is not in order", "以平方米填写整数", "write whole square metres")
	case p.At.Lat < -90e6 || p.At.Lat > 90e6 || p.At.Lon < -180e6 || p.At.Lon > 180e6:
		return wrong("lat", "坐标超出范围", "the coordinates are out of range", "以度填写，例如 35.303 与 113.927", "write degrees, such as 35.303 and 113.927")
	case p.Kind == Overseas && p.Country == "":
		return wrong("country", "海外仓须填写所在国家（地区）", "an overseas warehouse needs its country", "填写海关国别代码", "write customs' code of the country")
	}
	return p.checkWords()
}

func (p *Place) checkWords() error {
	for _, f := range []struct {
		field, text string
		most        int
	}{{"title_zh", p.Title.ZH, 80}, {"title_en", p.Title.EN, 120}, {"address", p.Address, 200}, {"capacity", p.Capacity, 100}, {"industry", p.Industry.ZH + p.Industry.EN, 300}, {"note", p.Note.ZH + p.Note.EN, 1200}, {"review_note", p.ReviewNote, 400}} {
		if r := tooLong(f.field, f.text, f.most); r != nil {
			return r
		}
	}
	known := func(list []string, words map[string]pack.Text) bool {
		return !slices.ContainsFunc(list, func(v string) bool { _, ok := words[v]; return !ok })
	}
	if !known(p.Facilities, facilityWords) || !known(p.Services, serviceWords) {
		return wrong("services", "未知的设施或服务", "unknown facility or service", "从列表中选择", "choose from the list")
	}
	if _, ok := layoutWords[p.Layout]; p.Layout != "" && !ok {
		return wrong("layout", "未知的布局角色", "unknown role in the layout", "从列表中选择", "choose one of the list")
	}
	return nil
}

// In tells whether the place is counted in a county.
func (p *Place) In(county string) bool {
	return p.County == county || slices.Contains(p.Counties, county)
}
