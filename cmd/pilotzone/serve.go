package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"pilotzone/internal/face/drop"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
)

// serveCommand runs the service until it is told to stop.
type serveCommand struct {
	Config string `help:"Configuration file in YAML. / 配置文件" placeholder:"FILE"`
	Store  string `help:"Where the facts are: sqlite:FILE or postgres://…; overrides the file. / 存储" placeholder:"URL"`
	Key    string `help:"Key file; overrides the file. / 密钥文件" placeholder:"FILE"`
	Addr   string `help:"Address to listen on; overrides the file. / 监听地址" placeholder:"HOST:PORT"`
	Drop   string `help:"Folder of the file drop; overrides the file. / 文件投递目录" placeholder:"DIR"`
}

// Run opens the zone, serves, and closes everything in order.
func (c *serveCommand) Run(e *env) (err error) {
	config := zone.Default()
	if c.Config != "" {
		if config, err = zone.Load(c.Config); err != nil {
			return err
		}
	}
	for _, o := range []struct{ from, to *string }{{&c.Store, &config.Store}, {&c.Key, &config.Key}, {&c.Addr, &config.HTTP.Listen}, {&c.Drop, &config.Drop.Folder}} {
		if *o.from != "" {
			*o.to = *o.from
		}
	}
	config.Clock, config.Log, config.Notice, config.Holder = e.clock, e.log, e.err, "pilotzone serve"
	z, err := zone.Open(e.ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close(context.WithoutCancel(e.ctx))) }()
	return serve(e, z)
}

// serve runs the interfaces of a zone until the context ends: API and pages over
// HTTP, and the file drop where there is one.
func serve(e *env, z *zone.Zone) error {
	server := site.New(z)
	listener, err := server.Listen(e.ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "pilotzone serves http://%s (documentation: http://%[1]s/docs) / 服务已启动\n", listener.Addr())
	code, err := z.Accounts.SetupCode(e.ctx)
	if err != nil {
		return err
	}
	if code != "" {
		at := z.Config.HTTP.PublicURL
		if at == "" {
			at = "http://" + listener.Addr().String()
		}
		fmt.Fprintf(e.err, "There is no account yet. Make the first administrator at %s/set-up with the code %s, good once / 尚无账号，请用此一次性代码建立第一个管理员\n", strings.TrimSuffix(at, "/"), code)
	}
	g, ctx := errgroup.WithContext(e.ctx)
	g.Go(func() error { return server.Serve(ctx, listener) })
	if z.Config.Drop.Folder != "" {
		g.Go(func() error { return drop.New(z).Run(ctx) })
	}
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case err := <-z.Failed():
			// Clearance goes on; what stopped is said and stays behind.
			e.log.Error("the service goes on without a part of it (部分功能已停止)", "error", err)
		}
		return nil
	})
	if err := g.Wait(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
