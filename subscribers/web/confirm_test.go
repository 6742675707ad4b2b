package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
)

func TestOneButtonConfirms(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	c := "/c/" + confirmToken()
	for range 2 {
		for _, method := range []string{"GET", "HEAD"} {
			b.ask(t, method, c, encoded, "confirm=yes")
		}
	}
	if _, page := b.ask(t, "GET", c, "", ""); !b.list.untouched() || strings.Count(page, "<button") != 1 {
		t.Errorf("looking confirmed %v, or the page has not one button", b.list.confirmed)
	}
	for i := range 2 {
		w, page := b.ask(t, "POST", c, encoded, "")
		if w.StatusCode != http.StatusOK || !strings.Contains(page, "You are subscribed") ||
			!strings.Contains(page, `href="../e/latest"`) {
			t.Errorf("time %d: got %d:\n%s", i+1, w.StatusCode, page)
		}
	}
	if b.list.confirmed[reader] != "127.0.0.1" {
		t.Errorf("got confirmed %v", b.list.confirmed)
	}
}

func TestForeignLinksConfirmNobody(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unconfirmed}
	_, expired := b.ask(t, "GET", "/c/"+key.Link(subscribers.ToConfirm, reader, now), "", "")
	_, broken := b.ask(t, "GET", "/c/nonsense", "", "")
	if !strings.Contains(broken, "<h1>This link is incomplete</h1>") {
		t.Errorf("got\n%s", broken)
	}
	if !strings.Contains(expired, "does not work any more") || !strings.Contains(expired, `href="../s"`) {
		t.Errorf("got\n%s", expired)
	}
	for name, foreign := range map[string]string{
		"expired":   key.Link(subscribers.ToConfirm, reader, now),
		"to leave":  token(),
		"to prefer": preferToken(),
		"a foreign key's": subscribers.Key{ID: 1, Secret: []byte("x")}.Link(subscribers.ToConfirm, reader,
			now.Add(time.Hour)),
		"nobody's": "AQ",
	} {
		for _, method := range []string{"GET", "POST"} {
			status, want := http.StatusNotFound, broken
			if name == "expired" {
				status, want = http.StatusOK, expired
			}
			if w, page := b.ask(t, method, "/c/"+foreign, encoded, ""); w.StatusCode != status || page != want {
				t.Errorf("%s, %s: got %d and another page", name, method, w.StatusCode)
			}
		}
	}
	gone := key.Link(subscribers.ToConfirm, reader+1, now.Add(time.Hour))
	if w, page := b.ask(t, "POST", "/c/"+gone, encoded, ""); w.StatusCode != http.StatusOK || page != expired {
		t.Errorf("of a row that is gone: got %d and another page", w.StatusCode)
	}
	if !b.list.untouched() {
		t.Errorf("got %v confirmed", b.list.confirmed)
	}
}

func TestOneWhoMeantToLeaveMayGetLess(t *testing.T) {
	was := subscribers.Preferences{Slots: []string{"evening"}, Variant: "plain"}
	for instead, want := range map[string]subscribers.Preferences{
		"monday-friday": {Evenings: subscribers.MondayToFriday, Slots: was.Slots, Variant: "plain"},
		"weekend":       {Evenings: subscribers.Weekend, Slots: was.Slots, Variant: "plain"},
		"month":         {Slots: was.Slots, Variant: "plain", PausedUntil: "2026-12-22"},
	} {
		b := serve(t, nil)
		b.list.chosen[reader] = was
		w, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead="+instead)
		if w.StatusCode != http.StatusOK || !strings.Contains(page, "still subscribed") || len(b.list.left) > 0 {
			t.Errorf("%s: got %d, off the list %v", instead, w.StatusCode, b.list.left)
		}
		if diff := cmp.Diff(want, b.list.chosen[reader]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", instead, diff)
		}
		if w, _ := b.ask(t, "POST", "/u/nonsense", encoded, "instead="+instead); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s with a foreign token: got %d, want 404", instead, w.StatusCode)
		}
		// A mailbox provider's word counts, whatever stands beside it.
		b.ask(t, "POST", "/u/"+token(), encoded, "instead="+instead+"&"+oneClicks)
		if b.list.left[reader] != 1 {
			t.Errorf("%s with one click: off the list %v", instead, b.list.left)
		}
	}
	// What was left out already stays so, and a pause goes on.
	b := serve(t, nil)
	b.list.chosen[reader] = subscribers.Preferences{
		Evenings:    1<<time.Monday | 1<<time.Sunday,
		PausedUntil: "2026-12-24",
	}
	b.ask(t, "POST", "/u/"+token(), encoded, "instead=monday-friday")
	if got := b.list.chosen[reader]; got.Evenings != 1<<time.Monday || got.PausedUntil != "2026-12-24" {
		t.Errorf("fewer evenings: got %v", got)
	}
	b = serve(t, nil)
	for _, odd := range []string{"every", "never", "mon", "week", "%00"} {
		if w, _ := b.ask(t, "POST", "/u/"+token(), encoded,
			"instead="+odd); w.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", odd, w.StatusCode)
		}
	}
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unsubscribed}
	if _, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead=weekend"); !strings.Contains(page, gone) ||
		!b.list.untouched() {
		t.Errorf("one who has left chose %v", b.list.chosen)
	}
}

// TestWhoHasLeftIsToldSo and sees the way back, and no button to leave once more.
func TestWhoHasLeftIsToldSo(t *testing.T) {
	b := serve(t, nil)
	if _, page := b.ask(t, "GET", "/u/"+token(), "", ""); !strings.Contains(page, "<button") {
		t.Error("a reader sees no button to leave")
	}
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unsubscribed}
	w, page := b.ask(t, "GET", "/u/"+token(), "", "")
	if w.StatusCode != http.StatusOK || !strings.Contains(page, "<h1>You are already unsubscribed</h1>") ||
		!strings.Contains(page, `href="../s"`) || strings.Contains(page, "<button") {
		t.Errorf("one who has left: got %d and\n%s", w.StatusCode, page)
	}
}
