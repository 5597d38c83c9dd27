package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
)

// demoCommand shows a zone with enterprises and a day of realistic traffic.
type demoCommand struct {
	Zone    string   `help:"Zone whose rule pack is used. / 综试区" default:"xinxiang"`
	Parcels int      `help:"Parcels of the day. / 包裹数" default:"20000"`
	Addr    string   `help:"Address to listen on; without a host on this machine alone. / 监听地址" default:":8080" placeholder:"HOST:PORT"`
	Once    bool     `help:"Stop after the summary. / 汇总后退出"`
	Store   string   `help:"An empty store to use and keep: sqlite:FILE or postgres://…; default a temporary one. / 存储" placeholder:"URL"`
	Key     string   `help:"Key file of the store. / 密钥文件" placeholder:"FILE"`
	Seed    uint64   `help:"Seed of the traffic: the same seed and day give the same messages. / 随机种子" default:"1"`
	Hooks   []string `help:"Networks of yours to which webhooks may go, also without TLS, such as 127.0.0.0/8. / 推送可达的自有网段" placeholder:"CIDR"`
	Day     string   `help:"Beijing day of the traffic; default today. / 演示日" placeholder:"YYYY-MM-DD"`
}

// Run serves, plays the day, prints what became of it and serves on. With
// --once an outcome that differs from the plan's makes the exit code 1.
func (c *demoCommand) Run(e *env) (err error) {
	began := e.clock.Now()
	secret := rand.Text()
	sum := sha256.Sum256([]byte(secret))
	o := demo.Options{Tokens: []zone.Token{{Name: "demo", Role: "operator", SHA256: hex.EncodeToString(sum[:])}}, Zone: c.Zone, Parcels: c.Parcels, Seed: c.Seed, Store: c.Store, Key: c.Key, Listen: local(c.Addr), Clock: e.clock, Log: e.log, Hooks: c.Hooks}
	if c.Day != "" {
		if o.Day, err = clock.ParseDay(c.Day); err != nil {
			return err
		}
	}
	d, err := demo.Open(e.ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close(context.WithoutCancel(e.ctx))) }()
	server := site.New(d.Zone)
	listener, err := server.Listen(e.ctx)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	if v := d.Zone.Config.HTTP.PublicURL; v != "" {
		url = v
	}
	fmt.Fprintf(e.err, "The first page is ready after %s: %s / 首页已可打开\n", e.clock.Now().Sub(began).Round(100*time.Millisecond), url)
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return server.Serve(ctx, listener) })
	g.Go(func() error {
		defer func() {
			if c.Once {
				stop()
			}
		}()
		return c.play(ctx, e, d, entry{url, secret, d.Password, d.Identity != nil})
	})
	if err = g.Wait(); !c.Once && e.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // asked to stop while the day was played
	}
	return err
}

// local puts a host before an address that names a port alone: with a password
// that it prints, the demonstration is for this machine.
func local(addr string) string {
	if host, port, err := net.SplitHostPort(addr); err == nil && host == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// play plays the day and prints its summary and where to look.
func (c *demoCommand) play(ctx context.Context, e *env, d *demo.Demo, in entry) error {
	bar := progressbar.NewOptions(1, progressbar.OptionSetWriter(e.err), progressbar.OptionSetDescription("当日流量 the day's messages"),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	s, err := d.Play(ctx, func(done, total int) {
		if bar.GetMax() != total {
			bar.ChangeMax(total)
		}
		_ = bar.Set(done) // a bar that can't be drawn changes nothing
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	if err := s.Write(e.out); err != nil {
		return err
	}
	if c.Once {
		if s.Differed > 0 {
			return errNotFine
		}
		return nil
	}
	folder, err := d.Samples()
	if err != nil {
		return err
	}
	return addresses(e.out, in, folder, s)
}

// entry is where the demonstration is, and what one gets in with.
type entry struct {
	url, token, password string
	consumers            bool // there is an identity provider for them
}

// addresses says where to look and how to get in.
func addresses(w io.Writer, in entry, folder string, s *demo.Summary) error {
	var b strings.Builder
	url, curl := in.url, "curl -s -H 'Authorization: Bearer "+in.token+"' "
	line := func(label, text string) { fmt.Fprintf(&b, "%s\n  %s\n", label, text) }
	b.WriteString("\n打开 Open\n")
	line("首页 Start page", url+"/   (English: "+url+"/?lang=en)")
	for _, v := range []struct {
		label  string
		number uint64
	}{{"放行的包裹 A released parcel", s.Samples.Released}, {"退单的包裹 A rejected parcel", s.Samples.Rejected},
		{"等待单证的包裹 A waiting parcel", s.Samples.Waiting}, {"在监管人员手中的包裹 A held parcel", s.Samples.Held}} {
		if v.number != 0 {
			line(v.label, fmt.Sprintf("%s/parcels/%d", url, v.number))
		}
	}
	line("接口文档 API documentation", url+"/docs   (OpenAPI: "+url+"/openapi.json)")
	line("运行状态与指标 Health and metrics", url+"/readyz   "+url+"/metrics")
	b.WriteString("\n试一试 Try\n")
	if s.Samples.Released != 0 {
		line("包裹及其决定的说明 A parcel explained", fmt.Sprintf("%s%s/v1/parcels/%d", curl, url, s.Samples.Released))
	}
	line("税款试算 A tax quote", `curl -s -H 'Content-Type: application/json' -d '{"items":[{"qty":"1","unit_price":"1000.00","vat_rate":"0.13"}]}' `+url+"/v1/quotes/import-tax")
	line("回执 Receipts", curl+"'"+url+"/v1/receipts?limit=5'")
	line("报送一个新包裹的四份报文，随即放行 Send the four messages of a new parcel: it is released",
		"for f in "+folder+"/*.xml; do "+curl+"-H 'Content-Type: application/xml' --data-binary @$f "+url+"/v1/messages; done")
	b.WriteString("\n登录 How to get in: " + url + "/sign-in\n  口令 password of all: " + in.password + "   （演示不要求双因素 no second factor is asked for in the demonstration）\n")
	for _, l := range demo.LogIns() {
		fmt.Fprintf(&b, "  %-10s %s %s\n", l.Login, l.ZH, l.EN)
	}
	if in.consumers {
		b.WriteString("  消费者 consumers: " + url + "/sign-in/sso/" + demo.IdentityProvider + "?next=/passport （选择一名虚构的消费者 choose a made-up one）\n")
	}
	b.WriteString("  接口令牌 token of the interface (operator): " + in.token + "\n")
	b.WriteString("\nCtrl-C 结束 stops.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
