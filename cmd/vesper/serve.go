package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"vesper/digest"
	"vesper/subscribers/sqlite"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "The service: sends every edition at its time and serves the readers' pages",
		Long: `Opens each edition when its time has come, catches up within the grace after a
restart, finishes what is owed of every opened edition, and serves the pages
that readers' links lead to. One serve runs at a time. The first Ctrl-C or
SIGTERM finishes what is on the wire, the second one stops at once.`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			a.warn(h.config)
			return a.serve(cmd.Context(), h)
		}),
	}
}

func (a *app) serve(ctx context.Context, h *house) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	log := a.logger()
	h.logTo(log)
	lock, err := a.lockServe(ctx, h)
	if err != nil || lock == nil {
		return err
	}
	defer lock.Unlock()
	listener, err := net.Listen("tcp", h.config.Web.Listen)
	if err != nil {
		return usage(fmt.Errorf("the readers' pages: %w", err), "set listen in [web] to a free address")
	}
	defer listener.Close()
	// Editions are looked after when they are taken up; this is for the letters.
	if _, err := h.store.Recover(ctx, digest.Range{}, h.publisher.Hold, a.now()); err != nil {
		return err
	}
	var slots []string
	for _, s := range h.slots {
		slots = append(slots, s.Name)
	}
	if err := h.store.Started(ctx, slots, a.now()); err != nil {
		return err
	}
	for _, s := range h.slots {
		next, err := h.publisher.Next(ctx, s, a.now())
		if err != nil {
			return err
		}
		log.Info("scheduled", "slot", s.Name, "next", next)
	}
	if _, err := os.Stat(h.desk.Dir); err != nil {
		log.Warn("there is no desk", "err", err)
	}
	log.Info("serving", "pages", listener.Addr(), "database", h.config.Path(h.config.Database.Path))

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveHTTP(ctx, listener, a.pages(h, log)) })
	g.Go(func() error { return h.publisher.Serve(ctx) })
	g.Go(func() error { a.forget(ctx, h, log); return nil })
	err = g.Wait()
	log.Info("stopped")
	return err
}

// lockServe takes the lock beside the database. Another serve keeps it; a send
// is waited for. Nil without an error means that ctx ended first.
func (a *app) lockServe(ctx context.Context, h *house) (*sqlite.Lock, error) {
	for said := false; ctx.Err() == nil; {
		lock, err := h.store.Lock("serve")
		var held *sqlite.Held
		switch {
		case err == nil:
			return lock, nil
		case !errors.As(err, &held):
			return nil, err
		case held.Role == "serve":
			return nil, &exitError{exitHeld, held, "one serve runs at a time"}
		case !said:
			fmt.Fprintf(a.stderr, "%s; waiting for it\n", held)
			said = true
		}
		sleep(ctx, follow)
	}
	return nil, nil
}

// lastWord is how long open requests may take once the service stops.
const lastWord = 5 * time.Second

// maxConnections is how many readers' connections there are at once; more wait.
const maxConnections = 256

// serveHTTP serves until ctx ends.
func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
		defer cancel()
		s.Shutdown(ctx)
	})
	err := s.Serve(netutil.LimitListener(l, maxConnections))
	if !stop() {
		<-closed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
