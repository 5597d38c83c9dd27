package zone

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/packs"
)

// Config is everything that a running zone can be told. The zero value of each
// field takes the default that Default gives it. The YAML names are those of
// `serve --config`.
type Config struct {
	// Store is where the facts are kept: sqlite:FILE (FILE is the core database,
	// its siblings stand beside it) or postgres://…
	Store string `yaml:"store"`
	// Key is the key file (密钥文件). Default: beside the SQLite file as its name
	// without .db and with .key; pilotzone.key in the working folder for
	// PostgreSQL.
	Key string `yaml:"key"`
	// Cipher of a new key file: aes-256-gcm or sm4-gcm.
	Cipher string `yaml:"cipher"`
	// Master is where the master key (主密钥) of a new key file shall be: inline
	// (the default), file:PATH, env:NAME, passphrase:PATH, or KIND:REF of a module
	// in KeyModules. A key file that is there knows where its own is; `pilotzone
	// keys rewrap` changes it.
	Master string `yaml:"master"`
	// Packs are the rule packs (规则包) of a new store, the lowest first: names of
	// packs that the program ships, or folders. A store that is in use knows its
	// own packs; they are changed by POST /v1/packs.
	Packs []string `yaml:"packs"`
	// PackApproval is who may switch on a change of the rules: one administrator
	// ("one", the default; who proposed and who switched is recorded), or another
	// than who proposed it ("two").
	PackApproval string `yaml:"pack_approval"`
	// Holder is how the writer calls itself to a second one.
	Holder string `yaml:"holder"`
	// HTTP is the interface for programs.
	HTTP HTTP `yaml:"http"`
	// Drop is the file drop (文件投递); none without a folder.
	Drop Drop `yaml:"drop"`
	// Intake bounds the way in.
	Intake Intake `yaml:"intake"`
	// Notify is webhooks and mail.
	Notify Notify `yaml:"notify"`
	// Persons is the service that verifies identities.
	Persons Persons `yaml:"persons"`
	// Register is the business register that codes are looked up in.
	Register Register `yaml:"register"`
	// Matters is a folder with the zone's own definitions of matters (事项), beside
	// those that the program ships.
	Matters string `yaml:"matters"`
	// Map is what parks and nodes are drawn on.
	Map Map `yaml:"map"`
	// Attachments bounds the files that people attach.
	Attachments Attachments `yaml:"attachments"`

	// KeyModules open master keys of kinds that the program does not bring, such as
	// that of a hardware module (密码机).
	KeyModules map[string]keys.Module `yaml:"-"`

	Clock clock.Clock  `yaml:"-"` // nil: the machine's
	Log   *slog.Logger `yaml:"-"` // nil: slog.Default
	// Notice is where a person is told of a new key file; nil: the log alone.
	Notice io.Writer `yaml:"-"`
	// Committed sees all decisions as they become durable, see intake.Config.
	Committed func([]*clearance.Decision) `yaml:"-"`
	// Bare runs the core without the services that follow it (search and
	// receipts index): for work that nobody watches. They catch up later.
	Bare bool `yaml:"-"`
}

// HTTP is the configuration of the HTTP interface.
type HTTP struct {
	// Listen is the address: host:port, default 127.0.0.1:8080.
	Listen string `yaml:"listen"`
	// Tokens let programs in that have no account; people and enterprises' programs
	// come with accounts and their keys.
	Tokens []Token `yaml:"tokens"`
	// PublicURL is how browsers reach the platform, such as
	// https://zone.example.cn; passkeys and single sign-on are bound to it. Default:
	// http://localhost:PORT where only this machine is listened to.
	PublicURL string `yaml:"public_url"`
	// SecondFactor is who needs one beside the password: staff (the default), all
	// or none.
	SecondFactor access.Policy `yaml:"second_factor"`
	// OIDC are the providers of single sign-on.
	OIDC []access.Provider `yaml:"oidc"`
	// SessionIdle and SessionLifetime bound a browser's session; default 30 minutes
	// and 12 hours.
	SessionIdle     time.Duration `yaml:"session_idle"`
	SessionLifetime time.Duration `yaml:"session_lifetime"`
	// PasswordCost is what a password's hash costs; default access.PasswordCost.
	PasswordCost access.Cost `yaml:"-"`
	// Proxies are the addresses or networks of proxies in front of the service, whose
	// X-Forwarded-For is believed: what bounds visitors and sign-ins by their address
	// needs the browser's, not the proxy's. None: the header is not looked at.
	Proxies []string `yaml:"proxies"`
	// ReadTimeout is the longest time for a request to come in whole.
	ReadTimeout time.Duration `yaml:"read_timeout"`
	// IdleTimeout closes connections that are not used.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// ShutdownTimeout is how long a stop waits for requests under way.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
	// BodyBytes bounds the bytes of all request bodies held at a time; requests
	// beyond are answered 429.
	BodyBytes int64 `yaml:"body_bytes"`
	// Rate is how many requests a second a program or person may make, after Burst
	// at once; default 500 and 1,000.
	Rate  float64 `yaml:"rate"`
	Burst int     `yaml:"burst"`
	// HeaderBytes bounds the header of a request.
	HeaderBytes int `yaml:"header_bytes"`
}

