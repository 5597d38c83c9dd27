package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"pilotzone/ceb"
	"pilotzone/ceb/dsig"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// messageDocs is the size of the messages over HTTP and of signed ones.
const messageDocs = 100

// secret is the token of the sender: the zone lives as long as the run.
const secret = "bench"

// overHTTP posts messages of 100 documents on loopback from four clients a
// core to a whole zone - access, limits, search index and all, as `serve` runs
// it - and counts the parcels that were answered.
func (o *Options) overHTTP(ctx context.Context) (rate float64, err error) {
	z, gen, err := o.zone(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, z.Close(ctx)) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: api.New(z, api.Gate(z)).Handler(), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) //nolint:errcheck // ends with Close
	defer server.Close()
	url := "http://" + listener.Addr().String()
	groups := max(20, min(1500, o.Parcels/messageDocs/4))
	start := time.Now()
	next := make(chan int)
	errs := make(chan error, 16)
	var wg sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for g := range next {
				if err := postGroup(ctx, url, gen, uint64(g*messageDocs)); err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		}()
	}
	for g := range groups {
		next <- g
		o.Progress("HTTP", g+1, groups)
	}
	close(next)
	wg.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
	}
	return float64(groups*messageDocs) / time.Since(start).Seconds(), nil
}

// zone opens a whole zone with the traffic's enterprises and deposits.
func (o *Options) zone(ctx context.Context) (*zone.Zone, *traffic.Gen, error) {
	c := zone.Default()
	c.Store, c.Holder, c.Clock = "sqlite:"+filepath.Join(o.Dir, "http.db"), "bench", clock.NewFixed(day.Time().Add(10*time.Hour))
	c.Log = slog.New(slog.DiscardHandler)
	sum := sha256.Sum256([]byte(secret))
	c.HTTP.Rate, c.HTTP.Burst = 1e6, 1e6
	c.HTTP.Tokens = []zone.Token{{Name: "bench", Role: "operator", SHA256: hex.EncodeToString(sum[:])}}
	z, err := zone.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	gen, err := traffic.New(traffic.Options{Seed: 1, Day: day, Buyers: 500_000, Modes: traffic.ImportModes()})
	if err == nil {
		err = fileZone(ctx, z, gen)
	}
	if err != nil {
		return nil, nil, errors.Join(err, z.Close(ctx))
	}
	return z, gen, nil
}

func fileZone(ctx context.Context, z *zone.Zone, gen *traffic.Gen) error {
	filings, err := demo.Filings(gen.Zone(), day)
	if err != nil {
		return err
	}
	if err := z.File(ctx, registry.Author{By: "bench"}, filings...); err != nil {
		return err
	}
	for _, d := range gen.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount), Memo: "bench"}.Encode()
		if _, err := z.Intake.Command(ctx, clearance.Deposit, body); err != nil {
			return err
		}
	}
	return nil
}

func postGroup(ctx context.Context, url string, gen *traffic.Gen, from uint64) error {
	for _, k := range steps {
		data, _ := gen.AppendMessage(nil, k, from, messageDocs)
		for {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/messages", bytes.NewReader(data))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/xml")
			req.Header.Set("Authorization", "Bearer "+secret)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				return err
			}
			if resp.StatusCode == http.StatusTooManyRequests {
				time.Sleep(20 * time.Millisecond)
				continue
			}
			if resp.StatusCode >= 300 {
				return fmt.Errorf("%s: %s", resp.Status, body[:min(len(body), 300)])
			}
			break
		}
	}
	return nil
}

// verifier checks every message's signature, as the policy "required" does.
type verifier struct{ now time.Time }

func (v verifier) Judge(m *ceb.Message, _ time.Time) []clearance.Reason {
	if r := dsig.Verify(m.Raw, dsig.Options{Now: v.now}); !r.OK() {
		return []clearance.Reason{clearance.Say("PZ4001")}
	}
	return nil
}

// signed measures messages of 100 documents with one RSA signature each
// against the same without. Signing is done beforehand, a slice at a time, and
// its time is not counted.
func (o *Options) signed(ctx context.Context) (with, without float64, err error) {
	signer, err := rsaSigner()
	if err != nil {
		return 0, 0, err
	}
	groups := max(20, min(200, o.Parcels/messageDocs/4))
	with, err = o.signedRun(ctx, "signed", verifier{day.Time()}, groups, func(data []byte) ([]byte, error) { return dsig.Sign(data, signer) })
	if err != nil {
		return 0, 0, err
	}
	without, err = o.signedRun(ctx, "unsigned", nil, groups, nil)
	return with, without, err
}

func (o *Options) signedRun(ctx context.Context, name string, judge intake.Judge, groups int, sign func([]byte) ([]byte, error)) (float64, error) {
	run, stop, err := o.side(ctx, name, judge)
	if err != nil {
		return 0, err
	}
	defer stop()
	gen, err := traffic.New(traffic.Options{Seed: 1, Day: clock.Day(day), Buyers: 500_000, Modes: traffic.ImportModes(), Unsigned: sign != nil})
	if err != nil {
		return 0, err
	}
	var spent time.Duration
	for g := 0; g < groups; {
		var slice [][]byte
		for ; g < groups && len(slice) < 80; g++ {
			for _, k := range steps {
				data, _ := gen.AppendMessage(nil, k, uint64(g*messageDocs), messageDocs)
				if sign != nil {
					if data, err = sign(data); err != nil {
						return 0, err
					}
				}
				slice = append(slice, data)
			}
		}
		took, err := run.push(ctx, slice)
		if err != nil {
			return 0, err
		}
		spent += took
		o.Progress(name, g, groups)
	}
	return float64(groups*messageDocs) / spent.Seconds(), nil
}

// push sends ready messages and waits until all of them are durable.
func (r *run) push(ctx context.Context, messages [][]byte) (time.Duration, error) {
	start := time.Now()
	waiting := make([]intake.Pending, 0, len(messages))
	for _, m := range messages {
		p, err := r.service.EnqueueWait(ctx, m, true)
		if err != nil {
			return 0, err
		}
		waiting = append(waiting, p)
	}
	for _, p := range waiting {
		if _, err := p.Wait(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// rsaSigner is a signer with a key and certificate of its own, for the run alone.
func rsaSigner() (dsig.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: day.Time().AddDate(-1, 0, 0), NotAfter: day.Time().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return dsig.NewRSASigner(key, der)
}
