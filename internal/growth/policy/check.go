package policy

import (
	"slices"
	"strconv"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// checker gathers what is wrong with the clauses and budgets of a set.
type checker struct {
	set    *pack.Set
	facts  *fact.Book
	lines  map[string]bool // budget lines that have a ceiling
	seen   map[string]bool // budget lines by year
	faults pack.Faults
}

// Check reports what is wrong with the clauses and budgets of a set beyond their
// schemas: expressions that do not compile, facts that are unknown or not of the
// subject, conditions that can never hold, a budget line without a ceiling, a
// share without a cost.
func Check(set *pack.Set) pack.Faults {
	facts, err := fact.Compile(set)
	if err != nil {
		return nil // the facts' own check says it
	}
	k := &checker{set: set, facts: facts, lines: map[string]bool{}, seen: map[string]bool{}}
	for _, i := range set.Items(BudgetKind) {
		k.budget(i)
	}
	ids := map[string]bool{}
	for _, i := range set.Items(ItemKind) {
		ids[i.ID] = true
	}
	for _, i := range set.Items(ItemKind) {
		k.clause(i, ids)
	}
	return k.faults
}

func (k *checker) add(i *pack.Item, zh, en, mendZH, mendEN string, keys ...string) {
	k.faults = append(k.faults, i.FaultAt(pack.Text{ZH: i.ID + "：" + zh, EN: i.ID + ": " + en}, pack.Text{ZH: mendZH, EN: mendEN}, keys...))
}

// budget checks a budget: the lines together may pass the whole, which then
// bounds them; a line may not.
func (k *checker) budget(i *pack.Item) {
	var b budgetItem
	if err := i.Decode(&b); err != nil {
		k.add(i, err.Error(), err.Error(), "按模式改正", "mend it by the schema")
		return
	}
	whole, _ := money.ParseFen(b.Cap) // the schema has judged its form
	if whole <= 0 {
		k.add(i, "预算没有总额", "the budget has no ceiling", "填写大于零的总额", "give a ceiling above nought", "cap")
	}
	for n, l := range b.Lines {
		most, _ := money.ParseFen(l.Cap)
		key := strconv.Itoa(b.Year) + "/" + l.ID
		switch {
		case most <= 0:
			k.add(i, "科目 "+l.ID+" 没有限额", "line "+l.ID+" has no ceiling", "填写大于零的限额", "give a ceiling above nought", "lines", strconv.Itoa(n), "cap")
		case most > whole:
			k.add(i, "科目 "+l.ID+" 的限额高于总额", "the ceiling of line "+l.ID+" is above the whole", "调低限额", "lower it", "lines", strconv.Itoa(n), "cap")
		case k.seen[key]:
			k.add(i, "科目 "+key+" 重复", "line "+key+" is there twice", "合并或改名", "merge or rename it", "lines", strconv.Itoa(n), "id")
		}
		k.seen[key], k.lines[l.ID] = true, true
	}
}

func (k *checker) clause(i *pack.Item, ids map[string]bool) {
	c, err := decode(i)
	if err != nil {
		k.add(i, err.Error(), err.Error(), "按模式改正", "mend it by the schema")
		return
	}
	c.compile(k.facts.Env, func(err error, keys ...string) {
		k.add(i, "表达式有误："+err.Error(), "the expression is wrong: "+err.Error(), "见 docs/rules.md", "see docs/rules.md", keys...)
	})
	k.conditions(i, c)
	k.amount(i, c)
	for _, f := range append(c.Facts(), c.Uses...) {
		d := k.facts.Find(f)
		switch {
		case d == nil:
			k.add(i, "没有指标 "+f, "there is no fact "+f, "在 facts 中定义，或改正名称", "define it in facts, or mend the name")
		case !d.Of(c.Subject):
			k.add(i, "指标 "+f+" 不属于该对象", "fact "+f+" is not one of the subject", "改正 subject 或指标", "mend subject or fact")
		}
	}
	for n, other := range c.Exclusive {
		if !ids[other] {
			k.add(i, "没有条款 "+other, "there is no clause "+other, "改正 id", "mend the id", "exclusive_with", strconv.Itoa(n))
		}
	}
	if c.Budget != "" && len(k.lines) > 0 && !k.lines[c.Budget] {
		k.add(i, "预算科目 "+c.Budget+" 没有限额", "budget line "+c.Budget+" has no ceiling", "在 budgets 中列出该科目", "put the line into a budget", "budget")
	}
	if c.Budget != "" && len(k.lines) == 0 && c.Amount.Stated() {
		k.add(i, "没有任何预算", "there is no budget at all", "增加 budgets，或删除 budget", "add a budget, or remove the key", "budget")
	}
}

func (k *checker) conditions(i *pack.Item, c *Clause) {
	ids := map[string]bool{}
	for n, x := range c.Conditions {
		if ids[x.ID] {
			k.add(i, "条件 "+x.ID+" 重复", "condition "+x.ID+" is there twice", "改名", "rename it", "conditions", strconv.Itoa(n), "id")
		}
		ids[x.ID] = true
		if x.compiled != nil && x.compiled.Unreachable() {
			k.add(i, "条件 "+x.ID+" 永远不成立", "condition "+x.ID+" can never hold", "改正界限", "mend its bounds", "conditions", strconv.Itoa(n), "when")
		}
	}
	if c.together(k.facts.Env) {
		k.add(i, "各条件互相矛盾，永远不能同时成立", "the conditions contradict each other and never hold together", "改正界限", "mend their bounds", "conditions")
	}
}

// together tells whether conditions that each can hold never hold all at once.
func (c *Clause) together(env *rule.Env) bool {
	var all string
	for _, x := range c.Conditions {
		if x.compiled == nil || x.compiled.Unreachable() {
			return false
		}
		if all != "" {
			all += " && "
		}
		all += "(" + x.When + ")"
	}
	if len(c.Conditions) < 2 {
		return false
	}
	whole, err := env.Condition(all)
	return err == nil && whole.Unreachable()
}

func (k *checker) amount(i *pack.Item, c *Clause) {
	a := c.Amount
	if a == nil {
		return
	}
	if a.Percent != nil && a.Of == "" {
		k.add(i, "有比例而没有费用指标（of）", "a share without a cost (of)", "写明 of", "give of", "amount", "percent")
	}
	if a.Percent != nil && a.Percent.Cmp(money.RateOf(1, 0)) > 0 {
		k.add(i, "比例高于 1", "the share is above 1", `百分之八十写作 "0.80"`, `80 % is written "0.80"`, "amount", "percent")
	}
	if a.Of != "" {
		k.typed(i, a.Of, rule.TypeMoney, "of")
	}
	if a.Per != "" {
		k.typed(i, a.Per, rule.TypeInt, "per")
		if a.Cap == nil {
			k.add(i, "有 per 而没有 cap", "per without cap", "写明 cap", "give cap", "amount", "per")
		}
	}
	if c.Cumulative != nil && a.Cap != nil && *a.Cap > c.Cumulative.Cap {
		k.add(i, "单次最高额高于累计上限", "the cap is above the cumulative cap", "改正数额", "mend the amounts", "amount", "cap")
	}
	if c.Kind != Award && a.Stated() {
		k.add(i, "非资金条款不应有金额", "a clause without money has no amount", "改为 award 或删除金额", "make it an award, or remove the amount", "amount")
	}
	if a.Stated() && !slices.Contains([]string{FlowCity, FlowProvince}, c.Flow) {
		k.add(i, "没有写明资金拨付方式（flow）", "flow is missing", "写明 province 或 city", "give province or city")
	}
}

func (k *checker) typed(i *pack.Item, name string, t rule.Type, key string) {
	if d := k.facts.Find(name); d != nil && d.Type != t {
		k.add(i, "指标 "+name+" 的类型应为 "+t.String(), "fact "+name+" must be "+t.String(), "改正指标", "mend the fact", "amount", key)
	}
}
