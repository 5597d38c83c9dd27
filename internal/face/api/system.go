package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pilotzone/internal/kernel/access"
)

type healthOutput struct {
	Body struct {
		Status string `json:"status" enum:"ok"`
	}
}

type readyOutput struct {
	Body struct {
		Status   string `json:"status" enum:"ok"`
		Decision uint64 `json:"decision" doc:"Last durable decision."`
		Indexed  uint64 `json:"indexed" doc:"Last decision in the search index."`
		Queue    int    `json:"queue" doc:"Messages waiting."`
		Packs    string `json:"packs"`
	}
}

func (s *Server) addSystem() {
	add(s, huma.Operation{OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"system"}, Summary: "The process answers / 存活检查"}, access.Public,
		func(context.Context, *struct{}) (*healthOutput, error) {
			out := &healthOutput{}
			out.Body.Status = "ok"
			return out, nil
		})
	add(s, huma.Operation{OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Tags: []string{"system"}, Summary: "Messages can be taken in / 就绪检查", Errors: []int{503}}, access.Public, s.ready)
	text := map[string]*huma.Response{"200": {Description: "Metrics in the text form of Prometheus.", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}}}}
	s.addPlain(huma.Operation{OperationID: "metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{"system"}, Summary: "Metrics / 监控指标", Responses: text}, access.SystemRead,
		promhttp.HandlerFor(s.zone.Metrics, promhttp.HandlerOpts{}).ServeHTTP)
}

func (s *Server) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	select {
	case <-s.stopping:
		return nil, problem(503, "closing", "服务正在停止", "the service is shutting down", "改用其他节点", "use another node").after(5)
	default:
	}
	if err := s.zone.Intake.Healthy(); err != nil {
		s.log.WarnContext(ctx, "not ready", "error", err)
		return nil, problem(503, "unavailable", "存储不可用", "the store can't be written", "服务会自行恢复", "the service recovers by itself").after(5)
	}
	out := &readyOutput{}
	out.Body.Status, out.Body.Decision, out.Body.Packs = "ok", s.zone.Intake.Durable(), s.zone.Intake.Rules().Set().Version()
	out.Body.Queue, _ = s.zone.Intake.Queued()
	var err error
	out.Body.Indexed, err = s.zone.Lookup.Position(ctx)
	return out, err
}
