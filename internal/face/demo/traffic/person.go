package traffic

import "strings"

// Person is an invented buyer, payer or consignee. The attributes are derived
// from the number; nothing is stored.
type Person struct {
	Number   uint64
	Name     string
	ID       string // resident ID number (公民身份号码), check digit right
	Phone    string
	Register string // registration number on the platform (订购人注册号)
	Address  string
	Division string // county code of the address (行政区划代码)
}

// Person gives the person of a number. Numbers below [Options.Buyers] are the
// pool that parcels draw from; there is no upper bound short of 100 million.
func (g *Gen) Person(n uint64) Person {
	return Person{
		Number:   n,
		Name:     string(g.appendName(nil, n)),
		ID:       string(g.appendID(nil, n)),
		Phone:    string(g.appendPhone(nil, n)),
		Register: string(appendRegister(nil, n)),
		Address:  string(g.appendAddress(nil, n)),
		Division: string(g.appendDivision(nil, n)),
	}
}

var surnames = strings.Fields(`王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧
	程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆
	郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 龚 文 欧阳 上官 司马 诸葛`)

var givenNames = strings.Fields(`伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂 英 华 玉 萍 红 玲 芬 燕
	彬 凯 浩 宇 轩 晨 欣 怡 佳 雨 思 梦 子 涵 嘉 琪 文 博 雅 婷 雪 琳 倩 颖 慧 晓 春 秋 冬 梅 兰 竹 菊 松 柏 海 山 川 江 林
	森 峰 岩 云 飞 鹏 翔 龙 虎 瑞 祥 福 安 康 宁 乐 悦 诗 书 画 琴 棋 清 源 洁 冰 晶 莹 珊 珍 珠 玥 瑶 璐 薇 蕾 蓉 莉 茜 萌 然`)

func (g *Gen) appendName(dst []byte, n uint64) []byte {
	h := draw(g.seed, domainPerson, n)
	dst = append(dst, surnames[h%uint64(len(surnames))]...)
	h >>= 16
	dst = append(dst, givenNames[h%uint64(len(givenNames))]...)
	if h >>= 16; h%5 != 0 { // four of five have two syllables
		dst = append(dst, givenNames[h/5%uint64(len(givenNames))]...)
	}
	return dst
}

// idAreas are codes of the districts of a municipality taken together
// (市辖区 xx0100): they pass every check and are given to nobody.
const idAreas = "110100120100130100140100150100210100220100230100310100320100330100340100350100360100370100" +
	"410100420100430100440100450100460100500100510100520100530100540100610100620100630100640100650100"

const (
	idAreaCount = len(idAreas) / 6
	idBirthdays = 14_610 // 1966-01-01 to 2005-12-31: all of age
	idSerials   = 999
	idSpace     = idAreaCount * idBirthdays * idSerials
	idStep      = 274_177_123 // coprime to idSpace, so that numbers map one to one
)

// appendID writes an 18-character resident ID (RULES E3, GB 11643-1999) that
// no other person of the generator has.
func (g *Gen) appendID(dst []byte, n uint64) []byte {
	p := (n%uint64(idSpace)*idStep + mix(g.seed)%uint64(idSpace)) % uint64(idSpace)
	area := int(p % uint64(idAreaCount))
	p /= uint64(idAreaCount)
	birthday := g.birthdays[p%idBirthdays]
	at := len(dst)
	dst = append(dst, idAreas[6*area:6*area+6]...)
	dst = appendPadded(dst, uint64(birthday), 8)
	dst = appendPadded(dst, p/idBirthdays+1, 3)
	return append(dst, idCheck(dst[at:]))
}

// idCheck is the check character of 17 digits, made without an allocation.
func idCheck(digits []byte) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(digits[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// appendPhone writes an 11-digit number beginning with 160, a range that no
// operator has in public use, different for each person.
func (g *Gen) appendPhone(dst []byte, n uint64) []byte {
	const space, step = 100_000_000, 61_803_399
	return appendPadded(append(dst, "160"...), (n%space*step+mix(g.seed)%space)%space, 8)
}

func appendRegister(dst []byte, n uint64) []byte {
	return appendPadded(append(dst, 'U'), n, 9)
}

// appendAddress writes a real street with made-up house, cell and room.
func (g *Gen) appendAddress(dst []byte, n uint64) []byte {
	h := draw(g.seed, domainAddress, n)
	dst = append(dst, g.places[h%uint64(len(g.places))].text...)
	h >>= 20
	dst = appendPadded(dst, h%180+1, 1)
	dst = append(dst, "号"...)
	h >>= 10
	dst = appendPadded(dst, h%30+1, 1)
	dst = append(dst, "幢"...)
	h >>= 8
	dst = appendPadded(dst, h%4+1, 1)
	dst = append(dst, "单元"...)
	h >>= 6
	dst = appendPadded(dst, h%32+1, 1)
	return append(append(dst, '0', byte('1'+h>>8%4)), "室"...)
}

func (g *Gen) appendDivision(dst []byte, n uint64) []byte {
	return append(dst, g.places[draw(g.seed, domainAddress, n)%uint64(len(g.places))].division...)
}
