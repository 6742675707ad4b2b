package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/mailbox"
	"vesper/digest/publish"
	"vesper/subscribers"
	"vesper/subscribers/door"
	"vesper/templates"
)

//go:embed samples/*.txt
var samples embed.FS

// demoReaders are the demo's subscribers. The first one has chosen plain text: the
// mailbox opens on what came last, which is to be the designed copy.
var demoReaders = []string{"ada@reader.example", "grace@reader.example", "linus@reader.example"}

type demoFlags struct {
	once               bool
	desk, listen, feed string
	allowed            []string
}

func (a *app) demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it now, no set-up: an edition, three readers, a mailbox",
		Long: `Makes a temporary folder with sample articles and three subscribers. Sends them the
edition over SMTP to a mailbox on this machine, and shows the emails on a page.
Nothing leaves this machine.`,
		Example: `  vesper demo
  vesper demo --once
  vesper demo --desk ./articles
  vesper demo --feed https://www.news.example/`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), f) }),
	}
	cmd.Flags().BoolVar(&f.once, "once", false, "send, print each delivery with the path of its .eml file, then exit")
	cmd.Flags().StringVar(&f.desk, "desk", "", "take the articles from this `DIR`, whatever their date")
	cmd.Flags().StringVar(&f.listen, "listen", "", "show the page at this `ADDR` (default 127.0.0.1:8025, or a free port)")
	cmd.Flags().StringVar(&f.feed, "feed", "", "take the newest stories of this site or feed, a `URL` or a file")
	cmd.Flags().StringArrayVar(&f.allowed, "allow-private", nil,
		"fetch from this `RANGE` of private addresses too, such as 127.0.0.0/8 (may be given several times)")
	cmd.MarkFlagsMutuallyExclusive("desk", "feed")
	return cmd
}

func (a *app) demo(ctx context.Context, f demoFlags) error {
	pages, err := demoListener(f.listen)
	if err != nil {
		return usage(fmt.Errorf("--listen: %w", err), "such as 127.0.0.1:8025")
	}
	defer pages.Close()
	home, err := os.MkdirTemp("", "vesper-demo-")
	if err != nil {
		return noTemporary(err)
	}
	desk, err := demoDesk(home, f.desk)
	if err == nil && f.feed != "" {
		desk, err = a.deskOfFeed(ctx, home, f)
	}
	if err != nil {
		return err
	}
	smtp, err := mailbox.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	box := &mailbox.Mailbox{Dir: filepath.Join(home, "mail"), Now: a.now, Log: a.quiet()}
	c := demoConfig(home, desk, pages.Addr().String(), smtp.Addr().(*net.TCPAddr).Port)
	h, err := a.build(ctx, c, templates.BuiltIn())
	if err != nil {
		return err
	}
	defer h.close()
	h.publisher.Source = anyTime{h.desk, a.now().Add(-time.Minute)}

	// The mailbox and the pages outlive the work, and end with it.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, serving := errgroup.WithContext(ctx)
	g.Go(func() error { return box.Serve(serving, smtp) })
	err = a.demoEdition(serving, h, box)
	if err == nil && !f.once {
		door := a.door(h, a.quiet())
		g.Go(func() error {
			return serveHTTP(serving, a.counted(h, pages, a.quiet()), a.demoPages(h, door, box), a.quiet())
		})
		g.Go(func() error { door.AnswerSignUps(serving); return nil })
		right, err := h.lock("demo")()
		if err != nil {
			return err
		}
		defer right.Release()
		g.Go(func() error { h.publisher.ServeLetters(serving); return nil })
		a.tell("\nThe mailbox: http://%[1]s/   to sign up: http://%[1]s/s\n"+
			"(Ctrl-C ends the demo; the files stay in %[2]s)\n", pages.Addr(), home)
		<-serving.Done()
	}
	cancel()
	if waitErr := g.Wait(); err == nil && !errors.Is(waitErr, context.Canceled) {
		err = waitErr
	}
	return err
}

