package tax

import "pilotzone/internal/kernel/money"

// ExportList is what the class of an export declaration list (出口申报清单)
// depends on.
type ExportList struct {
	Mode       string    // supervision mode (监管方式): 9610, 1210, 9710, 9810
	Value      money.Fen // value of the list in CNY
	ValueLimit money.Fen // dated limit: 5,000.00
	PilotZone  bool      // declared at the customs of a pilot zone through the unified export system (综试区、统一版)
	Refund     bool      // an export tax refund is wanted (出口退税)
	ExportDuty bool      // export duty is due (出口关税)
	Licence    bool      // a licence is required (许可证件)
	Inspection bool      // statutory inspection is required (法定检验)
}

// ExportClass is how the trade behind a list reaches the statistics.
type ExportClass uint8

// The classes.
const (
	// ExportSummary: list release, then a summary declaration (清单核放、汇总申报).
	ExportSummary ExportClass = iota + 1
	// ExportStatistics: list release, summary statistics only (清单核放、汇总统计).
	ExportStatistics
	// ExportDeclaration: no list is possible; an H2018 declaration (报关单) is.
	ExportDeclaration
	// ExportUnknownMode: not an e-commerce export mode.
	ExportUnknownMode
)

// String is the stable name of the class.
func (c ExportClass) String() string { return word(exportClasses[:], int(c)).name }

// ZH is the class in Chinese.
func (c ExportClass) ZH() string { return word(exportClasses[:], int(c)).zh }

// EN is the class in English.
func (c ExportClass) EN() string { return word(exportClasses[:], int(c)).en }

var exportClasses = [...]term{
	{},
	{"summary", "清单核放、汇总申报", "list release, summary declaration"},
	{"statistics", "清单核放、汇总统计", "list release, summary statistics only"},
	{"declaration", "须以报关单申报", "a customs declaration is needed"},
	{"unknown_mode", "非跨境电商出口监管方式", "not an e-commerce export mode"},
}

// ExportObstacle is a set of reasons why the simpler way is closed.
type ExportObstacle uint8

// The obstacles.
const (
	ObstacleValue ExportObstacle = 1 << iota
	ObstacleRefund
	ObstacleExportDuty
	ObstacleLicence
	ObstacleInspection
	ObstacleZone
)

var obstacles = [...]term{
	{"over_value", "清单金额超过限值", "the value of the list is over the limit"},
	{"refund_wanted", "需要办理出口退税", "an export tax refund is wanted"},
	{"export_duty", "涉及出口关税", "export duty is due"},
	{"licence", "涉及许可证件", "a licence is required"},
	{"inspection", "涉及法定检验", "inspection is required"},
	{"outside_zone", "未在综试区通过统一版申报", "not declared in a pilot zone through the unified system"},
}

// Names lists the obstacles by their stable names; nil when there are none.
func (o ExportObstacle) Names() []string { return o.list(func(t term) string { return t.name }) }

// ZH lists the obstacles in Chinese.
func (o ExportObstacle) ZH() []string { return o.list(func(t term) string { return t.zh }) }

// EN lists the obstacles in English.
func (o ExportObstacle) EN() []string { return o.list(func(t term) string { return t.en }) }

func (o ExportObstacle) list(text func(term) string) (names []string) {
	for i, t := range obstacles {
		if o&(1<<i) != 0 {
			names = append(names, text(t))
		}
	}
	return names
}

// ClassifyExport classes a list. Retail export (9610, 1210; RULES B4) is for
// statistics only if it is declared in a pilot zone, worth no more than the
// limit, and no refund, export duty or licence is in play; else it is summed up
// into declarations. B2B export (9710, 9810; RULES C2) can use a list at all
// only up to the limit and without licence, inspection, export duty or refund.
//
// digits is how many digits of the commodity code must be declared: 4 for 9610
// statistics only, 6 for B2B lists in a pilot zone (RULES C3), else 10.
func ClassifyExport(l ExportList) (class ExportClass, digits int, why ExportObstacle) {
	mark := func(o ExportObstacle, on bool) {
		if on {
			why |= o
		}
	}
	mark(ObstacleValue, l.Value > l.ValueLimit)
	mark(ObstacleRefund, l.Refund)
	mark(ObstacleExportDuty, l.ExportDuty)
	mark(ObstacleLicence, l.Licence)
	switch l.Mode {
	case "9610", "1210":
		mark(ObstacleZone, !l.PilotZone)
		switch {
		case why != 0:
			return ExportSummary, 10, why
		case l.Mode == "9610":
			return ExportStatistics, 4, 0
		}
		return ExportStatistics, 10, 0
	case "9710", "9810":
		mark(ObstacleInspection, l.Inspection)
		switch {
		case why != 0:
			return ExportDeclaration, 10, why
		case l.PilotZone:
			return ExportStatistics, 6, 0
		}
		return ExportStatistics, 10, 0
	}
	return ExportUnknownMode, 10, 0
}
