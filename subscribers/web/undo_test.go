package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// undoOf finds the button that takes back what the page says.
var undoOf = regexp.MustCompile(`<form method="post" action="(?:\.\./)*(r/[^"]+)"`)

// TestAForwardedEmailShowsWhoseItIsBeforeTheButton, in part alone: who has the link need not
// be the reader.
func TestAForwardedEmailShowsWhoseItIsBeforeTheButton(t *testing.T) {
	b := serve(t, nil)
	is := b.list.readers[reader]
	is.Address, _ = subscribers.ParseAddress("ines.roth@reader.example.org")
	b.list.readers[reader] = is
	_, page := b.ask(t, "GET", "/u/"+token(), "", "")
	if !strings.Contains(page, "the emails to i•••@r•••.org.") || strings.Contains(page, "ines") {
		t.Errorf("got %s", page)
	}
	if !b.list.untouched() {
		t.Error("to look at it has changed something")
	}
}

func TestWhoPressesTheButtonCanTakeItBackForADay(t *testing.T) {
	for name, from := range map[string]struct{ path, body string }{
		"the email's button":       {"/u/" + token(), ""},
		"the preferences's button": {"/p/" + preferToken(), "leave=yes"},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			_, page := b.ask(t, "POST", from.path, encoded, from.body)
			undo := undoOf.FindStringSubmatch(page)
			if undo == nil || !strings.Contains(page, gone) {
				t.Fatalf("no way back in %s", page)
			}
			// Pressed again, by whoever has the email, it offers nothing.
			for _, method := range []string{"GET", "POST"} {
				if _, again := b.ask(t, method, from.path, encoded, from.body); undoOf.MatchString(again) {
					t.Errorf("%s once more offers a way back", method)
				}
			}
			if _, look := b.ask(t, "GET", "/"+undo[1], "", ""); !undoOf.MatchString(look) || b.list.returned != 0 {
				t.Errorf("to look at the way back: %d returned, %s", b.list.returned, look)
			}
			for range 2 {
				w, back := b.ask(t, "POST", "/"+undo[1], encoded, "")
				if w.StatusCode != http.StatusOK || !strings.Contains(back, "<h1>You are subscribed again</h1>") {
					t.Fatalf("%d %s", w.StatusCode, back)
				}
			}
			if b.list.readers[reader].Status != subscribers.Active || b.list.returned != 1 {
				t.Errorf("%d returned", b.list.returned)
			}
			// Who leaves again is not brought back by the first way.
			*b.now = b.now.Add(time.Minute)
			b.ask(t, "POST", "/u/"+token(), encoded, oneClicks)
			if _, late := b.ask(t, "POST", "/"+undo[1], encoded, ""); !strings.Contains(late, "and only once") {
				t.Errorf("got %s", late)
			}
			*b.now = b.now.Add(subscribers.UndoWithin)
			if _, late := b.ask(t, "GET", "/"+undo[1], "", ""); !strings.Contains(late, "and only once") {
				t.Errorf("a day later: %s", late)
			}
		})
	}
}

func TestOneClickOffersNoWayBack(t *testing.T) {
	b := serve(t, nil)
	if _, said := b.ask(t, "POST", "/u/"+token(), encoded, oneClicks); said != "You are unsubscribed.\n" {
		t.Errorf("got %s", said)
	}
}

// TestALinkToReturnDoesNothingElse, and no other link does what it does.
func TestALinkToReturnDoesNothingElse(t *testing.T) {
	b := serve(t, nil)
	back := newKey.Link(subscribers.ToReturn, reader, b.now.Add(time.Hour))
	for _, path := range []string{"/u/" + back, "/p/" + back, "/c/" + back, "/r/" + token(), "/r/" + preferToken()} {
		if w, _ := b.ask(t, "POST", path, encoded, ""); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path[:3], w.StatusCode)
		}
	}
	if !b.list.untouched() || b.list.returned != 0 {
		t.Error("something was changed")
	}
}

// TestFewerEveningsAreOnePressFromTheEdition: the edition's link leads to the page.
func TestFewerEveningsAreOnePressFromTheEdition(t *testing.T) {
	b := serve(t, nil)
	_, page := b.ask(t, "GET", "/p/"+preferToken(), "", "")
	button := regexp.MustCompile(`name="instead" value="([^"]+)"`).FindStringSubmatch(page)
	if button == nil {
		t.Fatalf("no button in %s", page)
	}
	_, page = b.ask(t, "POST", "/p/"+preferToken(), encoded, "instead="+strings.ReplaceAll(button[1], ",", "%2C"))
	if got := b.list.chosen[reader].Evenings.String(); got != button[1] || !strings.Contains(page, "Saved.") {
		t.Errorf("got %s, want %s: %s", got, button[1], page)
	}
	_, page = b.ask(t, "POST", "/p/"+preferToken(), encoded, "instead=month")
	if !strings.Contains(page, "come again from") {
		t.Errorf("got %s", page)
	}
	w, _ := b.ask(t, "POST", "/p/"+preferToken(), encoded, "instead=never")
	if got := b.list.chosen[reader].Evenings.String(); w.StatusCode != http.StatusUnprocessableEntity || got != button[1] {
		t.Errorf("a wish of nobody's: %d, %s", w.StatusCode, got)
	}
}
