// Command proof shows on this machine what the platform promises about failure:
// that what was acknowledged outlives a kill at any moment, and that an
// acknowledgement leaves only after the store's log is on the disk.
//
//	go run ./test/proof kill -n 50 -store sqlite
//	go run ./test/proof kill -n 50 -store postgres
//	go run ./test/proof trace
//
// It builds the program once, runs it as a process of its own on a temporary
// store, and ends only processes that it started. The short forms run with the
// tests of this folder, beside those of a second writer, a full disk, a database
// that goes away and a stop under load.
//
// Exit codes: 0 proved, 1 something is not as promised, 2 it could not be run.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `usage:
  proof kill [-n KILLS] [-store sqlite|postgres] [-docs N] [-seed N]   kill the service under load and look for what was acknowledged
  proof trace [-n MESSAGES]                                  show that the log is synced before each acknowledgement
`

// run is the program without its process.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errs, usage)
		return 2
	}
	var err error
	var fine bool
	switch args[0] {
	case "kill":
		fine, err = killCommand(ctx, args[1:], out, errs)
	case "trace":
		fine, err = traceCommand(ctx, args[1:], out, errs)
	default:
		fmt.Fprint(errs, usage)
		return 2
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 2
	case err != nil:
		fmt.Fprintf(errs, "proof: %v\n", err)
		return 2
	case !fine:
		return 1
	}
	return 0
}

// killCommand runs the proof of the kills and prints its result as text and as
// one JSON object.
func killCommand(ctx context.Context, args []string, out, errs io.Writer) (fine bool, err error) {
	flags := flag.NewFlagSet("kill", flag.ContinueOnError)
	flags.SetOutput(errs)
	kills := flags.Int("n", 50, "how often the service is killed")
	store := flags.String("store", "sqlite", "sqlite, or postgres on a private server that syncs")
	documents := flags.Int("docs", 50, "most documents of a message, 1 to 100")
	seed := flags.Uint64("seed", 1, "of the traffic and of the moments")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "pilotzone-proof-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := build(ctx, dir)
	if err != nil {
		return false, err
	}
	url, stop, err := newStore(ctx, *store, dir)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	k := &killing{program: program, place: place{url: url, key: dir + "/zone.key"}, kills: *kills, seed: *seed, documents: *documents, startingEvery: 5, said: errs}
	r, err := k.run(ctx)
	if err != nil {
		return false, err
	}
	r.Store = *store
	if err := r.print(out); err != nil {
		return false, err
	}
	return len(r.Problems) == 0, json.NewEncoder(out).Encode(r)
}
