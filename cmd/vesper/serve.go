package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"vesper/digest"
)

func (a *app) serveCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "The service: sends every edition at its time and serves the readers' pages",
		Long: `Opens each edition when its time has come, catches up within the grace after a
restart, finishes what is owed of every opened edition, and serves the pages
that readers' links lead to. One serve runs at a time. The first Ctrl-C or
SIGTERM finishes what is on the wire, the second one stops at once.

The clock is watched. If it jumps forward, nothing is opened or given up until
it has kept the new time for two minutes. If it is more than two hours behind
the database when the service starts, nothing is sent until it is right.`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			a.warn(h.config)
			h.publisher.Force = force
			return a.serve(cmd.Context(), h)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "believe a clock that is behind the database")
	return cmd
}

func (a *app) serve(ctx context.Context, h *house) error {
	if h.unsigned != nil {
		return h.unsigned
	}
	log := a.logger()
	h.logTo(log)
	release, err := h.publisher.Await(ctx, h.lock("serve"), a.waitForLock())
	if err != nil || release == nil {
		return ended(ctx, err)
	}
	defer release()
	listener, err := net.Listen("tcp", h.config.Web.Listen)
	if err != nil {
		return usage(fmt.Errorf("the readers' pages: %w", err), "set listen in [web] to a free address")
	}
	defer listener.Close()
	if err := a.sayWhen(ctx, h, log); err != nil {
		return err
	}
	if moved := h.file.Moved(); moved != "" {
		log.Warn("the database was last sent from elsewhere: what still runs there sends everything a second time",
			"last", moved)
	}
	if _, err := os.Stat(h.desk.Dir); err != nil {
		log.Warn("there is no desk", "err", err)
	}
	log.Info("serving", "pages", listener.Addr(), "database", h.config.Path(h.config.Database.Path))

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveHTTP(ctx, listener, a.pages(h, log)) })
	g.Go(func() error { h.publisher.Serve(ctx); return nil })
	g.Go(func() error { a.door(h, log).ForgetSilent(ctx); return nil })
	err = g.Wait()
	log.Info("stopped")
	return err
}

// ended gives no error for one that only says that the service was told to stop.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// sayWhen records that the service runs with these slots, and logs when each comes
// next.
func (a *app) sayWhen(ctx context.Context, h *house, log *slog.Logger) error {
	var names []string
	for _, s := range h.publisher.Slots {
		names = append(names, s.Name)
	}
	if err := h.book.Started(ctx, names, a.now()); err != nil {
		return err
	}
	for _, s := range h.publisher.Slots {
		next, err := h.publisher.Next(ctx, s)
		if err != nil {
			return err
		}
		log.Info("scheduled", "slot", s.Name, "next", next)
	}
	return nil
}

// waitForLock says who has the lock beside the database. Another serve keeps it; a
// send is waited for.
func (a *app) waitForLock() func(*digest.HeldError) error {
	said := false
	return func(held *digest.HeldError) error {
		if held.Role == "serve" {
			return &exitError{exitHeld, held, "one serve runs at a time"}
		}
		if !said {
			fmt.Fprintf(a.stderr, "%s; waiting for it\n", held)
			said = true
		}
		return nil
	}
}

// lastWord is how long open requests may take once the service stops.
const lastWord = 5 * time.Second

// maxConnections is how many readers' connections there are at once; more wait.
const maxConnections = 256

// serveHTTP serves until ctx ends.
func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second,
		WriteTimeout: 90 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
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
