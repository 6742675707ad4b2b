package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
	"vesper/digest/publish"
)

// hintOnlyServe is why a second serve of a machine is refused.
const hintOnlyServe = "only one serve runs at a time"

// onlyServe refuses to run beside another serve of this machine. A send, which ends, is waited
// for, and one on another machine, in whose place this one goes on once that is gone.
func onlyServe(held *digest.HeldError) error {
	if held.Role == "serve" && held.Host == "" {
		return &exitError{exitHeld, held, hintOnlyServe}
	}
	return nil
}

// isOnlyServe takes this machine's place of a service, for as long as the process runs: another serve is
// refused also where this one stands by, or waits for a send.
func (h *house) isOnlyServe() (leave func() error, err error) {
	leave, err = h.file.Service()
	if held, is := errors.AsType[*digest.HeldError](err); is {
		return nil, &exitError{exitHeld, held, hintOnlyServe}
	}
	return leave, err
}

// waitsOn has a service wait whoever has the lock: where a serve of this machine has it for a moment, which an
// older program's may, the one that runs does not end for that.
func waitsOn(*digest.HeldError) error { return nil }

// inTurns does what one machine does for the house whenever it is this one's turn, until ctx ends.
// right is what it has of that at any time, held who has it at first, if this one has not.
func (a *app) inTurns(
	ctx context.Context, h *house, held *digest.HeldError, right *publish.Right, mine *turn, log *slog.Logger,
	pages net.Addr,
) error {
	for {
		sending, done := h.member.sends(ctx)
		err := a.sends(sending, h, held, right, mine, log, pages)
		why := context.Cause(sending)
		done()
		switch {
		case errors.Is(why, errDrained):
			return a.leaveOff(ctx, h, right, log)
		case ctx.Err() == nil && errors.Is(err, publish.ErrLost):
			log.Warn("another machine has taken over the sending: this one stands by")
		case errors.Is(why, errUnseeing):
			log.Warn("the lock is handed over: this machine does not see a shared folder, and another one does")
		case errors.Is(why, errLate):
			log.Warn("the lock is handed over: this machine's clock is wrong, and another one's is right")
		case errors.Is(why, errUnready):
			log.Warn("the lock is handed over: this machine may send nothing, and another one may")
		case errors.Is(why, errSilent):
			log.Warn("the lock is handed over: PostgreSQL answers this machine nothing but that it has the lock")
		case errors.Is(why, errAway):
			log.Warn("the lock is handed over: this machine's letters get to no relay, and another one's may")
		default:
			return err
		}
		if err := handBack(right); err != nil {
			return err
		}
		held = &digest.HeldError{Host: "another machine"}
	}
}

// sends does the service's work once this process has the lock, until ctx ends.
func (a *app) sends(
	ctx context.Context, h *house, held *digest.HeldError, right *publish.Right, mine *turn, log *slog.Logger,
	pages net.Addr,
) (err error) {
	if held == nil || held.Host == "" {
		mine.comes(ctx)
	}
	if held != nil {
		a.waitsFor(held, log, pages)
		*right, err = h.publisher.Await(ctx, h.member.yields(h.lock("serve")), waitsOn)
		if err != nil {
			return err
		}
		log.Info("sending from here now", "before", held)
		mine.comes(ctx)
		if err := a.sayWhen(ctx, h, log); err != nil {
			return err
		}
	}
	h.member.lead(true)
	return a.publish(ctx, h, *right, log, pages)
}

// handBack gives the right to send back, if there is one.
func handBack(right *publish.Right) (err error) {
	if right.Release != nil {
		err = right.Release()
		*right = publish.Right{}
	}
	return err
}

// leaveOff hands over what this machine alone did, since it is drained, and keeps the readers' pages
// up until ctx ends.
func (a *app) leaveOff(ctx context.Context, h *house, right *publish.Right, log *slog.Logger) (err error) {
	err = handBack(right)
	h.member.handedOver()
	if h.member.tooOld() != "" {
		a.notify("STATUS=this program is too old for the database")
		<-ctx.Done()
		return err
	}
	log.Info("drained: nothing is sent from here; the readers' pages stay up until the service is stopped")
	a.notify("STATUS=drained")
	a.tellsAlone(ctx, h)
	return err
}

// turn is this machine's turn to do what one machine does for the house: with several, the
// stories and what came back would be fetched by each. It is the turn of the one that sends.
type turn struct {
	mu sync.Mutex
	// lasts is the turn that came last; changed is closed when another one comes.
	lasts   context.Context
	changed chan struct{}
}

func newTurn() *turn { return &turn{changed: make(chan struct{})} }

// comes says that it is this machine's turn until ctx ends.
func (t *turn) comes(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lasts != ctx {
		t.lasts = ctx
		close(t.changed)
		t.changed = make(chan struct{})
	}
}

// now gives the turn that lasts, and else what is closed when one comes.
func (t *turn) now() (lasts context.Context, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lasts != nil && t.lasts.Err() == nil {
		return t.lasts, nil
	}
	return nil, t.changed
}

// serve has g do something in each of this machine's turns, until ctx ends.
func (t *turn) serve(ctx context.Context, g *errgroup.Group, do func(context.Context)) {
	g.Go(func() error {
		for {
			lasts, changed := t.now()
			if lasts != nil {
				do(lasts)
				<-lasts.Done()
				continue
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return nil
			}
		}
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