// Token lets a program in: its bearer token is known by its SHA-256 alone.
type Token struct {
	Name   string `yaml:"name"`   // for the log
	Role   string `yaml:"role"`   // operator, officer or enterprise:CODE
	SHA256 string `yaml:"sha256"` // of the token, 64 hex digits
}

// Drop is the configuration of the file drop.
type Drop struct {
	Folder  string        `yaml:"folder"`  // holds inbox, outbox, done and failed; "" switches it off
	Settle  time.Duration `yaml:"settle"`  // a file counts as whole when it has not changed for so long
	Workers int           `yaml:"workers"` // files under way at a time
	// Keep leaves files that were taken in as they came, in done/, with the personal
	// data in them; else they are removed, since the store has them sealed. Files
	// that failed always stay, to be mended.
	Keep bool `yaml:"keep"`
}

// Intake is the configuration of the way in.
type Intake struct {
	Workers    int `yaml:"workers"`     // decoders; 0: one a processor
	Queue      int `yaml:"queue"`       // messages that may wait
	MaxMessage int `yaml:"max_message"` // bytes
	// SnapshotEvery is how many inputs may come between two snapshots of the
	// core's memory; a start after a sudden end plays at most about so many.
	SnapshotEvery uint64 `yaml:"snapshot_every"`
}

// Default is the configuration with which `serve` starts when it is told
// nothing else.
func Default() Config {
	return Config{
		Store: "sqlite:pilotzone.db", Cipher: keys.AES256GCM.String(), Packs: []string{"national"}, Holder: "pilotzone",
		HTTP:   HTTP{Listen: "127.0.0.1:8080", ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, ShutdownTimeout: 30 * time.Second, BodyBytes: 256 << 20, HeaderBytes: 32 << 10},
		Drop:   Drop{Settle: 2 * time.Second, Workers: 4},
		Intake: Intake{Queue: 4096, MaxMessage: 8 << 20},
	}
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	d := Default()
	fill(&c.Store, d.Store)
	fill(&c.Cipher, d.Cipher)
	fill(&c.Holder, d.Holder)
	fill(&c.HTTP.Listen, d.HTTP.Listen)
	fill(&c.HTTP.PublicURL, PublicURL(c.HTTP.Listen))
	fill(&c.HTTP.SecondFactor, access.FactorStaff)
	fill(&c.HTTP.SessionIdle, 30*time.Minute)
	fill(&c.HTTP.SessionLifetime, 12*time.Hour)
	fill(&c.HTTP.ReadTimeout, d.HTTP.ReadTimeout)
	fill(&c.HTTP.IdleTimeout, d.HTTP.IdleTimeout)
	fill(&c.HTTP.ShutdownTimeout, d.HTTP.ShutdownTimeout)
	fill(&c.HTTP.BodyBytes, d.HTTP.BodyBytes)
	fill(&c.HTTP.Rate, 500)
	fill(&c.HTTP.Burst, 1000)
	fill(&c.HTTP.HeaderBytes, d.HTTP.HeaderBytes)
	fill(&c.Drop.Settle, d.Drop.Settle)
	fill(&c.Drop.Workers, d.Drop.Workers)
	fill(&c.Intake.Queue, d.Intake.Queue)
	fill(&c.Intake.MaxMessage, d.Intake.MaxMessage)
	if len(c.Packs) == 0 {
		c.Packs = d.Packs
	}
	if c.Key == "" {
		c.Key = keyFile(c.Store)
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// keyFile is where the keys of a store are when nothing else is said.
func keyFile(url string) string {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return strings.TrimSuffix(path, ".db") + ".key"
	}
	return "pilotzone.key"
}

// Load reads a configuration file over the defaults. Names that do not exist
// are faults, so that a misspelt one cannot pass unnoticed.
func Load(path string) (Config, error) {
	c := Default()
	data, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("configuration (配置): %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("configuration %s (配置有误): %w", path, err)
	}
	return c, c.Validate()
}

// Fault is one thing that is wrong with a configuration.
type Fault struct{ Field, ZH, EN string }

// Faults is all that is wrong, as an error.
type Faults []Fault

// Error lists the faults, a line each.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Field + ": " + f.EN + " / " + f.ZH
	}
	return strings.Join(lines, "\n")
}

