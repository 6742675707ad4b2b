package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/subscribers/web"
)

// deskLink gives the address of the desk page of an edition, for one person.
func (h *house) deskLink(ctx context.Context, id digest.ID, to string) (string, error) {
	key, err := h.list.SigningKey(ctx)
	if err != nil {
		return "", fmt.Errorf("sign the link to the desk page: %w", err)
	}
	return h.renderer.Publication.BaseURL + "/d/" + id.String() + "/" + key.Desk(id.String(), to), nil
}

// deskPages are the desk pages of a newsroom: its editions to come, and the verbs of the
// command line on them.
type deskPages struct {
	app   *app
	house *house

	// acting is held while somebody's wish is looked at and done.
	acting sync.Mutex
	// shown are the editions that were shown last, to say what differs.
	shown shownEditions
}

// Editors implements web.Desk.
func (d *deskPages) Editors() []string { return d.house.config.Newsroom.Provers() }

// deskOpen is how long a desk page is there once its edition is out, to look at.
const deskOpen = 24 * time.Hour

// Sheet implements web.Desk.
func (d *deskPages) Sheet(ctx context.Context, id digest.ID) (web.Sheet, error) {
	h, s := d.house, web.Sheet{Now: d.app.now()}
	slot, err := h.publisher.Slot(id.Slot)
	if errors.Is(err, publish.ErrNoSlot) {
		return s, digest.ErrNotFound
	}
	if err != nil {
		return s, err
	}
	due, ok := slot.At(id.Date)
	if !ok {
		return s, digest.ErrNotFound
	}
	s.Due, s.Opens, s.NeedsApproval = due.In(h.zone), slot.Opens(due).In(h.zone), slot.NeedsApproval
	s.Record, err = h.book.Record(ctx, id)
	if errors.Is(err, digest.ErrNotFound) {
		s.Record, err = digest.Record{ID: id, State: digest.Due}, nil
	}
	if err != nil {
		return s, err
	}
	if err := d.said(ctx, id, &s); err != nil {
		return s, err
	}
	if s.Record.State.Opened() {
		return s, d.opened(ctx, slot, &s)
	}
	return s, d.toCome(ctx, slot, &s)
}

// said gathers what people said of an edition.
func (d *deskPages) said(ctx context.Context, id digest.ID, s *web.Sheet) (err error) {
	if s.Acts, err = d.house.book.Acts(ctx, id); err != nil {
		return err
	}
	if s.Words, err = d.house.publisher.Words(ctx, id); err != nil {
		return err
	}
	proofs, err := d.house.book.Proofs(ctx, id)
	if last, ok := digest.Approved(proofs); ok {
		s.Approved = last.Hash
	}
	return err
}

// toCome makes the sheet of an edition that nobody has opened.
func (d *deskPages) toCome(ctx context.Context, slot publish.Slot, s *web.Sheet) error {
	id, ends := s.Record.ID, s.Due.Add(slot.Grace)
	if next := slot.After(id.Date); slot.Late == digest.Send && next.After(ends) {
		ends = next
	}
	s.Live = (s.Record.State == digest.Due || s.Record.State == digest.Held) && !s.Now.After(ends)
	if !s.Live && s.Now.After(ends.Add(deskOpen)) {
		return digest.ErrNotFound
	}
	decided, o, err := d.house.publisher.Shown(ctx, slot, id.Date, slot.Opens(s.Due))
	if err != nil {
		return err
	}
	s.Edition, s.Choices, s.Pins, s.Recipients = decided.Edition, decided.Choices, decided.Pins, decided.Recipients
	s.Edition.Title = slot.Title
	for _, flaw := range decided.Flaws {
		s.Flaws = append(s.Flaws, flaw.Error())
	}
	if len(o.Messages) > 0 {
		s.Hash, s.Subject = o.Hash(), subjectOf(o.Messages)
	}
	if r := decided.Refusal; r.Kind != publish.Unapproved {
		s.Refused = r.Reason
	}
	if s.Live && decided.Refusal.Kind == publish.Overtaken {
		s.Live, s.Record.Reason = false, decided.Refusal.Reason
	}
	d.shown.add(*s)
	return nil
}

