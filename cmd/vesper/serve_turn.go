package main

import (
	"context"
	"log/slog"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
	"vesper/digest/publish"
)

// onlyServe refuses to run beside another serve of this machine. A send, which ends, is waited
// for, and one on another machine, in whose place this one goes on once that is gone.
func onlyServe(held *digest.HeldError) error {
	if held.Role == "serve" && held.Host == "" {
		return &exitError{exitHeld, held, "only one serve runs at a time"}
	}
	return nil
}

// sends does the service's work once this process has the lock, until ctx ends, and gives the right
// that it has then.
func (a *app) sends(
	ctx context.Context, h *house, held *digest.HeldError, right publish.Right, mine *turn, log *slog.Logger,
	pages net.Addr,
) (_ publish.Right, err error) {
	if held != nil {
		a.waitsFor(held, log, pages)
		right, err = h.publisher.Await(ctx, h.lock("serve"), onlyServe)
		if err != nil {
			return right, err
		}
		log.Info("sending from here now", "before", held)
		mine.comes()
		if err := a.sayWhen(ctx, h, log); err != nil {
			return right, err
		}
	}
	return right, a.publish(ctx, h, right, log, pages)
}

// leaveOff hands over what this machine alone did, since it is drained, and keeps the readers' pages
// up until ctx ends.
func (a *app) leaveOff(ctx context.Context, h *house, right *publish.Right, log *slog.Logger) (err error) {
	if right.Release != nil {
		err = right.Release()
		right.Release = nil
	}
	h.member.handedOver()
	log.Info("drained: nothing is sent from here; the readers' pages stay up until the service is stopped")
	a.notify("STATUS=drained")
	<-ctx.Done()
	return err
}

// turn is this machine's turn to do what one machine does for the house: with several, the
// stories and what came back would be fetched by each. It is the turn of the one that sends.
type turn struct {
	once sync.Once
	came chan struct{}
}

// turnOf gives the turn of a service that begins while held has the lock, nil if nobody has. It
// does not come to one that does not see the shared folders.
func turnOf(held *digest.HeldError, unseen *digest.UnseenError) *turn {
	t := &turn{came: make(chan struct{})}
	if unseen == nil && (held == nil || held.Host == "") {
		t.comes()
	}
	return t
}

// comes says that it is this machine's turn from now on.
func (t *turn) comes() { t.once.Do(func() { close(t.came) }) }

// serve has g do something from this machine's turn on, until ctx ends.
func (t *turn) serve(ctx context.Context, g *errgroup.Group, do func(context.Context)) {
	g.Go(func() error {
		select {
		case <-t.came:
			do(ctx)
		case <-ctx.Done():
		}
		return nil
	})
}

// waitsFor says that nothing is sent from here yet, and why.
func (a *app) waitsFor(held *digest.HeldError, log *slog.Logger, pages net.Addr) {
	if held.Host != "" {
		log.Info("standing by: another machine sends; the readers' pages are up", "pages", pages, "holder", held)
		a.notify("READY=1", "STATUS=standing by")
		return
	}
	log.Info("the readers' pages are up; nothing is sent until another process has finished", "pages", pages,
		"holder", held)
	a.notify("READY=1", "STATUS=waiting until another process has finished")
}
