package bench

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/demo/traffic"
)

// run is one service being fed, with its receipts rendered behind it.
type run struct {
	service  *intake.Service
	gen      *traffic.Gen
	decided  chan []*clearance.Decision
	rendered chan struct{}
	count    atomic.Uint64
	bytes    atomic.Uint64
	start    time.Time
	marks    []mark // when so many parcels were durable
	parcels  int
}

type mark struct {
	parcels int
	at      time.Time
}

func newRun() *run {
	r := &run{decided: make(chan []*clearance.Decision, 16), rendered: make(chan struct{})}
	go r.render()
	return r
}

func (r *run) committed(ds []*clearance.Decision) { r.decided <- ds }

// render writes every receipt as XML, up to 100 of a kind and recipient in a
// message, as the receipts service hands them out.
func (r *run) render() {
	defer close(r.rendered)
	type box struct {
		kind ceb.Kind
		to   string
	}
	boxes := map[box][]clearance.ReceiptNode{}
	var buf []byte
	flush := func(b box) {
		buf = clearance.AppendReceipts(buf[:0], boxes[b])
		r.count.Add(uint64(len(boxes[b])))
		r.bytes.Add(uint64(len(buf)))
		boxes[b] = boxes[b][:0]
	}
	for ds := range r.decided {
		for _, d := range ds {
			for _, n := range d.Nodes() {
				b := box{n.Kind, n.To}
				if boxes[b] = append(boxes[b], n); len(boxes[b]) == 100 {
					flush(b)
				}
			}
		}
		for b, list := range boxes {
			if len(list) > 0 {
				flush(b)
			}
		}
	}
}

func (r *run) receipts() uint64 { return r.count.Load() }

var steps = []ceb.Kind{311, 411, 511, 621}

// feed sends n parcels, their four documents in messages of o.Message
// documents, and waits until all is durable and all receipts are rendered.
func (r *run) feed(ctx context.Context, o *Options, stage string, n int) error {
	r.parcels, r.start = n, time.Now()
	r.marks = append(r.marks[:0], mark{0, r.start})
	waiting := make(chan intake.Pending, 16_384)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		seen, perParcel := 0, len(steps)
		for p := range waiting {
			if _, err := p.Wait(ctx); err != nil {
				failed <- err
				for range waiting {
				}
				return
			}
			if seen++; seen%(perParcel*max(1, n/o.Message/100)) == 0 {
				r.marks = append(r.marks, mark{seen / perParcel * o.Message, time.Now()})
				o.Progress(stage, min(n, seen/perParcel*o.Message), n)
			}
		}
	}()
	err := r.send(ctx, o.Message, n, waiting)
	close(waiting)
	if werr := <-failed; err == nil {
		err = werr
	}
	r.marks = append(r.marks, mark{n, time.Now()})
	close(r.decided)
	<-r.rendered
	r.marks[len(r.marks)-1].at = time.Now()
	return err
}

func (r *run) send(ctx context.Context, message, n int, waiting chan<- intake.Pending) error {
	for i := 0; i < n; {
		m := min(message, n-i)
		for _, k := range steps {
			data, made := r.gen.AppendMessage(make([]byte, 0, 3072*m), k, uint64(i), m)
			m = min(m, made)
			p, err := r.service.EnqueueWait(ctx, data, true)
			if err != nil {
				return err
			}
			waiting <- p
		}
		i += m
	}
	return nil
}

// generator is the CPU time of making the messages alone, µs a parcel.
func (r *run) generator(o *Options) float64 {
	n := min(r.parcels, 20_000)
	start := cpuTime()
	for i := 0; i < n; i += o.Message {
		for _, k := range steps {
			r.gen.AppendMessage(make([]byte, 0, 3072*o.Message), k, uint64(i), o.Message)
		}
	}
	return float64((cpuTime() - start).Microseconds()) / float64(n)
}

func (r *run) rate() float64 {
	last := r.marks[len(r.marks)-1]
	return float64(r.parcels) / last.at.Sub(r.start).Seconds()
}

// tenth is the rate in one tenth of the run, 0 to 9.
func (r *run) tenth(k int) float64 {
	at := func(want int) mark {
		for _, m := range r.marks {
			if m.parcels >= want {
				return m
			}
		}
		return r.marks[len(r.marks)-1]
	}
	a, b := at(r.parcels*k/10), at(r.parcels*(k+1)/10)
	return float64(b.parcels-a.parcels) / b.at.Sub(a.at).Seconds()
}

func (r *run) close(ctx context.Context) error { return r.service.Close(ctx) }

// cpuTime is the CPU time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bytesWritten is what this process has caused to be written to storage; 0
// where the system does not tell.
func bytesWritten() int64 { return procField("/proc/self/io", "write_bytes:") }

// peakRSS is the most memory that this process has held, in bytes.
func peakRSS() int64 { return procField("/proc/self/status", "VmHWM:") * 1024 }

func procField(file, name string) int64 {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			v, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return v
		}
	}
	return 0
}
