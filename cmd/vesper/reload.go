package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/templates"
)

// hangups gives what SIGHUP does: it stops whatever runs, softly, as the others do. But a
// service that no terminal belongs to is told by it to read its configuration again.
func (a *app) hangups(stop func()) (quiet func()) {
	hup := make(chan os.Signal, 1)
	if signal.Ignored(syscall.SIGHUP) {
		return func() {}
	}
	signal.Notify(hup, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-hup:
				if reload := a.reload.Load(); reload != nil {
					(*reload)()
				} else {
					stop()
				}
			case <-ended:
				return
			}
		}
	}()
	return func() { signal.Stop(hup); close(ended) }
}

// onTerminal says whether a terminal belongs to the process, wherever its output goes: who
// closes it means to end the process.
func onTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	tty.Close()
	return true
}

// reloaded ends a service that begins anew with another configuration.
type reloaded struct {
	config *config.Config
	looks  *templates.Set
}

func (reloaded) Error() string { return "the configuration was read again" }

// serveOn serves until ctx ends, and begins anew with the configuration as it is by then
// each time it is told to. One that has flaws, or that nothing can be served with, changes
// nothing.
func (a *app) serveOn(ctx context.Context, force bool) error {
	// Who asks while the service ends or begins is heard when it runs again.
	asked := make(chan struct{}, 1)
	again := func() {
		select {
		case asked <- struct{}{}:
		default:
		}
	}
	a.onReload(again)
	defer a.onReload(nil)
	h, err := a.openToServe(ctx)
	if err != nil {
		return err
	}
	leave, err := h.isOnlyServe()
	if err != nil {
		h.close()
		return err
	}
	defer leave()
	ways := doorways{newDoorway(), newDoorway()}
	defer ways.readers.close()
	defer ways.operators.close()
	// before is what was served with until now, if it is not known yet that the next is
	// better.
	var before *reloaded
	for {
		a.warn(h.config.Warnings())
		h.publisher.Force, h.again = force, again
		now := reloaded{h.config, h.renderer.Templates}
		working, anew := context.WithCancelCause(ctx)
		var listening sync.WaitGroup
		listening.Go(func() { a.readWhenAsked(working, asked, h.member, now.config, ways, anew) })
		err = a.serve(working, h, ways)
		h.close()
		anew(nil)
		listening.Wait()
		next, told := errors.AsType[reloaded](context.Cause(working))
		_, unbegun := errors.AsType[*unbegunError](err)
		switch {
		case ctx.Err() != nil:
			return err
		case unbegun && before != nil:
			next, before = *before, nil
			a.sayStays(next.config, err)
		case err != nil || !told:
			return err
		default:
			before = &now
		}
		if h, err = a.build(ctx, next.config, next.looks); err != nil && before != nil {
			next, before = *before, nil
			a.sayStays(next.config, err)
			h, err = a.build(ctx, next.config, next.looks)
		}
		if err != nil {
			return err
		}
	}
}

// sayStays says why a configuration is not taken, as the one before logs.
func (a *app) sayStays(before *config.Config, err error) {
	a.logAs(before)
	hint := ""
	if e, ok := errors.AsType[*exitError](err); ok {
		hint = e.hint
	}
	a.logger().Error("can't serve with the configuration as it is now: the one before stays", "err", err, "hint", hint)
}

// unbegunError says that a service has not begun: nothing was sent.
type unbegunError struct{ error }

func (e *unbegunError) Unwrap() error { return e.error }

// readWhenAsked reads the configuration each time it is asked to, until one ends the
// service or ctx ends.
func (a *app) readWhenAsked(
	ctx context.Context, asked <-chan struct{}, m *member, now *config.Config, ways doorways,
	end context.CancelCauseFunc,
) {
	for ctx.Err() == nil {
		select {
		case <-asked:
			a.readAgain(m, now, ways, end)
		case <-ctx.Done():
		}
	}
}

// onReload sets what SIGHUP does while the service runs; nil takes that back.
func (a *app) onReload(reload func()) {
	switch {
	case a.reload == nil || onTerminal():
	case reload == nil:
		a.reload.Store(nil)
	default:
		a.reload.Store(&reload)
	}
}

// begunAnew says whether a service ends since it begins anew.
func begunAnew(ctx context.Context) bool {
	_, anew := errors.AsType[reloaded](context.Cause(ctx))
	return anew
}

// readAgain reads the configuration, and ends the service with what it has read. The log
// names the keys that are changed; templates, keys and passwords are read anew in any case.
func (a *app) readAgain(m *member, now *config.Config, ways doorways, end context.CancelCauseFunc) {
	log := a.logger()
	a.notify("RELOADING=1", monotonic())
	stays := func(why string, more ...any) {
		log.Error("the configuration is not reloaded", append([]any{"reason", why}, more...)...)
		a.notify("READY=1")
	}
	if why := m.tooOld(); why != "" {
		stays(why)
		return
	}
	if m.isToLeave() {
		// What begins anew would send again, and nobody said so.
		stays("this machine is drained; one that is started again sends again")
		return
	}
	c, flaws, looks, err := a.read()
	switch {
	case err != nil:
		stays("it can't be read", "err", err)
		return
	case len(flaws) > 0:
		for _, f := range flaws {
			stays("it has a flaw", "flaw", digest.WithoutAddresses(f.Error()), "hint",
				digest.WithoutAddresses(f.Hint))
		}
		return
	case c.Path(c.Database.Path) != now.Path(now.Database.Path):
		stays("another database needs a restart", "key", "database.path")
		return
	case c.Database.URL != now.Database.URL: // its password may be a new one
		stays("another database needs a restart", "key", "database.url")
		return
	case len(c.Examples()) > 0:
		stays("it has values of the example in it", "flaw", c.Examples()[0])
		return
	}
	if err := ways.readers.try(c.Web.Listen); err != nil {
		stays("the readers' pages can't be served there", "key", "web.listen", "err", err)
		return
	}
	if err := tryAdmin(c, ways.operators); err != nil {
		stays("the operator's pages can't be served there", "key", "admin.listen", "err", err)
		return
	}
	log.Info("the configuration is reloaded: messages in transit are finished first",
		"changed", listed(config.Changed(now, c)))
	end(reloaded{c, looks})
}
