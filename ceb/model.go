package ceb

import "fmt"

// aligner finds out how the children of a node depart from the sequence that
// its schema demands, with the fewest defects. It is kept to reuse its memory.
type aligner struct {
	cost []int32 // cost to go, [kid][part][matched or not]
	took []bool  // parts that got an element
	lost []int   // kids that found no place
}

// maxCells bounds the table of costs; longer lists are judged by one pass.
const maxCells = 1 << 21

// check lists the defects of the sequence under one edition.
func (a *aligner) check(c *checker, f *frame, kids []kid, e Edition) {
	if inSequence(f.elem.kids, kids, e) {
		return
	}
	a.took = append(a.took[:0], make([]bool, len(f.elem.kids))...)
	a.lost = a.lost[:0]
	if (len(kids)+1)*(len(f.elem.kids)+1)*2 > maxCells {
		a.onePass(f.elem.kids, kids, e)
	} else {
		a.fewest(f.elem.kids, kids, e)
	}
	a.report(c, f, kids, e)
}

// inSequence does what an XSD validator does: it walks both lists once.
func inSequence(parts []element, kids []kid, e Edition) bool {
	p, count := 0, int32(0)
	for i := range kids {
		for p != int(kids[i].part) {
			if p == len(parts) || count < parts[p].least(e) {
				return false
			}
			p++
			count = 0
		}
		count++
		if most := parts[p].most(e); most != noLimit && count > most {
			return false
		}
	}
	for ; p < len(parts); p++ {
		if count < parts[p].least(e) {
			return false
		}
		count = 0
	}
	return true
}

// least and most are the occurrences allowed; an element that the edition does
// not define may not occur.
func (el *element) least(e Edition) int32 { return el.rule(e).minOccurs }

func (el *element) most(e Edition) int32 { return el.rule(e).maxOccurs }

// fewest fills the table of costs from the end and walks it from the start.
// Costs: an element left over 1, a mandatory element missing 1, an unknown
// element standing where a mandatory one is missing 1.
func (a *aligner) fewest(parts []element, kids []kid, e Edition) {
	n, m := len(kids), len(parts)
	size := (n + 1) * (m + 1) * 2
	if cap(a.cost) < size {
		a.cost = make([]int32, size)
	}
	a.cost = a.cost[:size]
	at := func(i, j, matched int) *int32 { return &a.cost[(i*(m+1)+j)*2+matched] }
	for i := n; i >= 0; i-- {
		for j := m; j >= 0; j-- {
			for matched := range 2 {
				best := int32(0)
				switch {
				case j == m:
					best = int32(n - i)
				default:
					best = *at(i, j+1, 0) + missing(&parts[j], matched, e)
					if i < n {
						best = min(best, 1+*at(i+1, j, matched))
						if takes(parts, kids, i, j, matched, e) {
							best = min(best, *at(i+1, j, 1))
						}
						if replaces(parts, kids, i, j, matched, e) {
							best = min(best, 1+*at(i+1, j, 1))
						}
					}
				}
				*at(i, j, matched) = best
			}
		}
	}
	for i, j, matched := 0, 0, 0; i < n || j < m; {
		here := *at(i, j, matched)
		switch {
		case j < m && i < n && takes(parts, kids, i, j, matched, e) && here == *at(i+1, j, 1):
			a.took[j] = true
			i, matched = i+1, 1
		case j < m && i < n && replaces(parts, kids, i, j, matched, e) && here == 1+*at(i+1, j, 1):
			a.took[j] = true
			a.lost = append(a.lost, i)
			i, matched = i+1, 1
		case j < m && missing(&parts[j], matched, e) == 0 && here == *at(i, j+1, 0):
			j, matched = j+1, 0
		case i < n && (j == m || here == 1+*at(i+1, j, matched)):
			a.lost = append(a.lost, i)
			i++
		default:
			j, matched = j+1, 0
		}
	}
}

// missing is the cost of leaving a part.
func missing(part *element, matched int, e Edition) int32 {
	if matched == 0 && part.least(e) > 0 {
		return 1
	}
	return 0
}

// takes tells whether part j can take kid i; a part that may stand once takes
// no second.
func takes(parts []element, kids []kid, i, j, matched int, e Edition) bool {
	return int(kids[i].part) == j && parts[j].rule(e).present && (matched == 0 || parts[j].most(e) != 1)
}

