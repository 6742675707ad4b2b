package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
)

// deskOfFeed makes a desk of the newest stories of a site or feed, as the service would.
func (a *app) deskOfFeed(ctx context.Context, home string, f demoFlags) (string, error) {
	get, err := getter(f.allowed)
	if err != nil {
		return "", usage(fmt.Errorf("--allow-private: %w", err), "such as 192.168.1.0/24")
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	offer, err := a.offered(ctx, get, f.feed)
	if err != nil {
		return "", err
	}
	p, _ := a.publicationFor(offer)
	dir := filepath.Join(home, "fetched")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	of, desk := offer.Feed, intake.Desk{Dir: dir}
	of.Items = of.Items[:min(len(of.Items), tried)]
	laid := 0
	for _, s := range p.Stories(ctx, get, of, gather.Feed{URL: offer.URL}, a.now()) {
		if s.Left != "" {
			continue
		}
		if _, err := desk.Lay(ctx, gather.Named(s)); err != nil && !errors.Is(err, intake.ErrTaken) {
			return "", err
		}
		laid++
	}
	if laid == 0 {
		return "", &exitError{
			exitNothing, fmt.Errorf("%s has no story to print", fetch.Shown(f.feed)),
			`"vesper feeds test" says of each story why not`,
		}
	}
	a.tell("%s: %s, %s\n", of.Format, orUnnamed(of.Title), count(laid, "story"))
	return dir, nil
}
