package traffic

import (
	"fmt"

	"pilotzone/ident"
	"pilotzone/internal/kernel/money"
)

// Role is a set of what an enterprise does in the zone (企业类型).
type Role uint16

// The roles.
const (
	Platform  Role = 1 << iota // 电商平台企业
	Merchant                   // 电商企业
	Payment                    // 支付企业
	Logistics                  // 物流企业
	Agent                      // 申报企业 (报关企业)
	Warehouse                  // 区内仓储企业
	Guarantor                  // 担保企业
	Operator                   // 监管场所经营人
)

var roleNames = [...]string{"platform", "merchant", "payment", "logistics", "agent", "warehouse", "guarantor", "operator"}

// Has tells whether all roles of s are in r.
func (r Role) Has(s Role) bool { return r&s == s }

// Names lists the roles in English, in the order of the constants.
func (r Role) Names() []string {
	var names []string
	for i, name := range roleNames {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Enterprise is one filed enterprise (已备案企业), made up.
type Enterprise struct {
	Code     string // customs registration code (海关注册编码), 10 characters, RULES E4
	USCC     string // unified social credit code (统一社会信用代码), RULES E1
	Name     string
	Kinds    Role
	Division string // county code (行政区划代码)
	DXPID    string // transport number of its messages (报文传输编号)
}

// Deposit is the guarantee (税款担保) which a guarantor has lodged.
type Deposit struct {
	Guarantor string // customs code, as in assureCode
	Amount    money.Fen
}

// ZoneData is an invented zone at a place.
type ZoneData struct {
	Place       Place
	Enterprises []Enterprise
	Deposits    []Deposit
	// Unfiled has right codes and is in no register: documents naming it must
	// be refused.
	Unfiled Enterprise
}

// depositAmount is lodged by each guarantor: 50,000,000.00 yuan, enough for the
// tax of two million parcels over the zone's guarantors.
const depositAmount = 5_000_000_000

// staff is how many enterprises of each kind the zone has: 40 in all. Roles in
// also are added to the first few.
var staff = []struct {
	role  Role
	count int
	stem  string // name without city, number and form
	extra Role
	first int // how many of them have the extra role too
}{
	{Platform, 6, "示范电商平台", Merchant, 2},
	{Merchant, 14, "示范跨境电商", Guarantor, 6},
	{Payment, 3, "示范支付", 0, 0},
	{Logistics, 5, "示范速递物流", Guarantor, 5},
	{Agent, 5, "示范报关", 0, 0},
	{Warehouse, 4, "示范保税仓储", 0, 0},
	{Operator, 3, "示范监管场所", Warehouse, 1},
}

var numerals = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四"}

// Zone makes the zone of a place and seed: 40 enterprises of all kinds whose
// codes pass every check digit.
func Zone(at Place, seed uint64) *ZoneData {
	z := &ZoneData{Place: at}
	for _, s := range staff {
		for i := range s.count {
			kinds := s.role
			if i < s.first {
				kinds |= s.extra
			}
			name := fmt.Sprintf("%s%s%s号有限公司", at.City, s.stem, numerals[i])
			e := newEnterprise(at, seed, len(z.Enterprises), name, kinds)
			z.Enterprises = append(z.Enterprises, e)
			if kinds.Has(Guarantor) {
				z.Deposits = append(z.Deposits, Deposit{e.Code, depositAmount})
			}
		}
	}
	z.Unfiled = newEnterprise(at, seed, len(z.Enterprises), at.City+"示范未备案电商有限公司", Merchant)
	return z
}

// With lists the enterprises that have all the roles.
func (z *ZoneData) With(r Role) []*Enterprise {
	var list []*Enterprise
	for i := range z.Enterprises {
		if z.Enterprises[i].Kinds.Has(r) {
			list = append(list, &z.Enterprises[i])
		}
	}
	return list
}

func newEnterprise(at Place, seed uint64, n int, name string, kinds Role) Enterprise {
	r := newRNG(seed, domainRoute, uint64(n)+1<<32)
	firm := byte('6') // private enterprise (私营)
	if kinds.Has(Agent) {
		firm = '8' // declares only (报关企业)
	}
	e := Enterprise{
		Name:     name,
		Kinds:    kinds,
		Division: at.Counties[r.below(len(at.Counties))],
		Code:     fmt.Sprintf("%s9%c%s", at.Code, firm, serial(r, n)),
		DXPID:    fmt.Sprintf("DXPENT00%s%04d", at.Code, n+1),
	}
	e.USCC = newUSCC("91"+e.Division, fmt.Sprintf("MAD%03d%02d", n+1, r.below(100)))
	return e
}

// newUSCC completes registering body, category and area (8 characters) and the
// number of the organisation (8) with both check characters (RULES E1, E2).
func newUSCC(area, organisation string) string {
	code, err := ident.MakeOrganisation(organisation)
	if err == nil {
		code, err = ident.MakeUSCC(area + code)
	}
	if err != nil {
		panic(fmt.Sprintf("traffic: credit code of area %s and organisation %s: %v", area, organisation, err))
	}
	return code
}

// serial is a four-character number of the customs code: a letter D for
// demonstration and three digits, unique by n.
func serial(r *rng, n int) string {
	return fmt.Sprintf("D%03d", (n*7+r.below(7))%1000)
}