// Validate reports everything that is wrong with the configuration, as Faults.
func (c *Config) Validate() error {
	var out Faults
	add := func(field, zh, en string) { out = append(out, Fault{field, zh, en}) }
	v := c.withDefaults()
	scheme, rest, _ := strings.Cut(v.Store, ":")
	if rest == "" || !slices.Contains([]string{"sqlite", "postgres", "postgresql"}, scheme) {
		add("store", "应为 sqlite:文件 或 postgres://…", "must be sqlite:FILE or postgres://…")
	}
	if _, err := keys.ParseCipher(v.Cipher); err != nil {
		add("cipher", "应为 aes-256-gcm 或 sm4-gcm", "must be aes-256-gcm or sm4-gcm")
	}
	if _, err := keys.ParseMaster(v.Master); v.Master != "" && err != nil {
		add("master", "应为 inline、file:路径、env:变量名 或 passphrase:路径", "must be inline, file:PATH, env:NAME or passphrase:PATH")
	}
	for i, name := range v.Packs {
		if _, err := os.Stat(name); err != nil && !slices.Contains(packs.Shipped(), name) {
			add(fmt.Sprintf("packs[%d]", i), "既不是内置规则包（"+strings.Join(packs.Shipped(), "、")+"）也不是文件夹："+name, "neither a shipped pack ("+strings.Join(packs.Shipped(), ", ")+") nor a folder: "+name)
		}
	}
	if v.PackApproval != "" && v.PackApproval != "one" && v.PackApproval != "two" {
		add("pack_approval", "应为 one 或 two", "must be one or two")
	}
	v.HTTP.validate(add)
	v.Notify.validate(add)
	v.Persons.validate(add)
	v.Register.validate(add)
	v.Map.validate(add)
	v.HTTP.validateAccounts(add)
	for _, n := range []struct {
		field string
		bad   bool
	}{{"http.body_bytes", v.HTTP.BodyBytes < 1<<20}, {"http.rate", v.HTTP.Rate <= 0}, {"http.burst", v.HTTP.Burst < 1}, {"http.header_bytes", v.HTTP.HeaderBytes < 1<<10}, {"http.read_timeout", v.HTTP.ReadTimeout < time.Second},
		{"http.idle_timeout", v.HTTP.IdleTimeout < time.Second}, {"http.session_idle", v.HTTP.SessionIdle < time.Minute}, {"http.session_lifetime", v.HTTP.SessionLifetime < time.Minute}, {"http.shutdown_timeout", v.HTTP.ShutdownTimeout < 0}, {"drop.settle", v.Drop.Settle < 0},
		{"drop.workers", v.Drop.Workers < 1}, {"intake.workers", v.Intake.Workers < 0}, {"intake.queue", v.Intake.Queue < 1}, {"intake.max_message", v.Intake.MaxMessage < 1<<10}} {
		if n.bad {
			add(n.field, "数值过小", "too small")
		}
	}
	if len(out) > 0 {
		return out
	}
	return nil
}

func (h *HTTP) validate(add func(field, zh, en string)) {
	if _, _, err := net.SplitHostPort(h.Listen); err != nil {
		add("http.listen", "应为 主机:端口，例如 127.0.0.1:8080", "must be host:port, such as 127.0.0.1:8080")
	}
	for i, p := range h.Proxies {
		if _, err := ParseNetwork(p); err != nil {
			add(fmt.Sprintf("http.proxies[%d]", i), "应为地址或网段，例如 10.0.0.5 或 10.0.0.0/24", "must be an address or network, such as 10.0.0.5 or 10.0.0.0/24")
		}
	}
	names := map[string]bool{}
	for i, t := range h.Tokens {
		field := fmt.Sprintf("http.tokens[%d]", i)
		if t.Name == "" || names[t.Name] {
			add(field+".name", "名称须填写且不得重复", "needs a name of its own")
		}
		names[t.Name] = true
		if code, ok := strings.CutPrefix(t.Role, "enterprise:"); t.Role != "operator" && t.Role != "officer" && (!ok || code == "") {
			add(field+".role", "应为 operator、officer 或 enterprise:企业代码", "must be operator, officer or enterprise:CODE")
		}
		if sum, err := hex.DecodeString(t.SHA256); err != nil || len(sum) != 32 {
			add(field+".sha256", "应为令牌的 SHA-256（64 位十六进制）", "must be the token's SHA-256, 64 hexadecimal digits")
		}
	}
}

func storeOptions(c Config, readOnly bool) store.Options {
	return store.Options{ReadOnly: readOnly, Clock: c.Clock}
}

// ParseNetwork reads a network, or an address as a network of one.
func ParseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}
