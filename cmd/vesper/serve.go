package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/publish"
)

func (a *app) serveCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service: send every edition at its time, serve the readers' pages",
		Long: `Asks the feeds every ten minutes. Opens each edition at its time, or within its
grace after a restart, and sends it until it is done. Serves the pages that links in
emails lead to. Only one serve runs at a time on a machine. Of several machines with one
database on PostgreSQL each sends its part of every edition; one opens them and mails letters,
and another one goes on when it is gone. One that does not see the folders which all share
opens nothing until it does, and one that starts so sends nothing either.

The first Ctrl-C or SIGTERM finishes the messages in transit, then ends; a second one ends
at once. The pages are up until then, and also while serve waits for "vesper edition send"
to end.

SIGHUP reads the configuration again, and the log names the keys that changed. One with
flaws changes nothing. On a terminal SIGHUP ends serve, as SIGTERM does. A service
manager is told when it serves (sd_notify).

The clock is watched. If it jumps forward, nothing is opened or given up until the
new time has held for two minutes. If it is more than two hours behind the database
at the start, nothing is sent until it is right.`,
		Example: "  vesper serve\n  vesper serve --config /etc/vesper/vesper.toml",
		Args:    cobra.NoArgs,
		RunE:    does(func(cmd *cobra.Command, _ []string) error { return a.serveOn(cmd.Context(), force) }),
	}
	cmd.Flags().BoolVar(&force, "force", false, "trust a clock that is behind the database")
	return cmd
}

// serve runs until ctx ends. The readers' pages are up all the while: before the
// lock is free, and until what is on the wire has come to its end.
func (a *app) serve(ctx context.Context, h *house, ways doorways) (err error) {
	begun := false
	var bounces net.Listener
	defer func() {
		if begun {
			return
		}
		if bounces != nil {
			bounces.Close()
		}
		if err != nil {
			err = &unbegunError{err}
		}
	}()
	log := a.logger()
	h.logTo(log)
	unseen, err := a.seesToServe(ctx, h, log)
	if err == nil {
		err = a.mayServe(h, unseen)
	}
	if err != nil {
		return err
	}
	var right publish.Right
	var held *digest.HeldError
	if unseen == nil {
		if right, err = h.lock("serve")(); errors.As(err, &held) {
			err = onlyServe(held)
		}
	}
	if err != nil {
		return err
	}
	// The next serve finds the port free, since the lock is given back last.
	defer func() {
		if right.Release != nil {
			right.Release()
		}
	}()
	anew := func() bool { return begunAnew(ctx) }
	bounces, err = a.bouncesDoor(h)
	if err != nil {
		return err
	}

	watched, err := a.openAdmin(h, ways.operators, log)
	if err != nil {
		return err
	}

	g, working := errgroup.WithContext(ctx)
	up, down := context.WithCancel(context.WithoutCancel(ctx))
	defer down()
	door := a.door(h, log)
	pages := a.readersPages(h, door, log)
	hooks, err := a.webhooks(h, log)
	if err != nil {
		return err
	}
	if hooks != nil {
		pages.Hooks = hooks
	}
	if held == nil && unseen == nil {
		// Who sees the pages may rely on what comes next.
		if err := ended(ctx, a.sayWhen(ctx, h, log)); err != nil {
			return err
		}
	}
	// Readers come in last: until here nothing has changed for them.
	counted := func(l net.Listener) *counter { return a.counted(h, l, log) }
	at, err := ways.readers.open(h.config.Web.Listen, counted, log)
	if err != nil {
		return usage(fmt.Errorf("the readers' pages: %w", err), listenHint(err, "[web]"))
	}
	begun = true
	g.Go(func() error { return ways.readers.receive(up, inTime(pages.Handler()), anew) })
	if watched {
		g.Go(func() error { return ways.operators.receive(up, inTime(a.admin(h, log)), anew) })
	}
	// What is entered while the pages are up is looked at, or waits for the next start.
	g.Go(func() error { door.AnswerSignUps(up); return nil })
	// Who leaves is written down for a restored backup, to the end.
	defer h.catchUp(context.WithoutCancel(ctx), true)
	g.Go(func() error { h.journal.Serve(up, h.file.Departed()); return nil })
	// So is what came back.
	g.Go(func() error { h.returns.Serve(up); return nil })
	if h.folders != nil {
		g.Go(func() error { a.watchHouse(working, h, log); return nil })
	}
	if h.member != nil && unseen == nil {
		// Editions are every machine's, whichever opens them.
		h.member.role = "serve"
		g.Go(func() error { defer h.member.Attend(up)(); <-working.Done(); return nil })
	}
	mine := newTurn()
	if mailbox := a.bouncesMailbox(h, log); mailbox != nil {
		mine.serve(working, g, mailbox.Serve)
	}
	if bounces != nil {
		g.Go(func() error { return a.takeBounces(up, h, bounces, log) })
	}
	g.Go(func() error {
		defer down()
		if unseen != nil {
			a.untilSeen(working, h, unseen, log, at)
			return nil
		}
		return ended(working, a.inTurns(working, h, held, &right, mine, log, at))
	})
	g.Go(func() error { door.ForgetSilent(working); return nil })
	g.Go(func() error { a.watchdog(working, h.publisher.Alive); return nil })
	if len(h.gatherer.Feeds) > 0 {
		mine.serve(working, g, h.gatherer.Serve)
	}
	g.Go(func() error {
		<-working.Done()
		h.ends()
		if !anew() {
			a.notify("STOPPING=1")
		}
		log.Info("stopping: messages in transit are finished first, then the readers' pages close",
			"messages", h.publisher.Deliverer.UnderWay(), "seconds", deliver.Drain.Seconds())
		return nil
	})
	err = g.Wait()
	log.Info("stopped")
	return err
}

// publish does the service's work, with the lock in hand, until ctx ends.
func (a *app) publish(
	ctx context.Context, h *house, right publish.Right, log *slog.Logger, pages net.Addr,
) error {
	if moved := h.file.Moved(); moved != "" {
		log.Warn("the database was last used to send from elsewhere: if Vesper still runs there, everything is sent twice",
			"last", moved)
	}
	if _, err := os.Stat(h.desk.Dir); err != nil && h.folders == nil {
		log.Warn("can't read the desk", "err", err)
	}
	log.Info("serving", "pages", pages, "database", h.config.Place())
	a.notify("READY=1", "STATUS=serving")
	ctx, done := right.Hold(ctx)
	defer done()
	var telling sync.WaitGroup
	telling.Go(func() { a.tellRelays(ctx, h, log) })
	telling.Go(func() { a.keepBackups(ctx, h, log, h.backedUp(ctx)) })
	telling.Go(func() { h.alarms.Serve(ctx) })
	h.publisher.Serve(ctx)
	telling.Wait()
	if publish.IsLost(ctx) {
		return publish.ErrLost
	}
	return nil
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
	timetables := map[string]string{}
	for _, s := range h.publisher.Slots {
		timetables[s.Name] = s.Timetable()
	}
	if err := h.book.Started(ctx, timetables, a.now()); err != nil {
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
