package access

import (
	"context"
	"database/sql"
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

// Person is an account of a person (用户).
type Person struct {
	ID       string
	Org      string // "" of a consumer
	Login    string // lower case; no personal data
	Name     string // as shown in the organisation; sealed at rest
	Mail     string // sealed at rest
	Roles    []Role
	Active   bool
	TOTP     bool     // has an authenticator app
	Passkeys int      // how many
	Key      keys.Key // of a consumer: the keyed hash of the identity number
	Language string   // zh, en, or "" as the browser asks
	Theme    string   // light, dark, or "" as the browser asks
	Created  time.Time
	Invited  bool // has no password yet

	password string
	totp     []byte
	step     int64
	handle   []byte
	code     []byte
	codeEnd  time.Time
}

var (
	loginForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)
	loginPhone = regexp.MustCompile(`^(\+?86)?1[3-9][0-9]{9}$|^[0-9]{15}$|^[0-9]{17}[0-9x]$`)
)

// checkPerson reports what is wrong with a person's account, nil if nothing is.
func checkPerson(v *Person, kind OrgKind) error {
	v.Login = strings.ToLower(strings.TrimSpace(v.Login))
	switch {
	case !loginForm.MatchString(v.Login):
		return refuse("login", "登录名须为2至64个小写字母、数字或 . _ @ -", "a login name is 2 to 64 letters, digits, dots, underscores, @ or hyphens", "改用其他登录名", "choose another login name")
	case loginPhone.MatchString(v.Login):
		return refuse("login", "登录名不得为手机号或身份证件号码", "a login name is not a phone or identity number", "改用其他登录名", "choose another login name")
	case strings.TrimSpace(v.Name) == "" || len(v.Name) > 100:
		return refuse("name", "请填写姓名（不超过100字节）", "enter a name of at most 100 bytes", "填写姓名", "enter a name")
	case len(v.Roles) == 0:
		return refuse("roles", "请至少选择一个角色", "choose at least one role", "从列表中选择", "choose of the list")
	}
	if v.Mail != "" {
		if m, err := mail.ParseAddress(v.Mail); err != nil || m.Address != v.Mail || len(v.Mail) > 254 {
			return refuse("mail", "电子邮箱格式不正确", "not a mail address", "核对电子邮箱", "check the address")
		}
	}
	for _, r := range v.Roles {
		if !slices.Contains(OrgRoles(kind), r) {
			return refuse("roles", "该单位的人员不能具有角色："+string(r), "people of this organisation can't have the role "+string(r), "从列表中选择", "choose of the list")
		}
	}
	return nil
}

// managesPeople checks that the caller manages the people of an organisation.
func managesPeople(ctx context.Context, org string) error {
	p := Of(ctx)
	if s := p.Scope(PeopleManage); s == Zone || s == Own && p.Org != "" && p.Org == org {
		return nil
	}
	return ErrDenied
}

// codeTime is how long a one-time code of an account is good.
const codeTime = 72 * time.Hour

// AddPerson makes an account and returns its id with a one-time code, by which
// the person sets the first password. The caller needs PeopleManage over the
// organisation.
func (a *Accounts) AddPerson(ctx context.Context, v Person) (id, code string, err error) {
	if err := managesPeople(ctx, v.Org); err != nil {
		return "", "", err
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		o, err := loadOrg(ctx, tx, v.Org)
		if err != nil {
			return err
		}
		if err := checkPerson(&v, o.Kind); err != nil {
			return err
		}
		code = a.oneTime()
		v.code, v.codeEnd = hashOf(plainCode(code)), a.clock.Now().Add(codeTime)
		id, err = a.insertPerson(ctx, tx, &v)
		return err
	})
	return id, code, taken(err)
}

func (a *Accounts) insertPerson(ctx context.Context, tx *store.Tx, v *Person) (string, error) {
	v.ID = a.id("p_")
	person := []byte{}
	if v.Key != (keys.Key{}) {
		person = v.Key[:]
	}
	if v.code == nil {
		v.code = []byte{}
	}
	now := clock.Micros(a.clock.Now())
	if _, err := tx.Exec(ctx, `insert into access_people (id, org, login, name, mail, roles, active, password, code, code_until, totp, totp_step, handle, person, language, theme, created_at, password_at)
		values ($1, $2, $3, $4, $5, $6, true, $7, $8, $9, $10, 0, $11, $12, '', '', $13, $13)`,
		v.ID, v.Org, v.Login, a.seal("name", v.ID, v.Name), a.seal("mail", v.ID, v.Mail), join(v.Roles), v.password, v.code, microsOf(v.codeEnd), []byte{}, a.draw(32), person, now); err != nil {
		return "", err
	}
	return v.ID, a.note(ctx, tx, "person.add", "person:"+v.ID, "org="+v.Org+" roles="+join(v.Roles))
}

// oneTime makes a code of 100 random bits that a person can type.
func (a *Accounts) oneTime() string {
	s := letters.EncodeToString(a.draw(13))[:20]
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:]
}

// plainCode is a typed code without what people add to it.
func plainCode(s string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(s))
}

// ChangePerson changes name, mail, roles and whether the account is active; who
// is no longer active is signed out at once. The caller needs PeopleManage over
// the organisation, and can't take the last such right from itself.
func (a *Accounts) ChangePerson(ctx context.Context, v Person) error {
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old, kind, err := a.managed(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		v.Org, v.Login = old.Org, old.Login
		if err := checkPerson(&v, kind); err != nil {
			return err
		}
		if Of(ctx).ID == v.ID && (!v.Active || !(&Principal{Roles: v.Roles}).May(PeopleManage)) {
			return refuse("own_role", "不能停用自己或取消自己的管理角色", "nobody takes the managing role from themselves", "由另一位管理员操作", "ask another administrator")
		}
		if _, err := tx.Exec(ctx, `update access_people set name = $1, mail = $2, roles = $3, active = $4 where id = $5`,
			a.seal("name", v.ID, v.Name), a.seal("mail", v.ID, v.Mail), join(v.Roles), v.Active, v.ID); err != nil {
			return err
		}
		state := "active"
		if !v.Active {
			state = "not active"
			if err := a.endSessions(ctx, tx, v.ID, ""); err != nil {
				return err
			}
		}
		return a.note(ctx, tx, "person.change", "person:"+v.ID, state+" roles="+join(v.Roles))
	})
}

