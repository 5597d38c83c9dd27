package registry

import (
	"fmt"
	"strings"
)

// Kinds is the set of roles for which an enterprise is filed (备案类型).
type Kinds uint32

// The roles. Their numbers are stored and never change.
const (
	Platform          Kinds = 1 << iota // e-commerce platform 电商平台
	Merchant                            // e-commerce enterprise, consignor or consignee 电商企业
	Payment                             // payment enterprise 支付企业
	Logistics                           // logistics enterprise 物流企业
	Agent                               // customs broker 报关企业
	Warehouse                           // bonded warehouse 仓储企业
	Guarantor                           // guaranteeing enterprise 担保企业
	Operator                            // operator of a supervised place 监管场所经营人
	OverseasWarehouse                   // filed overseas warehouse 海外仓 (9810; the filing ended on 2024-12-15)
	endKinds
)

var roles = []struct {
	kind     Kinds
	name, zh string
}{
	{Platform, "platform", "电商平台"},
	{Merchant, "merchant", "电商企业"},
	{Payment, "payment", "支付企业"},
	{Logistics, "logistics", "物流企业"},
	{Agent, "agent", "报关企业"},
	{Warehouse, "warehouse", "仓储企业"},
	{Guarantor, "guarantor", "担保企业"},
	{Operator, "operator", "监管场所经营人"},
	{OverseasWarehouse, "overseas-warehouse", "海外仓"},
}

// Role returns the kind that a role's name means, 0 if none; the Chinese names
// are understood too.
func Role(name string) Kinds {
	for _, r := range roles {
		if r.name == name || r.zh == name {
			return r.kind
		}
	}
	return 0
}

// ParseKinds reads role names separated by | or ; or 、.
func ParseKinds(s string) (Kinds, error) {
	var k Kinds
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("|;、；", r) }) {
		one := Role(strings.TrimSpace(name))
		if one == 0 {
			return 0, fmt.Errorf("unknown kind %q: use %s / 未知备案类型", name, Kinds(endKinds-1))
		}
		k |= one
	}
	return k, nil
}

// Has reports whether all roles of other are in k.
func (k Kinds) Has(other Kinds) bool { return k&other == other }

// Valid reports whether k has at least one role and only known ones.
func (k Kinds) Valid() bool { return k != 0 && k < endKinds }

// Names lists the roles' names.
func (k Kinds) Names() []string {
	var out []string
	for _, r := range roles {
		if k.Has(r.kind) {
			out = append(out, r.name)
		}
	}
	return out
}

// String returns the roles' names, separated by |.
func (k Kinds) String() string { return strings.Join(k.Names(), "|") }

// ZH returns the roles' Chinese names.
func (k Kinds) ZH() string {
	var out []string
	for _, r := range roles {
		if k.Has(r.kind) {
			out = append(out, r.zh)
		}
	}
	return strings.Join(out, "、")
}
