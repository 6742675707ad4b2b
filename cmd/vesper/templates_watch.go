package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// watchAt is where the page of "templates watch" is shown if nobody says where.
const watchAt = "127.0.0.1:8027"

// savedEvery is how often the files are looked at. To ask for their times costs next to
// nothing with a few dozen files, works alike on every system and on folders of a network,
// and sees an editor that puts a new file in place of the old one. Being told by the system
// does none of that without a library for each of them.
const savedEvery = 500 * time.Millisecond

func (a *app) templatesWatchCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show the edition with your templates on a page that reloads as you save",
		Long: `Renders the edition with the templates, words and colours of your configuration, and
shows it on a page of this machine: light and dark, as wide as it likes and as on a
phone, and as plain text. The articles are those of the next edition if the desk has
some, else made-up ones.

Whenever a file of the templates' folder or the configuration is saved, it renders
anew, and the page reloads by itself. What fails is said above, with file and line,
and what rendered last stays below. Nothing is sent or recorded. Ctrl-C ends it.`,
		Example: `  vesper templates watch
  vesper templates watch --listen 127.0.0.1:9000`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return a.watchTemplates(cmd.Context(), listen, cmd.Flags().Changed("listen"))
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", watchAt, "show the page at this `HOST:PORT` of this machine")
	return cmd
}

// watchTemplates shows the templates until ctx ends.
func (a *app) watchTemplates(ctx context.Context, listen string, asked bool) error {
	c, err := a.loadForTemplates()
	if err != nil {
		return err
	}
	if c.Templates.Dir == "" {
		return usage(errors.New("dir is missing from [templates]: there are no templates of your own to watch"),
			`"vesper templates dump templates" writes a folder of them; then set dir = "templates" in [templates]`)
	}
	if err := namesFolder("dir in [templates]", c.Path(c.Templates.Dir)); err != nil {
		return err
	}
	l, err := listenHere(ctx, listen, asked)
	if err != nil {
		return err
	}
	w := &watcher{app: a, dir: c.Path(c.Templates.Dir)}
	w.load(ctx)
	a.tell("the page: http://%s/  (Ctrl-C ends it)\n", l.Addr())
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error { return serveHTTP(working, l, w.pages(), a.quiet()) })
	g.Go(func() error {
		tick := time.NewTicker(savedEvery)
		defer tick.Stop()
		for {
			select {
			case <-working.Done():
				return nil
			case <-tick.C:
				w.look(working)
			}
		}
	})
	return g.Wait()
}

// listenHere listens on loopback alone: the page has no password. Where an address that
// nobody asked for is taken, it is a free port.
func listenHere(ctx context.Context, address string, asked bool) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usage(fmt.Errorf("--listen: %w", err), "for example: --listen "+watchAt)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if at, err := netip.ParseAddr(host); err != nil || !at.IsLoopback() {
		return nil, usage(fmt.Errorf("--listen: %s is not on loopback: the page is for this machine alone", address), "")
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) && !asked {
		l, err = c.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, usage(fmt.Errorf("--listen: %w", err), "name a free port, or 0 for any")
	}
	return l, nil
}
