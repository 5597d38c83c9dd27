package names

import (
	"strconv"

	"pilotzone/internal/face/console/ui"
)

// Goods is an HS chapter or heading with the chapter's short name.
func Goods(code string) ui.Text {
	if len(code) < 2 {
		return ui.T(code, code)
	}
	if n, err := strconv.Atoi(code[:2]); err == nil && n < len(chapters) && chapters[n] != ([2]string{}) {
		return ui.T(code+" "+chapters[n][0], code+" "+chapters[n][1])
	}
	return ui.T(code, code)
}

// chapters are short names of the chapters of the Harmonized System (商品名称及编码
// 协调制度的国际公约, annex, 2022 edition); chapter 77 is reserved, 98 and 99 are
// national.
var chapters = [100][2]string{
	1: {"活动物", "live animals"}, 2: {"肉及食用杂碎", "meat"}, 3: {"水产品", "fish and seafood"}, 4: {"乳、蛋、蜂蜜", "dairy, eggs, honey"}, 5: {"其他动物产品", "other animal products"},
	6: {"活植物及花卉", "live plants and flowers"}, 7: {"食用蔬菜", "vegetables"}, 8: {"水果及坚果", "fruit and nuts"}, 9: {"咖啡、茶及香料", "coffee, tea, spices"}, 10: {"谷物", "cereals"},
	11: {"制粉工业产品", "milling products"}, 12: {"油籽及药用植物", "oil seeds, medicinal plants"}, 13: {"树胶及植物提取物", "gums and plant extracts"}, 14: {"编结用植物材料", "plaiting materials"}, 15: {"动植物油脂", "fats and oils"},
	16: {"肉及水产制品", "preparations of meat and fish"}, 17: {"糖及糖食", "sugar and confectionery"}, 18: {"可可及制品", "cocoa and chocolate"}, 19: {"谷物及乳制食品", "cereal and milk preparations"}, 20: {"蔬果制品", "preparations of vegetables and fruit"},
	21: {"杂项食品", "miscellaneous foods"}, 22: {"饮料、酒及醋", "beverages and spirits"}, 23: {"食品残渣及饲料", "food residues and feed"}, 24: {"烟草及制品", "tobacco"}, 25: {"盐、石料、水泥", "salt, stone, cement"},
	26: {"矿砂", "ores"}, 27: {"矿物燃料", "mineral fuels"}, 28: {"无机化学品", "inorganic chemicals"}, 29: {"有机化学品", "organic chemicals"}, 30: {"药品", "pharmaceuticals"},
	31: {"肥料", "fertilisers"}, 32: {"染料及涂料", "dyes and paints"}, 33: {"香化及化妆品", "perfumery and cosmetics"}, 34: {"肥皂及洗涤剂", "soap and detergents"}, 35: {"蛋白类及胶", "proteins and glues"},
	36: {"火药及烟火", "explosives"}, 37: {"照相用品", "photographic goods"}, 38: {"杂项化学品", "miscellaneous chemicals"}, 39: {"塑料及制品", "plastics"}, 40: {"橡胶及制品", "rubber"},
	41: {"生皮及皮革", "hides and leather"}, 42: {"皮革制品及箱包", "leather goods and bags"}, 43: {"毛皮", "furs"}, 44: {"木及木制品", "wood"}, 45: {"软木", "cork"},
	46: {"编结品", "basketware"}, 47: {"木浆", "pulp"}, 48: {"纸及纸制品", "paper"}, 49: {"书籍及印刷品", "books and printed matter"}, 50: {"蚕丝", "silk"},
	51: {"羊毛", "wool"}, 52: {"棉花", "cotton"}, 53: {"其他植物纤维", "other vegetable fibres"}, 54: {"化纤长丝", "man-made filaments"}, 55: {"化纤短纤", "man-made staple fibres"},
	56: {"絮胎及无纺织物", "wadding and nonwovens"}, 57: {"地毯", "carpets"}, 58: {"特种机织物", "special fabrics"}, 59: {"涂层织物", "coated fabrics"}, 60: {"针织物", "knitted fabrics"},
	61: {"针织服装", "knitted clothing"}, 62: {"非针织服装", "woven clothing"}, 63: {"其他纺织制成品", "other textile articles"}, 64: {"鞋靴", "footwear"}, 65: {"帽类", "headgear"},
	66: {"伞及手杖", "umbrellas"}, 67: {"羽毛及人发制品", "feathers and hair goods"}, 68: {"石料及石膏制品", "stone and plaster articles"}, 69: {"陶瓷", "ceramics"}, 70: {"玻璃及制品", "glass"},
	71: {"珠宝及贵金属", "jewellery and precious metals"}, 72: {"钢铁", "iron and steel"}, 73: {"钢铁制品", "articles of iron or steel"}, 74: {"铜及制品", "copper"}, 75: {"镍及制品", "nickel"},
	76: {"铝及制品", "aluminium"}, 78: {"铅及制品", "lead"}, 79: {"锌及制品", "zinc"}, 80: {"锡及制品", "tin"}, 81: {"其他贱金属", "other base metals"},
	82: {"工具及餐具", "tools and cutlery"}, 83: {"贱金属杂项制品", "miscellaneous metal articles"}, 84: {"机械", "machinery"}, 85: {"电气设备", "electrical equipment"}, 86: {"铁道车辆", "railway vehicles"},
	87: {"车辆及零件", "vehicles"}, 88: {"航空器", "aircraft"}, 89: {"船舶", "ships"}, 90: {"光学及医疗仪器", "optical and medical instruments"}, 91: {"钟表", "clocks and watches"},
	92: {"乐器", "musical instruments"}, 93: {"武器弹药", "arms"}, 94: {"家具及灯具", "furniture and lamps"}, 95: {"玩具及体育用品", "toys and sports goods"}, 96: {"杂项制品", "miscellaneous articles"},
	97: {"艺术品及古物", "art and antiques"}, 98: {"特殊交易品", "special transactions"}, 99: {"跨境电商等特殊商品", "special goods"},
}
