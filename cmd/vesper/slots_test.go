package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// TestWithTwoEditionsPagesAndLettersSpeakOfThePublication, and a welcome before the
// first edition links to none.
func TestWithTwoEditionsPagesAndLettersSpeakOfThePublication(t *testing.T) {
	n := newNewsroom(t, 0)
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(config), `"Newslooks Evening Edition <evening`, `"Newslooks <evening`, 1) + `
[[edition]]
slot = "morning"
title = "Morning Call"
schedule = "0 6 * * *"
[[edition]]
slot = "evening"
title = "Evening Edition"
schedule = "0 18 * * *"
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a, h := n.house(t, func() time.Time { return noon })
	w := httptest.NewRecorder()
	door := a.door(h, a.quiet())
	a.pages(h, door, a.quiet()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/s", nil))
	if page := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(page, "Newslooks") ||
		strings.Contains(page, "Morning Call") || strings.Contains(page, "Evening Edition") {
		t.Errorf("the sign-up page: %d, %s", w.Code, page)
	}
	if next, err := door.Next(t.Context()); err != nil || next.UTC().Hour() != 18 {
		t.Errorf("the next edition comes at %v, %v; want the evening's", next, err)
	}
	address, err := subscribers.ParseAddress("ada@reader.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.Ask(t.Context(), address, noon); err != nil {
		t.Fatal(err)
	}
	mail := func() {
		t.Helper()
		if _, err := h.publisher.MailDue(t.Context(), a.hand(h, "")); err != nil {
			t.Fatal(err)
		}
	}
	mail()
	is, err := h.list.Facts(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := door.Confirm(t.Context(), is.PublicID, "", noon); !ok || err != nil {
		t.Fatal(ok, err)
	}
	mail()
	letters := n.copies(t)["ada@reader.example"]
	if len(letters) != 2 {
		t.Fatalf("%d letters, want 2", len(letters))
	}
	for _, letter := range letters {
		if s := string(letter); strings.Contains(s, "Morning Call") || strings.Contains(s, "Evening Edition") ||
			strings.Contains(s, "/e/latest") {
			t.Errorf("a letter speaks of one edition, or links to none: %s", s)
		}
	}
}
