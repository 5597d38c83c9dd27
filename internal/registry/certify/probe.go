package certify

import (
	"context"
	"errors"
	"strings"

	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/register"
)

// ask is the probe that asks the business register about the code of a form. A
// failed check digit is a doubt that the register resolves either way.
func (s *Service) ask(ctx context.Context, m *matter.Matter) []matter.Finding {
	uscc := text(m, "uscc")
	var out []matter.Finding
	if ident.IsWarning(ident.CheckUSCC(uscc)) {
		out = append(out, matter.Finding{Field: "uscc", ZH: "统一社会信用代码校验位不符；部分早期代码合法但不符，以登记机关查询结果为准", EN: "the code's check digit does not fit; some early codes are lawful without it, so the register decides"})
	}
	if s.c.Register == nil {
		return append(out, matter.Finding{Field: "uscc", ZH: "未配置登记查询服务，请人工核对营业执照", EN: "no register is configured: hold it against the business licence"})
	}
	e, err := s.c.Register.Lookup(ctx, uscc)
	switch {
	case errors.Is(err, register.ErrUnknown):
		return append(out, matter.Finding{Field: "uscc", ZH: "登记机关查无此代码", EN: "the register knows no such code"})
	case err != nil:
		return append(out, matter.Finding{Field: "uscc", ZH: "登记查询服务暂无响应，请人工核对营业执照", EN: "the register did not answer: hold it against the business licence"})
	}
	for i := range out {
		out[i].OK = true // the doubt is resolved
	}
	return append(out, compare(e, text(m, "name"))...)
}

// compare holds a register's entry against what the form says.
func compare(e *register.Entry, name string) []matter.Finding {
	out := []matter.Finding{{Field: "uscc", OK: true, ZH: "登记机关有此代码", EN: "the register has the code"}}
	if fold(e.Name) == fold(name) {
		out = append(out, matter.Finding{Field: "name", OK: true, ZH: "名称与登记一致", EN: "the name is as registered"})
	} else {
		out = append(out, matter.Finding{Field: "name", ZH: "名称与登记不一致，登记为：" + e.Name, EN: "the name differs; registered as " + e.Name})
	}
	switch e.Status {
	case register.Revoked:
		out = append(out, matter.Finding{Field: "uscc", ZH: "企业已被吊销", EN: "the enterprise's licence was revoked"})
	case register.Cancelled:
		out = append(out, matter.Finding{Field: "uscc", ZH: "企业已注销", EN: "the enterprise was cancelled"})
	}
	return out
}

// fold makes names comparable: brackets of both widths are one, blanks none.
func fold(s string) string {
	return strings.NewReplacer("（", "(", "）", ")", " ", "", "　", "").Replace(strings.TrimSpace(s))
}

// state is the probe that tells what the filing of a code is worth today.
func (s *Service) state(ctx context.Context, m *matter.Matter) []matter.Finding {
	f, err := s.c.Registry.ByCode(ctx, text(m, "uscc"))
	switch {
	case errors.Is(err, registry.ErrNotFiled):
		return []matter.Finding{{Field: "uscc", ZH: "该代码没有备案", EN: "no enterprise is filed under this code"}}
	case err != nil:
		return []matter.Finding{{Field: "uscc", ZH: "备案库暂不可用", EN: "the registry cannot be read now"}}
	}
	now := f.State(clock.DayOf(s.c.Clock.Now()))
	return []matter.Finding{{Field: "uscc", OK: now == registry.Active, ZH: "备案名称 " + f.Name + "，状态" + now.ZH(), EN: "filed as " + f.Name + ", " + now.String()}}
}
