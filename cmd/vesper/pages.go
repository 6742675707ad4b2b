package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/sqlite"
	"vesper/subscribers/web"
)

// even is how long a sign-up takes to be answered: longer than a letter takes to
// be written and posted, which only some addresses get.
const even = 250 * time.Millisecond

// pages serves the readers' pages.
func (a *app) pages(h *house, log *slog.Logger) http.Handler { return a.readersPages(h, log).Handler() }

// readersPages ties the readers' pages to the list, the letters and the editions.
func (a *app) readersPages(h *house, log *slog.Logger) web.Pages {
	return web.Pages{
		Publication: h.renderer.Publication, Title: h.slots[0].Title, Slots: h.slots, Evenings: h.evenings(a.now()),
		Templates: h.renderer.Templates, List: h.store, Door: door{h.store, h.letters()}, Editions: editions{h.store, h.renderer},
		Proxies: h.config.Proxies(), Even: even, Now: a.now, Log: log,
	}
}

// evenings gives the weekdays on which any edition comes within a year.
func (h *house) evenings(now time.Time) subscribers.Evenings {
	var all subscribers.Evenings
	for _, t := range h.publisher.Timetables {
		day := digest.DateOf(now.In(h.zone))
		for range 366 {
			if _, ok := t.At(day); ok {
				all |= 1 << day.In(time.UTC).Weekday()
			}
			day = day.AddDays(1)
		}
	}
	return all
}

// door lets readers in, by letters.
type door struct {
	store   *sqlite.Store
	letters letters
}

func (d door) SignUp(ctx context.Context, a subscribers.Address, asked subscribers.Consent) error {
	_, err := d.store.SignUp(ctx, a, asked, asked.AskedAt, d.letters.confirmation(a, asked.AskedAt, false))
	return err
}

func (d door) Confirm(ctx context.Context, publicID uint64, from string, now time.Time) (bool, error) {
	return d.store.Confirm(ctx, publicID, from, now, d.letters.welcome(ctx, now))
}

// editions gives the web pages of what was printed.
type editions struct {
	store    *sqlite.Store
	renderer *render.Renderer
}

func (e editions) Archive(ctx context.Context, n int) ([]digest.Printed, error) {
	return e.store.Archive(ctx, n)
}

func (e editions) WebView(ctx context.Context, id digest.ID) ([]byte, error) {
	return e.store.WebView(ctx, id)
}

func (e editions) DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error) {
	edition, err := e.store.Edition(ctx, id)
	if err != nil {
		return nil, err
	}
	article, err := e.store.PrintedArticle(ctx, id, articleID)
	if err != nil {
		return nil, err
	}
	return e.renderer.DeepLook(edition, article)
}

// lookForSilent is how often those are looked for who have not confirmed in time.
const lookForSilent = 10 * time.Minute

// forget deletes, until ctx ends, whoever has not confirmed in time.
func (a *app) forget(ctx context.Context, h *house, log *slog.Logger) {
	for ctx.Err() == nil {
		n, err := h.store.Expire(ctx, a.now().Add(-subscribers.ConfirmWithin))
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("look for who has not confirmed", "err", err)
		case n > 0:
			log.Info("forgot who had not confirmed in time", "readers", n)
		}
		sleep(ctx, lookForSilent)
	}
}