// demoListener listens where asked or, where nothing is asked, at the usual
// port or a free one.
func demoListener(asked string) (net.Listener, error) {
	if asked != "" {
		return mailbox.Listen(asked)
	}
	if l, err := net.Listen("tcp", "127.0.0.1:8025"); err == nil {
		return l, nil
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// demoDesk gives the demo's desk: the folder asked for, or one of samples.
func demoDesk(home, asked string) (string, error) {
	if asked != "" {
		if err := namesFolder("--desk", asked); err != nil {
			return "", err
		}
		return filepath.Abs(asked)
	}
	desk := filepath.Join(home, "desk")
	if err := os.Mkdir(desk, 0o700); err != nil {
		return "", err
	}
	files, err := samples.ReadDir("samples")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		text, err := fs.ReadFile(samples, "samples/"+f.Name())
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(desk, f.Name()), text, 0o600); err != nil {
			return "", err
		}
	}
	return desk, nil
}

func demoConfig(home, desk, pages string, smtpPort int) *config.Config {
	c := config.Default(filepath.Join(home, "vesper.toml"))
	c.Publication.Name = "Newslooks"
	c.Publication.From = "Newslooks Evening Edition <evening@news.example>"
	c.Publication.PostalAddress = "1200 Example Street NW, Washington, DC 20005, USA"
	c.Desk.Dir = desk
	c.Edition = []config.Edition{config.DefaultEdition()}
	r := config.DefaultRelay()
	// Over one connection they come in their order.
	r.Host, r.Port, r.TLS, r.Connections = "127.0.0.1", smtpPort, "none", 1
	c.Relay = []config.Relay{r}
	c.Web.Listen, c.Web.BaseURL = pages, "http://"+pages
	c.Complete()
	return c
}

// anyTime is a desk whose articles are all of today, whatever their time: the
// newest at the given moment, the others before it in their order.
type anyTime struct {
	publish.Source
	newest time.Time
}

func (s anyTime) Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error) {
	articles, flaws, err := s.Source.Articles(ctx)
	first := time.Time{}
	for _, a := range articles {
		if a.Published.After(first) {
			first = a.Published
		}
	}
	for i, a := range articles {
		// A day of the past counts as a second, and no more than half a day in all.
		age := min(first.Sub(a.Published)/(24*60*60), 12*time.Hour)
		articles[i].Published = s.newest.Add(-age)
	}
	return articles, flaws, err
}

func (a *app) demoEdition(ctx context.Context, h *house, box *mailbox.Mailbox) error {
	for i, reader := range demoReaders {
		address, err := subscribers.ParseAddress(reader)
		if err != nil {
			return err
		}
		s := subscribers.Subscriber{Address: address, Status: subscribers.Active, Confirmed: a.now()}
		if i == 0 {
			s.Variant = digest.Plain
		}
		if _, _, err := h.list.Add(ctx, s, a.now()); err != nil {
			return err
		}
	}
	d, err := a.decide(ctx, h, editionFlags{})
	if err != nil {
		return err
	}
	if d, err = a.openEdition(ctx, h, d, consent{yes: true}); err != nil {
		if e, ok := errors.AsType[*exitError](err); ok && e.code == exitNothing {
			e.hint = `"vesper articles check FILE…" says of each file whether it is an article`
		}
		return err
	}
	s, err := a.deliver(ctx, h, d.Record, false)
	if err != nil {
		return err
	}
	for _, m := range box.Messages() {
		a.print("%s  %s\n", m.To, m.Path)
	}
	return a.sent(s, h, "table")
}

// demoPages gives the mailbox's page and, beside it, the readers' pages that the
// links in the mail lead to.
func (a *app) demoPages(h *house, d *door.Door, box *mailbox.Mailbox) http.Handler {
	readers, mail := a.pages(h, d, a.quiet()), box.Page()
	mux := http.NewServeMux()
	mux.Handle("/", mail)
	for _, path := range []string{"/s", "/c/", "/u/", "/p/", "/e", "/e/"} {
		mux.Handle(path, readers)
	}
	return mux
}
