package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vesper/cmd/vesper/config"
)

// freshFor is how old what the operator's pages say may be, and more where it takes long
// to look: a twentieth of the time is spent on it at most.
const freshFor = 5 * time.Second

// lookLimit is how long a look may take.
const lookLimit = 30 * time.Second

// lastLook is the standing as it was last looked at, for whoever asks often.
type lastLook struct {
	app   *app
	house *house

	mu   sync.Mutex
	is   *standing
	took time.Duration
}

func (l *lastLook) standing(ctx context.Context) (*standing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.app.now()
	if l.is != nil && !now.Before(l.is.at) && now.Sub(l.is.at) < max(freshFor, 20*l.took) {
		return l.is, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookLimit)
	defer cancel()
	s, err := l.app.standing(ctx, l.house)
	if err != nil {
		return nil, err
	}
	l.is, l.took = s, l.app.now().Sub(now)
	return s, nil
}

// admin is the operator's pages: /healthz says whether the service is alive, /readyz
// whether tonight's edition would go, /metrics has numbers for Prometheus.
func (a *app) admin(h *house, log *slog.Logger) http.Handler {
	look := &lastLook{app: a, house: h}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !h.publisher.Alive() {
			answer(w, http.StatusServiceUnavailable, "the service looks no more at what is due")
			return
		}
		answer(w, http.StatusOK, "alive")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		s, err := look.standing(r.Context())
		switch {
		case err != nil:
			log.Warn("can't look whether tonight's edition would go", "err", err)
			answer(w, http.StatusServiceUnavailable, "can't look: "+err.Error())
		case s.held != "" || s.late != "":
			answer(w, http.StatusServiceUnavailable, s.verdict())
		default:
			answer(w, http.StatusOK, s.verdict())
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry(look, log), promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 4,
	}))
	if h.config.Admin.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func answer(w http.ResponseWriter, code int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	fmt.Fprintln(w, printable(line))
}

// openAdmin opens the operator's pages, and says whether they are there.
func (a *app) openAdmin(h *house, way *doorway, log *slog.Logger) (bool, error) {
	at := h.config.Admin.Listen
	if at == config.Off {
		way.shut()
		return false, nil
	}
	if err := tryAdmin(h.config, way); err != nil {
		return false, usage(fmt.Errorf("the operator's pages: %w", err),
			listenHint(err, "[admin]")+`, or to "off"`)
	}
	if _, err := way.open(at, nil, log); err != nil {
		way.shut()
		log.Info("no /healthz, /readyz and /metrics: another process has the address", "listen", at)
		return false, nil
	}
	return true, nil
}

// tryAdmin looks whether the operator's pages can be served. An address that nobody chose
// may be taken by another Vesper on this machine: they are left out then.
func tryAdmin(c *config.Config, way *doorway) error {
	if c.Admin.Listen == config.Off {
		return nil
	}
	err := way.try(c.Admin.Listen)
	chosen := c.Given("admin.listen") || c.Admin.Listen != config.Default("").Admin.Listen
	if errors.Is(err, syscall.EADDRINUSE) && !chosen {
		return nil
	}
	return err
}
