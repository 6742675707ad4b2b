package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/door"
	"vesper/subscribers/web"
)

// pages serves the readers' pages.
func (a *app) pages(h *house, d *door.Door, log *slog.Logger) http.Handler {
	return a.readersPages(h, d, log).Handler()
}

// readersPages ties the readers' pages to the list, the door and the editions.
func (a *app) readersPages(h *house, d *door.Door, log *slog.Logger) web.Pages {
	p := web.Pages{
		Publication: h.renderer.Publication, Title: h.firstSlot().Title,
		Templates: h.renderer.Templates, List: h.list, Door: d,
		Editions: printedPages{h.book, h.renderer},
		Origins:  h.config.Web.Origins, Proxies: h.config.Proxies(), Now: a.now, Log: log,
	}
	today := digest.DateOf(a.now().In(h.zone))
	for _, s := range h.publisher.Slots {
		p.Slots = append(p.Slots, s.Slot)
		for _, day := range s.Evenings(today) {
			p.Evenings |= subscribers.Evenings(1 << day)
		}
	}
	return p
}

// firstSlot is the edition that pages and letters speak of.
func (h *house) firstSlot() publish.Slot { return h.publisher.Slots[0] }

// door gives the door to this house.
func (a *app) door(h *house, log *slog.Logger) *door.Door {
	return &door.Door{
		Readers: h.list, List: h.list, Desk: h.list, Inbox: h.list,
		Limits: h.config.SignUpLimits(), Rung: make(chan struct{}, 1),
		Letters: door.Letters{
			Writer: h.renderer, Signer: h.publisher.Signer, Slot: h.firstSlot().Slot,
			ReturnPath: h.publisher.ReturnPath,
		},
		Next: func(ctx context.Context) (time.Time, error) { return h.publisher.Next(ctx, h.firstSlot()) },
		Now:  a.now, Log: log,
	}
}

// book is what was printed, as it is kept.
type book interface {
	Archive(ctx context.Context, n int) ([]digest.Printed, error)
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	Edition(ctx context.Context, id digest.ID) (digest.Edition, error)
	PrintedArticle(ctx context.Context, id digest.ID, articleID string) (digest.Article, error)
}

// printedPages gives the web pages of what was printed.
type printedPages struct {
	book
	renderer *render.Renderer
}

// DeepLook implements web.Editions.
func (p printedPages) DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error) {
	edition, err := p.Edition(ctx, id)
	if err != nil {
		return nil, err
	}
	article, err := p.PrintedArticle(ctx, id, articleID)
	if err != nil {
		return nil, err
	}
	return p.renderer.DeepLook(edition, article)
}
