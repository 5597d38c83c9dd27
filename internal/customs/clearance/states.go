package clearance

// State is the state of a parcel, that is of the declaration list 清单 and of
// what was decided about it.
type State uint8

// The states of a parcel. The number in brackets is the receipt status
// (回执状态) that tells the enterprise of it.
const (
	None      State = iota // no list yet
	Waiting                // [2] list stored, documents missing
	Concluded              // [120, 399] export: examined, goods not yet arrived 审结
	Review                 // [300] manual review 人工审核
	Inspect                // [500] inspection 查验
	Detained               // [501, 502, 503, 599] 扣留
	Returned               // [700] returned abroad 退运
	Refused                // [100] 退单
	Released               // [800] 放行
	Closed                 // [899] 结关
	Withdrawn              // withdrawn on request 撤单
	Deleted                // deleted before it was decided (appType 3)
	Expired                // [100] documents did not come in time
	states
)

var stateNames = [states][3]string{
	None: {"none", "无", ""}, Waiting: {"waiting", "待齐单", "2"}, Concluded: {"concluded", "审结", "399"},
	Review: {"review", "人工审核", "300"}, Inspect: {"inspection", "查验", "500"}, Detained: {"detained", "扣留", "501/502/503/599"},
	Returned: {"returned", "退运", "700"}, Refused: {"refused", "退单", "100"}, Released: {"released", "放行", "800"},
	Closed: {"closed", "结关", "899"}, Withdrawn: {"withdrawn", "已撤单", ""}, Deleted: {"deleted", "已删除", ""},
	Expired: {"expired", "超时退单", "100"},
}

// String is the state's name in the API.
func (s State) String() string { return stateNames[s][0] }

// Chinese is the state's name in the field's own words.
func (s State) Chinese() string { return stateNames[s][1] }

// Receipt lists the receipt statuses (回执状态) that tell of the state.
func (s State) Receipt() string { return stateNames[s][2] }

// ParseState reads a state's API name.
func ParseState(name string) (State, bool) {
	for i, n := range stateNames {
		if n[0] == name {
			return State(i), true
		}
	}
	return 0, false
}

// DocState is the state of an order, a payment or a waybill.
type DocState uint8

// The states of a supporting document.
const (
	Absent  DocState = iota // never received, deleted, or expired
	Pending                 // [2] stored, no decided list uses it
	Used                    // [120] a list that stands was decided with it
	docStates
)

var docStateNames = [docStates]string{"absent", "pending", "used"}

func (s DocState) String() string { return docStateNames[s] }

// Chinese is the state's name in the field's own words.
func (s DocState) Chinese() string { return [docStates]string{"无", "待用", "已使用"}[s] }
