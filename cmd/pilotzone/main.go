// Command pilotzone is the online service platform of a cross-border e-commerce
// pilot zone in one program.
//
// Its command line is a contract. Exit codes: 0 fine, 1 the thing asked about is
// not fine, 2 usage or I/O. JSON goes to standard output alone; progress and
// logs go to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
)

// commands are the sub-commands: one line each, the code in a file of its name.
type commands struct {
	Demo     demoCommand     `cmd:"" help:"A zone with a day of realistic traffic, then its pages and interface. / 演示"`
	Serve    serveCommand    `cmd:"" help:"Run the service. / 运行服务"`
	Submit   submitCommand   `cmd:"" help:"Take messages in without a server. / 不经服务器直接报送报文"`
	Validate validateCommand `cmd:"" help:"Judge messages by the schema alone. / 按 XSD 校验报文"`
	Check    checkCommand    `cmd:"" help:"Check identifiers. / 校验证件号码与编码"`
	Calc     calcCommand     `cmd:"" help:"Calculators of the rules: JSON lines in, JSON lines out. / 规则计算器"`
	Sheet    sheetCommand    `cmd:"" help:"Spreadsheets: templates and checks. / 电子表格"`
	Pack     packCommand     `cmd:"" help:"Rule packs: checks, schemas. / 规则包"`
	Replay   replayCommand   `cmd:"" help:"Run all inputs again and compare every decision. / 重放并逐条比对决定"`
	Ledger   ledgerCommand   `cmd:"" help:"The ledger. / 账簿"`
	Audit    auditCommand    `cmd:"" help:"The chain of acts. / 审计链"`
	Keys     keysCommand     `cmd:"" help:"The key file. / 密钥"`
	Bench    benchCommand    `cmd:"" help:"Measure the whole way of a parcel on this machine. / 性能测量"`
	Backup   backupCommand   `cmd:"" help:"Copy a store, also while the service runs. / 备份"`

	Version kong.VersionFlag `help:"Print the version."`
}

// Exit codes.
const (
	exitFine    = 0
	exitNotFine = 1 // the thing asked about is not fine
	exitUsage   = 2 // usage or I/O
)

// errNotFine ends a command with exit code 1; what is not fine has been said.
var errNotFine = errors.New("not fine")

// env is what a command may use of the world.
type env struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // progress, logs
	clock  clock.Clock
	log    *slog.Logger
	parser *kong.Kong
}

func main() {
	// Most of the live heap is bytes that the collector need not look into, so
	// a larger heap saves much of its work; the limit keeps the whole small.
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(1800 << 20)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program without its process.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (code int) {
	e := &env{ctx: ctx, in: in, out: out, err: errs, clock: clock.System{}, log: slog.New(slog.NewTextHandler(errs, nil))}
	exited := -1
	parser, err := kong.New(&commands{}, kong.Name("pilotzone"), kong.Writers(out, errs), kong.Exit(func(c int) { exited = c; panic(exitEarly{}) }),
		kong.Description("Online service platform of a cross-border e-commerce pilot zone.\n跨境电子商务综合试验区线上综合服务平台"),
		kong.Vars{"version": version()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitUsage
	}
	e.parser = parser
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitEarly); !ok {
				panic(r)
			}
			code = exited
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errs, "pilotzone: %v\nSee pilotzone --help. / 用法见 pilotzone --help。\n", err)
		return exitUsage
	}
	switch err := parsed.Run(e); {
	case err == nil:
		return exitFine
	case errors.Is(err, errNotFine):
		return exitNotFine
	default:
		fmt.Fprintf(errs, "pilotzone: %v\n", err)
		return exitUsage
	}
}

// exitEarly unwinds from --help and --version.
type exitEarly struct{}

// version names the program, its engine and the build.
func version() string {
	v, built := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
		built = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				built += ", " + s.Value
			}
		}
	}
	return fmt.Sprintf("pilotzone %s (engine %d, %s)", v, clearance.EngineVersion, built)
}

// storeFlags name a store on the commands that use one.
type storeFlags struct {
	Store string `help:"Where the facts are: sqlite:FILE or postgres://… / 存储" default:"sqlite:pilotzone.db" placeholder:"URL"`
	Key   string `help:"Key file; default beside the SQLite file. / 密钥文件" placeholder:"FILE"`
}

// config is the configuration of a command on the store.
func (f storeFlags) config(e *env, holder string) zone.Config {
	c := zone.Default()
	c.Store, c.Key, c.Holder, c.Clock, c.Log, c.Notice = f.Store, f.Key, "pilotzone "+holder, e.clock, e.log, e.err
	return c
}
