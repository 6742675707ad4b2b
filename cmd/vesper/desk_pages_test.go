package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/web"
)

// TestWhatSeveralEditorsWantAtOnceIsDoneOnce has eight people press the same button of the
// page that they all saw: one of them does it, and the others are told so.
func TestWhatSeveralEditorsWantAtOnceIsDoneOnce(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 2)
	// At noon, both stories are the next edition's, whatever the machine's clock says.
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	n.story(t, "orlanda.txt", "Orlanda Holds Interest Rates", noon.Add(-2*time.Hour))
	n.story(t, "ferry.txt", "The Ferry Sails at Eight", noon.Add(-time.Hour))
	a, h := n.house(t, func() time.Time { return noon })
	d := &deskPages{app: a, house: h}
	id, err := h.next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen, err := d.Sheet(t.Context(), id)
	if err != nil || !seen.Live || seen.Hash == (digest.ContentHash{}) || len(seen.Edition.Articles) != 2 {
		t.Fatalf("got %+v, %v", seen, err)
	}
	last := seen.Edition.Articles[1].ID
	var done, stale atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			said, err := d.Do(t.Context(), id, web.Wish{
				Kind: web.WishPin, By: fmt.Sprintf("editor%d@news.example", i), Articles: []string{last},
				Version: seen.Hash.String(), Acts: len(seen.Acts),
			})
			differs, ok := errors.AsType[*web.StaleError](err)
			switch {
			case err == nil && strings.Contains(said, "place 1 of the"):
				done.Add(1)
			case ok && strings.Contains(strings.Join(differs.Differs, "\n"), "edit by editor"):
				stale.Add(1)
			default:
				t.Errorf("got %q, %v", said, err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 || stale.Load() != 7 {
		t.Errorf("%d did it, and %d were told that they saw another edition", done.Load(), stale.Load())
	}
	if acts, err := h.book.Acts(t.Context(), id); err != nil || len(acts) != 1 || acts[0].Reason != "pinned "+last {
		t.Errorf("got %v, %v", acts, err)
	}
}

// TestAnEditionIsHeldAlthoughTheDeskCantBeRead: that it can't be shown is no reason that it
// can't be stopped.
func TestAnEditionIsHeldAlthoughTheDeskCantBeRead(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	a, h := n.house(t, time.Now)
	if err := os.RemoveAll(filepath.Join(n.dir, "desk")); err != nil {
		t.Fatal(err)
	}
	d := &deskPages{app: a, house: h}
	id, err := h.next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := d.Sheet(t.Context(), id); err != nil || !s.Live || s.Refused == "" || s.Hash != (digest.ContentHash{}) {
		t.Fatalf("got %+v, %v", s, err)
	}
	wish := web.Wish{Kind: web.WishHold, By: "maria@news.example", Reason: "the desk is gone"}
	if said, err := d.Do(t.Context(), id, wish); err != nil || !strings.Contains(said, "is held") {
		t.Errorf("got %q, %v", said, err)
	}
	s, err := d.Sheet(t.Context(), id)
	if err != nil || !s.Stopped() || s.Record.Reason != "by maria@news.example: the desk is gone" {
		t.Errorf("got %+v, %v", s.Record, err)
	}
	// Somebody's release does not undo a hold that they did not see.
	wish.Kind = web.WishRelease
	if _, err := d.Do(t.Context(), id, wish); !strings.Contains(fmt.Sprint(err), "not the one that was shown") {
		t.Errorf("got %v", err)
	}
	for what, other := range map[string]digest.ID{
		"no slot": {Date: id.Date, Slot: "morning", Sequence: 1}, "long over": {
			Date: id.Date.AddDays(-9), Slot: id.Slot, Sequence: 1,
		},
	} {
		if _, err := d.Sheet(t.Context(), other); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
