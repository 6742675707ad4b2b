package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"vesper/cmd/vesper/config"
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
// each time it is told to. One that has flaws changes nothing.
func (a *app) serveOn(ctx context.Context, force bool) error {
	h, err := a.open(ctx)
	if err != nil {
		return err
	}
	way := newDoorway()
	defer way.close()
	for {
		a.warn(h.config)
		h.publisher.Force = force
		now, looks := h.config, h.renderer.Templates
		working, again := context.WithCancelCause(ctx)
		a.onReload(func() { a.readAgain(now, way, again) })
		err = a.serve(working, h, way)
		a.onReload(nil)
		h.close()
		next, told := errors.AsType[reloaded](context.Cause(working))
		again(nil)
		if err != nil || !told || ctx.Err() != nil {
			return err
		}
		if h, err = a.build(ctx, next.config, next.looks); err != nil {
			a.logAs(now)
			a.logger().Error("can't serve with the configuration as it is now: the one before stays", "err", err)
			if h, err = a.build(ctx, now, looks); err != nil {
				return err
			}
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
func (a *app) readAgain(now *config.Config, way *doorway, end context.CancelCauseFunc) {
	log := a.logger()
	a.notify("RELOADING=1", monotonic())
	stays := func(why string, more ...any) {
		log.Error("the configuration is not reloaded", append([]any{"reason", why}, more...)...)
		a.notify("READY=1")
	}
	c, flaws, looks, err := a.read()
	switch {
	case err != nil:
		stays("it can't be read", "err", err)
		return
	case len(flaws) > 0:
		for _, f := range flaws {
			stays("it has a flaw", "flaw", f, "hint", f.Hint)
		}
		return
	case c.Path(c.Database.Path) != now.Path(now.Database.Path):
		stays("another database needs a restart", "key", "database.path")
		return
	case len(c.Examples()) > 0:
		stays("it has values of the example in it", "flaw", c.Examples()[0])
		return
	}
	if err := way.try(c.Web.Listen); err != nil {
		stays("the readers' pages can't be served there", "key", "web.listen", "err", err)
		return
	}
	log.Info("the configuration is reloaded: messages in transit are finished first",
		"changed", listed(config.Changed(now, c)))
	end(reloaded{c, looks})
}
