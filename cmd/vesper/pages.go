package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"vesper/digest"
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
		Publication: h.renderer.Publication, Title: h.spoken().Title,
		Templates: h.renderer.Templates, List: h.list, Back: h.list, Door: d, Mover: d,
		Editions: printedPages{h.book, h.renderer}, Forms: h.file.SecretOf("forms"),
		Origins: h.config.Web.Origins, Proxies: h.config.Proxies(), Now: a.now, Log: log,
		Next: h.soonest, AtOnce: atOnce(roomFor(mostConnections(h.config))),
	}
	if len(h.config.Newsroom.Provers()) > 0 {
		p.Desk = &deskPages{app: a, house: h}
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

// spoken is what pages and letters speak of: the edition or, where a day has several, the
// publication, which is an edition without a title.
func (h *house) spoken() digest.Slot {
	s := h.publisher.Slots[0].Slot
	if len(h.publisher.Slots) > 1 {
		s.Title = ""
	}
	return s
}

// soonest gives when the next edition of any slot is due; the zero time if none is.
func (h *house) soonest(ctx context.Context) (first time.Time, err error) {
	for _, s := range h.publisher.Slots {
		at, err := h.publisher.Next(ctx, s)
		if err != nil {
			return at, err
		}
		if first.IsZero() || !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first, nil
}

// printed says whether there is an edition that anybody may read.
func (h *house) printed(ctx context.Context) (bool, error) {
	if h.renderer.Publication.Unlisted {
		return false, nil
	}
	all, err := h.book.Archive(ctx, 1)
	return len(all) > 0, err
}

// door gives the door to this house.
func (a *app) door(h *house, log *slog.Logger) *door.Door {
	return &door.Door{
		Readers: h.list, List: h.list, Desk: h.list, Movers: h.list, Inbox: h.list,
		Limits: h.config.SignUpLimits(), Rung: make(chan struct{}, 1),
		Letters: door.Letters{
			Writer: h.renderer, Signer: h.publisher.Signer, Slot: h.spoken(),
			ReturnPath: h.publisher.ReturnPath, From: h.renderer.Sender(),
		},
		Next: h.soonest, Printed: h.printed,
		Now: a.now, Log: log,
	}
}

// book is what was printed, as it is kept.
type book interface {
	Archive(ctx context.Context, n int) ([]digest.Printed, error)
	Corrections(ctx context.Context, n int) ([]digest.Corrected, error)
	Headlines(ctx context.Context, id digest.ID) ([]digest.Found, error)
	Search(ctx context.Context, q digest.Query, n int) ([]digest.Found, error)
	CorrectionsOf(ctx context.Context, id digest.ID) ([]digest.Corrected, error)
	Record(ctx context.Context, id digest.ID) (digest.Record, error)
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	Edition(ctx context.Context, id digest.ID) (digest.Edition, error)
	PrintedArticle(ctx context.Context, id digest.ID, articleID string) (digest.Article, error)
}

// printedPages gives the web pages of what was printed.
type printedPages struct {
	book
	renderer *render.Renderer
}

// WebView implements web.Editions. Nobody reads an edition before the first message of it
// leaves.
func (p printedPages) WebView(ctx context.Context, id digest.ID) ([]byte, error) {
	if err := p.out(ctx, id); err != nil {
		return nil, err
	}
	page, err := p.book.WebView(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.amended(ctx, id, page)
}

// amended gives a page of an edition as it was sent, with the corrections that came after it
// above it.
func (p printedPages) amended(ctx context.Context, id digest.ID, page []byte) ([]byte, error) {
	corrections, err := p.CorrectionsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.renderer.Amended(page, corrections)
}

// out gives digest.ErrNotFound for an edition that was opened ahead of its time, and of which
// no run has begun.
func (p printedPages) out(ctx context.Context, id digest.ID) error {
	r, err := p.Record(ctx, id)
	if err == nil && r.Ahead() {
		return digest.ErrNotFound
	}
	return err
}

// Lead implements web.Editions.
func (p printedPages) Lead(ctx context.Context, id digest.ID) (digest.Article, error) {
	all, err := p.Headlines(ctx, id)
	if err != nil {
		return digest.Article{}, err
	}
	if len(all) == 0 {
		return digest.Article{}, digest.ErrNotFound
	}
	return p.PrintedArticle(ctx, id, all[0].Article)
}

// DeepLook implements web.Editions.
func (p printedPages) DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error) {
	if err := p.out(ctx, id); err != nil {
		return nil, err
	}
	edition, err := p.Edition(ctx, id)
	if err != nil {
		return nil, err
	}
	article, err := p.PrintedArticle(ctx, id, articleID)
	if err != nil {
		return nil, err
	}
	page, err := p.renderer.DeepLook(edition, article)
	if err != nil {
		return nil, err
	}
	return p.amended(ctx, id, page)
}
