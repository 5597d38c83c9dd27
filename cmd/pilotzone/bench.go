package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"

	"pilotzone/internal/face/bench"
	"pilotzone/internal/face/zone"
)

// benchCommand measures the whole way of a parcel on this machine.
type benchCommand struct {
	Parcels int    `help:"Parcels of the main run. / 包裹数" default:"200000"`
	Store   string `help:"Where the main run writes: sqlite or postgres (a private server). / 存储" enum:"sqlite,postgres" default:"sqlite"`
	Message int    `help:"Documents a message of the main run. / 每条报文单证数" default:"1"`
	Dir     string `help:"Folder for the files; default a temporary one. / 文件目录" type:"path"`
	HTTP    bool   `name:"http" help:"Also over HTTP on loopback, messages of 100 documents. / 另测 HTTP"`
	Signed  bool   `help:"Also with signatures, one a message of 100. / 另测验签"`
	JSON    bool   `name:"json" help:"The figures as JSON. / 输出 JSON"`
}

// Run measures, with progress on standard error.
func (c *benchCommand) Run(e *env) error {
	rules, err := zone.LoadPacks([]string{"national"})
	if err != nil {
		return err
	}
	var bar *progressbar.ProgressBar
	stage := ""
	r, err := bench.Run(e.ctx, bench.Options{Parcels: c.Parcels, Store: c.Store, Message: c.Message, Dir: c.Dir, HTTP: c.HTTP, Signed: c.Signed, Rules: rules,
		Progress: func(name string, done, total int) {
			if name != stage {
				stage = name
				bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(e.err), progressbar.OptionSetDescription(name), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
			}
			_ = bar.Set(done) // a bar that can't be drawn changes no figure
		}})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(e.out).Encode(r)
	}
	return writeBench(e, r)
}

// writeBench prints the figures with the ratios that matter.
func writeBench(e *env, r *bench.Result) error {
	w := tabwriter.NewWriter(e.out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("parcels", "%d on %s, %d cores", r.Parcels, r.Store, r.Cores)
	row("XML in to durable decision and receipts", "%.0f parcels/s", r.PerSecond)
	row("append-only log, same run", "%.0f parcels/s (we reach %.2f of it)", r.LogLimit, r.PerSecond/r.LogLimit)
	row("naive CRUD on SQLite", "%.0f parcels/s (we are %.0f times as fast)", r.NaiveSQLite, r.PerSecond/r.NaiveSQLite)
	if r.NaivePostgres != nil {
		row("naive CRUD on PostgreSQL", "%.0f parcels/s (%.0f times)", *r.NaivePostgres, r.PerSecond / *r.NaivePostgres)
	}
	if r.HTTP != nil {
		row("over HTTP, messages of 100", "%.0f parcels/s", *r.HTTP)
	}
	if r.Signed != nil {
		row("with signatures / without", "%.0f / %.0f parcels/s (%.2f)", *r.Signed, *r.Unsigned, *r.Signed / *r.Unsigned)
	}
	row("first tenth / last tenth", "%.0f / %.0f parcels/s (%.2f)", r.Empty, r.Full, r.Full/r.Empty)
	row("CPU", "%.0f µs a parcel, and %.0f µs to make it", r.CPU, r.GeneratorCPU)
	row("written", "%.0f bytes a parcel of %.0f bytes of XML", r.Written, r.XMLBytes)
	row("commit", "p50 %.1f ms, p99 %.1f ms", r.CommitP50, r.CommitP99)
	row("peak memory", "%.0f MiB", float64(r.PeakRSS)/(1<<20))
	row("restart", "%.0f ms", r.Restart)
	row("receipts", "%d", r.Receipts)
	return w.Flush()
}
