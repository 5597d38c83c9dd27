package zone

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// measure publishes the counters of the core and the state of the program.
func (z *Zone) measure() {
	s := z.Intake.Stats()
	counter := func(name, help string, load func() uint64) {
		z.Metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "pilotzone", Name: name, Help: help},
			func() float64 { return float64(load()) }))
	}
	gauge := func(name, help string, labels prometheus.Labels, load func() float64) {
		z.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "pilotzone", Name: name, Help: help, ConstLabels: labels}, load))
	}
	counter("messages_total", "Messages taken in since the start (受理报文数).", s.Messages.Load)
	counter("documents_total", "Documents taken in since the start (受理单证数).", s.Documents.Load)
	counter("decisions_total", "Decisions made durable since the start (已落盘决定数).", s.Decisions.Load)
	counter("commits_total", "Commits of the journal since the start.", s.Commits.Load)
	counter("received_bytes_total", "Bytes of messages taken in since the start.", s.Bytes.Load)
	counter("refused_messages_total", "Messages refused as a whole since the start (整体退回报文数).", s.Refused.Load)
	for _, p := range []int{50, 90, 99} {
		gauge("commit_seconds", "Duration of the last commits, by percentile.", prometheus.Labels{"quantile": "0." + strconv.Itoa(p)},
			func() float64 { return s.CommitTimes.Percentile(p).Seconds() })
	}
	gauge("queue_messages", "Messages waiting to be decoded (排队报文数).", nil, func() float64 { n, _ := z.Intake.Queued(); return float64(n) })
	gauge("durable_decision", "Number of the last durable decision.", nil, func() float64 { return float64(z.Intake.Durable()) })
	gauge("healthy", "1 while the store takes commits, else 0.", nil, func() float64 {
		if z.Intake.Healthy() != nil {
			return 0
		}
		return 1
	})
	z.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}
