package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/dkim"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/templates"
)

// benchArticles is how many articles the bench's edition has.
const benchArticles = 12

// benchDesk is a desk with sample articles of just now.
type benchDesk []digest.Article

func newBenchDesk(now time.Time) (benchDesk, error) {
	all, err := render.Fixtures("articles")
	if err != nil || len(all) < benchArticles {
		return nil, fmt.Errorf("the sample articles: %w", errors.Join(err, errors.ErrUnsupported))
	}
	desk := benchDesk(all[len(all)-benchArticles:])
	for i := range desk {
		desk[i].Published = now.Add(-time.Duration(i+1) * time.Second)
	}
	return desk, nil
}

// Articles gives all of them.
func (d benchDesk) Articles(context.Context) ([]digest.Article, []*digest.Flaw, error) {
	return d, nil, nil
}

// benchConfig is the configuration of a folder of the bench.
func benchConfig(task benchTask) (*config.Config, error) {
	host, port, err := net.SplitHostPort(task.Relay)
	if err != nil {
		return nil, err
	}
	c := config.Default(filepath.Join(task.Home, "vesper.toml"))
	c.Publication.Name = "Harbour Courier"
	c.Publication.From = "Harbour Courier Evening <evening@courier.example>"
	c.Publication.PostalAddress = "14 Chandlers Row, Port Ellery, ME 04000, USA"
	// All of them in full, so that a message has some 50 kB.
	c.Layout.Stories, c.Layout.QuickLooks = benchArticles-c.Layout.Lead, 10
	c.Edition = []config.Edition{config.DefaultEdition()}
	r := config.DefaultRelay()
	// One more is kept free for letters, of which there are none here.
	r.Host, r.TLS, r.Connections, r.Hello = host, "none", task.Connections+1, "bench.localhost"
	if r.Port, err = strconv.Atoi(port); err != nil {
		return nil, err
	}
	if task.TLS {
		r.TLS = "required"
	}
	if task.Overlap {
		r.Pipelining = relay.Overlap
	}
	c.Relay = []config.Relay{r}
	if task.Sign {
		c.DKIM.Domain = "courier.example"
	}
	c.Complete()
	return c, nil
}

// benchReaders gives so many active readers, of domains that don't exist anywhere.
func benchReaders(n int, now time.Time) iter.Seq[subscribers.Row] {
	return func(yield func(subscribers.Row) bool) {
		for i := range n {
			address, err := subscribers.ParseAddress(fmt.Sprintf("reader%07d@town%02d.invalid", i, i%50))
			if err != nil {
				panic(err) // it is the same for everybody
			}
			if !yield(subscribers.Row{Subscriber: subscribers.Subscriber{
				Address: address, Status: subscribers.Active, Created: now.AddDate(0, -i%24, 0), Confirmed: now,
			}}) {
				return
			}
		}
	}
}

// prepareHome makes a folder with the readers and, if it signs, a key.
func (b *bench) prepareHome(ctx context.Context, home string) error {
	task := benchTask{Home: home, Relay: "127.0.0.1:25", Connections: 1}
	c, err := benchConfig(task)
	if err != nil {
		return err
	}
	if b.flags.sign || b.flags.ahead {
		if err := dkim.NewKey(c.Path(c.Signing().KeyFile), dkim.RSA); err != nil {
			return err
		}
	}
	h, err := b.build(ctx, c, templates.BuiltIn())
	if err != nil {
		return err
	}
	defer h.close()
	b.tell("making a list of %s\n", count(b.flags.recipients, "reader"))
	counts, err := h.list.EnrolAll(ctx, benchReaders(b.flags.recipients, b.now()), b.now())
	if err == nil && counts.Added != b.flags.recipients {
		err = fmt.Errorf("%d of %d readers were added", counts.Added, b.flags.recipients)
	}
	return err
}

// copyHome copies the files of a prepared folder, so that each run begins with the same.
func copyHome(to, from string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, below), 0o700)
		}
		return copyFile(filepath.Join(to, below), path)
	})
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	// What the copy left for the disk to do would be done while it is measured.
	return errors.Join(err, out.Sync(), out.Close())
}
