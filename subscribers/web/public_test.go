package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// TestTheSignUpPageSaysWhenThePaperComes, and shows the last one; what changes from day to
// day is no part of what a reader agrees to.
func TestTheSignUpPageSaysWhenThePaperComes(t *testing.T) {
	b := serve(t, func(p *Pages) {
		p.Next = func(context.Context) (time.Time, error) { return now.Add(24 * time.Hour), nil }
	})
	_, page := b.ask(t, "GET", "/", "", "")
	for _, want := range []string{
		"The next edition arrives tomorrow at 6:05", `href="e/2026-11-22-evening"`, "Rejects the State’s Tidal Gates",
		"No.\u00a0214 · Evening Edition · Sunday, November 22, 2026", "voted down a plan",
		`<a class="way" href="e">All editions</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if as := version(t, nil); as != version(t, func(p *Pages) {
		p.Next = func(context.Context) (time.Time, error) { return now.Add(time.Hour), nil }
		p.Editions = printed{digest.ErrNotFound}
	}) {
		t.Error("what is new each day makes another version of the form")
	}
}

// TestTheSignUpPageIsThereWithoutThem: nobody is kept from signing up by a database that
// can't be read, or a schedule without an end.
func TestTheSignUpPageIsThereWithoutThem(t *testing.T) {
	b := serve(t, func(p *Pages) {
		p.Next = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("locked") }
		p.Editions = printed{errors.New("locked")}
	})
	w, page := b.ask(t, "GET", "/s", "", "")
	if w.StatusCode != http.StatusOK || strings.Contains(page, "arrives") || !strings.Contains(page, "<button") {
		t.Errorf("got %d\n%s", w.StatusCode, page)
	}
}

// TestPublicPagesLeadOnAndPrivateOnesSayNothing of themselves: a page whose address is a
// reader's key names it to nobody.
func TestPublicPagesLeadOnAndPrivateOnesSayNothing(t *testing.T) {
	b := serve(t, nil)
	for path, want := range map[string][]string{
		"/s": {`rel="canonical" href="https://mail.courier.example/s"`, `href="e"`, `property="og:type" content="website"`},
		"/e/": {
			`rel="canonical" href="https://mail.courier.example/e"`, `href="../s"`, `<meta name="description"`,
		},
	} {
		_, page := b.ask(t, "GET", path, "", "")
		for _, w := range append(want, `rel="icon"`) {
			if !strings.Contains(page, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
	}
	for _, path := range []string{"/u/" + token(), "/p/" + preferToken(), "/nothing"} {
		_, page := b.ask(t, "GET", path, "", "")
		never := []string{"canonical", "og:", "ld+json", "All editions"}
		if path == "/nothing" {
			never = never[:3]
		}
		for _, never := range never {
			if strings.Contains(page, never) {
				t.Errorf("%s has %q", path[:3], never)
			}
		}
	}
}

// TestWhereNothingIsThePageLeadsOn: whoever comes by an old or a cut link finds the paper, and
// no list that there is not.
func TestWhereNothingIsThePageLeadsOn(t *testing.T) {
	for _, unlisted := range []bool{false, true} {
		b := serve(t, func(p *Pages) {
			p.Publication.Unlisted, p.Editions = unlisted, printed{errors.New("nobody may ask")}
		})
		w, page := b.ask(t, "GET", "/old/link", "", "")
		if w.StatusCode != http.StatusNotFound || !strings.Contains(page, `href="../s">Subscribe</a>`) {
			t.Errorf("got %d\n%s", w.StatusCode, page)
		}
		if strings.Contains(page, `href="../e">All editions</a>`) == unlisted || !strings.Contains(page, "noindex") {
			t.Errorf("unlisted: %t\n%s", unlisted, page)
		}
	}
}

// TestWhoReadsPagesIsToldOfFaultsByOne, in the paper's looks, and a program by a line.
func TestWhoReadsPagesIsToldOfFaultsByOne(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Editions = printed{errors.New("the disk is gone")} })
	for path, method := range map[string]string{"/e": "GET", "/e/2026-11-22-evening": "GET", "/s": "PUT"} {
		for accept, kind := range map[string]string{
			"text/html,*/*;q=0.8": "text/html", "*/*": "text/plain", "": "text/plain",
		} {
			r, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", accept)
			w, err := b.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(w.Body)
			w.Body.Close()
			if err != nil || w.StatusCode < 400 || w.Header.Get("Content-Type") != kind+"; charset=utf-8" ||
				w.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s, %q: got %d, %v (%v)", method, path, accept, w.StatusCode, w.Header, err)
			}
			if strings.Contains(string(body), "<h1>") != (kind == "text/html") || strings.Contains(string(body), "disk") {
				t.Errorf("%s %s, %q: got %s", method, path, accept, body)
			}
		}
	}
}

// TestUnlistedEditionsAreFoundByTheirLinkAlone.
func TestUnlistedEditionsAreFoundByTheirLinkAlone(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Publication.Unlisted = true })
	for path, want := range map[string]int{
		"/e": 404, "/e/": 404, "/e/latest": 404, "/e/2026-11-22-evening": 200, "/s": 200,
	} {
		w, page := b.ask(t, "GET", path, "", "")
		if w.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, w.StatusCode, want)
		}
		if strings.Contains(page, "Tidal Gates") || strings.Contains(page, "All editions") {
			t.Errorf("%s names an edition or the list", path)
		}
	}
}

// TestCorrectionsAreListed with their dates, and with what was wrong; an unlisted
// publication lists none.
func TestCorrectionsAreListed(t *testing.T) {
	b := serve(t, nil)
	_, archive := b.ask(t, "GET", "/e", "", "")
	w, page := b.ask(t, "GET", "/e/corrections", "", "")
	if w.StatusCode != http.StatusOK || !strings.Contains(archive, `href="e/corrections"`) {
		t.Errorf("got %d, and the archive is\n%s", w.StatusCode, archive)
	}
	for _, want := range []string{
		"Corrected on November 21, 2026 at 6:25", "There are four, and not fourteen.", `href="../e/2026-11-21-evening-2"`,
		"Corrected on November 20, 2026 at 7:05",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	b = serve(t, func(p *Pages) { p.Publication.Unlisted = true })
	if w, _ := b.ask(t, "GET", "/e/corrections", "", ""); w.StatusCode != http.StatusNotFound {
		t.Errorf("an unlisted publication's are answered with %d", w.StatusCode)
	}
}