// managed loads a person whom the caller manages, and the kind of its
// organisation; others do not exist for it.
func (a *Accounts) managed(ctx context.Context, q reader, id string) (*Person, OrgKind, error) {
	v, err := a.loadPerson(ctx, q, id)
	if err != nil {
		return nil, "", err
	}
	if managesPeople(ctx, v.Org) != nil {
		return nil, "", ErrNotFound
	}
	if v.Org == "" {
		return v, "", nil
	}
	o, err := loadOrg(ctx, q, v.Org)
	if err != nil {
		return nil, "", err
	}
	return v, o.Kind, nil
}

// ResetPerson takes password, second factors, linked identities and sessions from
// an account, so that nobody gets in by what they had, and returns a one-time
// code, by which the person sets a new password. The caller
// needs PeopleManage over the organisation.
func (a *Accounts) ResetPerson(ctx context.Context, id string) (code string, err error) {
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := a.managed(ctx, tx, id); err != nil {
			return err
		}
		code = a.oneTime()
		if _, err := tx.Exec(ctx, `update access_people set password = '', totp = $1, totp_step = 0, code = $2, code_until = $3 where id = $4`,
			[]byte{}, hashOf(plainCode(code)), clock.Micros(a.clock.Now().Add(codeTime)), id); err != nil {
			return err
		}
		for _, query := range []string{`delete from access_recovery where person = $1`, `delete from access_passkeys where person = $1`, `delete from access_links where person = $1`, `delete from access_sessions where person = $1`} {
			if _, err := tx.Exec(ctx, query, id); err != nil {
				return err
			}
		}
		return a.note(ctx, tx, "person.reset", "person:"+id, "")
	})
	return code, err
}

// SetPreferences keeps the caller's language (zh, en or "") and theme (light,
// dark or "").
func (a *Accounts) SetPreferences(ctx context.Context, language, theme string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", "zh", "en"}, language) || !slices.Contains([]string{"", "light", "dark"}, theme) {
		return refuse("preference", "没有该选项", "there is no such choice", "从列表中选择", "choose of the list")
	}
	return a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update access_people set language = $1, theme = $2 where id = $3`, language, theme, p.ID)
		return err
	})
}

const personQuery = `select p.id, p.org, p.login, p.name, p.mail, p.roles, p.active, p.password, p.code, p.code_until, p.totp, p.totp_step, p.handle, p.person, p.language, p.theme, p.created_at,
	(select count(*) from access_passkeys k where k.person = p.id) from access_people p `

func (a *Accounts) scanPerson(row interface{ Scan(...any) error }) (*Person, error) {
	var v Person
	var name, mail, person []byte
	var roles string
	var codeEnd, created int64
	if err := row.Scan(&v.ID, &v.Org, &v.Login, &name, &mail, &roles, &v.Active, &v.password, &v.code, &codeEnd, &v.totp, &v.step, &v.handle, &person, &v.Language, &v.Theme, &created, &v.Passkeys); err != nil {
		return nil, err
	}
	v.Roles, v.codeEnd, v.Created = split[Role](roles), timeOf(codeEnd), clock.FromMicros(created)
	v.TOTP, v.Invited = len(v.totp) > 0, v.password == ""
	copy(v.Key[:], person)
	var err, err2 error
	v.Name, err = a.open("name", v.ID, name)
	v.Mail, err2 = a.open("mail", v.ID, mail)
	return &v, errors.Join(err, err2)
}

func (a *Accounts) findPerson(ctx context.Context, q reader, where string, arg any) (*Person, error) {
	v, err := a.scanPerson(q.QueryRow(ctx, personQuery+where, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return v, store.Wrap("read accounts", err)
}

func (a *Accounts) loadPerson(ctx context.Context, q reader, id string) (*Person, error) {
	return a.findPerson(ctx, q, `where p.id = $1`, id)
}

// Me is the caller's own account.
func (a *Accounts) Me(ctx context.Context) (*Person, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	return a.loadPerson(ctx, a.read(), p.ID)
}

// Person returns an account. The caller needs PeopleManage over its
// organisation.
func (a *Accounts) Person(ctx context.Context, id string) (*Person, error) {
	v, _, err := a.managed(ctx, a.read(), id)
	return v, err
}

// People lists the accounts of an organisation by login name. The caller needs
// PeopleManage over it.
func (a *Accounts) People(ctx context.Context, org string) ([]*Person, error) {
	if err := managesPeople(ctx, org); err != nil {
		return nil, err
	}
	return collect(ctx, a.read(), func(r *sql.Rows) (*Person, error) { return a.scanPerson(r) }, personQuery+`where p.org = $1 order by p.login limit 1000`, org)
}

// NameOf is the name of an account as its organisation's people, officers and
// administrators see it, masked for others; "" for one that is not there.
func (a *Accounts) NameOf(ctx context.Context, id string) (string, error) {
	v, err := a.loadPerson(ctx, a.read(), id)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if p := Of(ctx); p != nil && (p.Org == v.Org && v.Org != "" || p.Scope(PeopleManage) == Zone || p.ID == id) {
		return v.Name, nil
	}
	return keys.MaskName(v.Name), nil
}