// replaces tells whether kid i, unknown here, may be meant for part j: because
// its name is unknown, or because only its namespace is wrong.
func replaces(parts []element, kids []kid, i, j, matched int, e Edition) bool {
	k := &kids[i]
	if k.part >= 0 && parts[k.part].rule(e).present || matched == 1 && parts[j].most(e) == 1 || !parts[j].rule(e).present {
		return false
	}
	return int(k.other) == j || k.other < 0 && matched == 0 && parts[j].least(e) > 0
}

// onePass is for very long lists: it takes what fits from left to right.
func (a *aligner) onePass(parts []element, kids []kid, e Edition) {
	p := 0
	for i := range kids {
		k := int(kids[i].part)
		if k < p || !parts[k].rule(e).present || a.took[k] && parts[k].most(e) == 1 {
			a.lost = append(a.lost, i)
			continue
		}
		p = k
		a.took[k] = true
	}
}

// report turns the alignment into defects. An element left over whose like is
// missing elsewhere stands at the wrong place: one defect, not two.
func (a *aligner) report(c *checker, f *frame, kids []kid, e Edition) {
	in := EditionSet(e)
	parts := f.elem.kids
	for _, i := range a.lost {
		k := &kids[i]
		code, w := a.leftOver(parts, k, e)
		if k.part >= 0 {
			a.took[k.part] = true
		}
		c.addKid(k, code, in, w)
	}
	a.surplus(c, parts, kids, in, e)
	for j := range parts {
		p := &parts[j]
		if a.took[j] || p.least(e) == 0 {
			continue
		}
		name := "/" + p.name
		if repeats(p) {
			name += "[1]"
		}
		c.add(name, f.at, f.line, CodeMissing, in, say("缺少 "+p.name+"（"+p.zh+"）", p.name+" ("+p.en+") is missing").fix(after(parts, j, e)))
	}
}

// after says where a missing element belongs.
func after(parts []element, j int, e Edition) (zh, en string) {
	for i := j - 1; i >= 0; i-- {
		if parts[i].rule(e).present {
			return "应位于 " + parts[i].name + " 之后", "it belongs after " + parts[i].name
		}
	}
	return "应为第一个子元素", "it belongs first"
}

// leftOver says what is wrong with an element that found no place.
func (a *aligner) leftOver(parts []element, k *kid, e Edition) (string, wording) {
	if k.part < 0 || !parts[k.part].rule(e).present {
		switch {
		case k.other >= 0:
			return CodeNamespace, say(k.name+" 的命名空间不正确", k.name+" is in the wrong namespace").
				fix("请使用与根元素相同的前缀", "use the prefix of the root element")
		case k.part >= 0:
			return CodeUnknown, say(fmt.Sprintf("%s 版没有元素 %s", e, k.name), fmt.Sprintf("edition %s has no element %s", e, k.name))
		}
		return CodeUnknown, say("此处不允许元素 "+k.name, "the element "+k.name+" is not allowed here")
	}
	p := &parts[k.part]
	if a.took[k.part] && p.most(e) == 1 {
		return CodeRepeat, say(k.name+"（"+p.zh+"）重复", k.name+" ("+p.en+") is given more than once").fix("只保留一个", "keep one")
	}
	zh, en := after(parts, int(k.part), e)
	return CodeOrder, say(k.name+"（"+p.zh+"）的位置不对", k.name+" ("+p.en+") is at the wrong place").fix(zh, en)
}

// surplus lists the first of the elements beyond the number allowed.
func (a *aligner) surplus(c *checker, parts []element, kids []kid, in Editions, e Edition) {
	for j := range parts {
		p := &parts[j]
		most := p.most(e)
		if !p.rule(e).present || most <= 1 {
			continue
		}
		count := int32(0)
		for i := range kids {
			if int(kids[i].part) != j {
				continue
			}
			if count++; count == most+1 {
				c.addKid(&kids[i], CodeCount, in, say(fmt.Sprintf("%s 最多 %d 个", p.name, most), fmt.Sprintf("at most %d %s are allowed", most, p.name)).
					fix("请拆分为多个报文", "split the message"))
			}
		}
	}
}

// addKid lists a defect of a child that is closed already.
func (c *checker) addKid(k *kid, code string, in Editions, w wording) {
	below := "/" + k.name
	if k.index > 0 {
		below += fmt.Sprintf("[%d]", k.index)
	}
	c.add(below, int(k.at), int(k.line), code, in, w)
}