// opened makes the sheet of an edition that was opened. One that was opened ahead of its time
// and of which nothing was sent is not out yet.
func (d *deskPages) opened(ctx context.Context, slot publish.Slot, s *web.Sheet) error {
	r, h := s.Record, d.house
	s.Live = r.Ahead() && r.CancelAt.IsZero() && (s.Frozen() || s.Stopped())
	s.Fixed = s.Live && (!s.Frozen() || r.State == digest.Paused || slot.NeedsApproval)
	if !s.Live && s.Now.After(r.Begins().Add(deskOpen)) {
		return digest.ErrNotFound
	}
	t, err := h.book.Tallied(ctx, r.ID)
	if err != nil {
		return err
	}
	s.Recipients = t.Tally.Opened
	messages, err := h.book.Messages(ctx, r.Number)
	if err != nil {
		return err
	}
	s.Subject = subjectOf(messages)
	if s.Edition, err = h.book.Edition(ctx, r.ID); err != nil {
		return err
	}
	if s.Hash, err = h.book.ContentHash(ctx, r.ID); err != nil || !s.Live || s.Fixed {
		return err
	}
	decided, err := h.publisher.Decide(ctx, slot, r.ID.Date, slot.Opens(s.Due), digest.Words{})
	s.Choices, s.Pins = decided.Choices, decided.Pins
	d.shown.add(*s)
	return err
}

// subjectOf gives the subject of an edition's messages.
func subjectOf(messages []digest.Message) string {
	for _, m := range messages {
		if m.Variant == digest.Designed {
			return m.Subject
		}
	}
	return ""
}

// Look implements web.Desk.
func (d *deskPages) Look(ctx context.Context, s web.Sheet) (html, text string, err error) {
	h, reader := d.house, exampleReader(s.Now)
	var is forms = coming{h, s.Edition, reader, digest.Designed}
	if s.Record.State.Opened() {
		messages, err := h.book.Messages(ctx, s.Record.Number)
		if err != nil {
			return "", "", err
		}
		is = past{h, ctx, s.Record, messages, reader, digest.Designed}
	}
	page, err := is.form("html")
	if err != nil {
		return "", "", err
	}
	plain, err := is.form("text")
	return string(page), string(plain), err
}

// shownEditions are the editions that were shown last, by what names them. A proof has its
// own, which is kept in the book.
type shownEditions struct {
	mu   sync.Mutex
	all  map[digest.ContentHash]digest.Edition
	keys []digest.ContentHash
}

// mostShown is how many are remembered.
const mostShown = 32

func (l *shownEditions) add(s web.Sheet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.all[s.Hash]; ok || s.Hash == (digest.ContentHash{}) {
		return
	}
	if l.all == nil {
		l.all = map[digest.ContentHash]digest.Edition{}
	}
	if len(l.keys) == mostShown {
		delete(l.all, l.keys[0])
		l.keys = l.keys[1:]
	}
	l.all[s.Hash], l.keys = s.Edition, append(l.keys, s.Hash)
}

func (l *shownEditions) of(version string) (digest.Edition, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.keys, func(k digest.ContentHash) bool { return k.Is(version) })
	if at < 0 {
		return digest.Edition{}, false
	}
	return l.all[l.keys[at]], true
}

// inSentences makes a text for people of what the command line says.
func inSentences(said string) string {
	var all []string
	for line := range strings.Lines(said) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "vesper: ")
		if line != "" && !strings.HasPrefix(line, "hint: ") {
			all = append(all, strings.ToUpper(line[:1])+line[1:]+".")
		}
	}
	return strings.Join(all, " ")
}
