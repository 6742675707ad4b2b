package web

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestOurPagesLookAsTheyDid(t *testing.T) {
	for suffix, p := range map[string]Pages{
		"": {Title: "Evening Edition", Publication: digest.Publication{Name: "Harbour Courier", Language: "en"}},
		"-rtl": {
			Title: "النشرة المسائية",
			Publication: digest.Publication{
				Name: "بريد الميناء", Language: "ar", PrivacyURL: "https://www.courier.example/privacy/",
			},
		},
	} {
		p.Templates = templates.BuiltIn()
		p.Publication.From = "evening@courier.example"
		p.Publication.URL, p.Publication.PostalAddress = "https://www.courier.example/",
			"14 Chandlers Row, Port Ellery, ME 04000, USA"
		pages, err := p.Specimens()
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			path := filepath.Join("testdata", page.Name+suffix+".html")
			if *update {
				if err := os.WriteFile(path, []byte(page.HTML), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), page.HTML); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", path, diff)
			}
		}
	}
}

func TestReadersChooseWhatTheyGet(t *testing.T) {
	slots := []digest.Slot{{Name: "morning", Title: "Morning"}, {Name: "evening", Title: "Evening"}}
	was := subscribers.Preferences{
		Evenings: subscribers.Weekend, Slots: []string{"evening"}, Variant: digest.Plain, Timezone: "US/Eastern",
		PausedUntil: "2026-12-24",
	}
	for name, c := range map[string]struct {
		body string
		want subscribers.Preferences
	}{
		"nothing": {"x=y", was},
		"every": {"evenings=every", subscribers.Preferences{
			Evenings: subscribers.EveryEvening,
			Slots:    was.Slots, Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: was.PausedUntil,
		}},
		"own": {
			"evenings=own&day=mon&day=thu&day=someday",
			subscribers.Preferences{
				Evenings: 1<<time.Monday | 1<<time.Thursday, Slots: was.Slots,
				Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: was.PausedUntil,
			},
		},
		"days unasked": {"evenings=weekend&day=mon", was},
		"one slot": {"slots=chosen&slot=morning", subscribers.Preferences{
			Evenings: subscribers.Weekend,
			Slots:    []string{"morning"}, Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: was.PausedUntil,
		}},
		"all slots": {
			"slots=chosen&slot=morning&slot=evening&slot=night",
			subscribers.Preferences{
				Evenings: subscribers.Weekend, Variant: digest.Plain, Timezone: was.Timezone,
				PausedUntil: was.PausedUntil,
			},
		},
		"designed": {"form=designed&zone=Asia/Tokyo", subscribers.Preferences{
			Evenings: subscribers.Weekend,
			Slots:    was.Slots, Variant: digest.Designed, Timezone: "Asia/Tokyo", PausedUntil: was.PausedUntil,
		}},
		"our zone": {"zone=&pause=none", subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: was.Slots,
			Variant: digest.Plain,
		}},
		"odd values": {"evenings=never&form=glossy&zone=../../etc/passwd&pause=long", was},
		"odd zone":   {"zone=Local", was},
		// It is Sunday, and still is in New York.
		"a week": {"pause=week", subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: was.Slots,
			Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: "2026-11-29",
		}},
		"two weeks": {"pause=weeks", subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: was.Slots,
			Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: "2026-12-06",
		}},
		"a month": {"pause=month", subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: was.Slots,
			Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: "2026-12-22",
		}},
		"until a day": {"pause=until&until=2027-01-02", subscribers.Preferences{
			Evenings: subscribers.Weekend,
			Slots:    was.Slots, Variant: digest.Plain, Timezone: was.Timezone, PausedUntil: "2027-01-02",
		}},
		// In Auckland it is Monday.
		"a week there": {"pause=week&zone=Pacific/Auckland", subscribers.Preferences{
			Evenings: subscribers.Weekend,
			Slots:    was.Slots, Variant: digest.Plain, Timezone: "Pacific/Auckland", PausedUntil: "2026-11-30",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, func(p *Pages) { p.Slots = slots })
			b.list.chosen[reader] = was
			w, page := b.ask(t, "POST", "/p/"+preferToken(), encoded, c.body)
			if w.StatusCode != http.StatusOK || !strings.Contains(page, "Saved") {
				t.Errorf("got %d, want 200 and that it is saved", w.StatusCode)
			}
			if diff := cmp.Diff(c.want, b.list.chosen[reader]); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			_, again := b.ask(t, "GET", "/p/"+preferToken(), "", "")
			for _, state := range []string{
				`value="` + c.want.Variant + `" checked`,
				`value="` + c.want.Timezone + `" selected`,
			} {
				if !strings.Contains(again, state) {
					t.Errorf("the page forgot %s", state)
				}
			}
		})
	}
}

func TestWhatCannotBeKeptIsSaidAndNotKept(t *testing.T) {
	for body, want := range map[string]string{
		"evenings=own":                   "at least one evening",
		"evenings=own&day=someday":       "at least one evening",
		"slots=chosen":                   "at least one edition",
		"slots=chosen&slot=night":        "at least one edition",
		"pause=until":                    "a day between tomorrow and",
		"pause=until&until=yesterday":    "a day between tomorrow and",
		"pause=until&until=2026-11-22":   "a day between tomorrow and",
		"pause=until&until=2027-11-24":   "a day between tomorrow and",
		"pause=until&until=9999999-1-1":  "a day between tomorrow and",
		"pause=until&until=2026-02-30":   "a day between tomorrow and",
		"pause=until&until=%3Cscript%3E": "a day between tomorrow and",
	} {
		b := serve(t, func(p *Pages) { p.Slots = []digest.Slot{{Name: "morning"}, {Name: "evening"}} })
		w, page := b.ask(t, "POST", "/p/"+preferToken(), encoded, body)
		if w.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, want) || !b.list.untouched() {
			t.Errorf("%s: got %d and kept %v, want 422 with %q", body, w.StatusCode, b.list.chosen, want)
		}
	}
}

func TestOnlyEveningsThatComeAreOffered(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Evenings = subscribers.MondayToFriday })
	_, page := b.ask(t, "GET", "/p/"+preferToken(), "", "")
	if strings.Contains(page, "Saturday") || strings.Contains(page, "monday-friday") ||
		!strings.Contains(page, "Wednesday") {
		t.Error("the page offers the weekend, or the set that every evening is")
	}
	if w, _ := b.ask(t, "POST", "/u/"+token(), encoded,
		"instead=weekend"); w.StatusCode != http.StatusUnprocessableEntity || !b.list.untouched() {
		t.Errorf("an evening on which nothing comes: got %d, want 422", w.StatusCode)
	}
}

func TestLeavingIsAChoiceToo(t *testing.T) {
	b := serve(t, nil)
	w, page := b.ask(t, "POST", "/p/"+preferToken(), encoded, "leave=yes&form=plain")
	if w.StatusCode != http.StatusOK || !strings.Contains(page, gone) || b.list.left[reader] != 1 ||
		len(b.list.chosen) > 0 {
		t.Errorf("leaving: got %d, off the list %v, chosen %v", w.StatusCode, b.list.left, b.list.chosen)
	}
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Unsubscribed}
	if _, page := b.ask(t, "GET", "/p/"+preferToken(), "", ""); !strings.Contains(page, gone) ||
		!strings.Contains(page, `href="../s"`) {
		t.Error("one who has left is not shown the way back")
	}
	if _, page := b.ask(t, "POST", "/p/"+preferToken(), encoded, "form=plain"); !strings.Contains(page, gone) ||
		len(b.list.chosen) > 0 {
		t.Errorf("one who has left chose %v", b.list.chosen)
	}
}

// TestWhoMustNotBeMailedIsNotToldOfEditions that would come: an address that bounced or complained
// gets none, whatever is chosen. Its reader's word to leave is kept all the same.
func TestWhoMustNotBeMailedIsNotToldOfEditions(t *testing.T) {
	b := serve(t, nil)
	b.list.readers[reader] = subscribers.Subscriber{PublicID: reader, Status: subscribers.Suppressed}
	for _, c := range [][3]string{
		{"GET", "/p/" + preferToken()},
		{"POST", "/p/" + preferToken(), "form=plain"},
		{"POST", "/p/" + preferToken(), "instead=weekend"},
		{"POST", "/u/" + token(), "instead=weekend"},
	} {
		w, page := b.ask(t, c[0], c[1], encoded, c[2])
		if w.StatusCode != http.StatusOK || !strings.Contains(page, gone) || !b.list.untouched() {
			t.Errorf("%q: got %d, chosen %v, and\n%s", c, w.StatusCode, b.list.chosen, page)
		}
	}
	if _, page := b.ask(t, "GET", "/u/"+token(), "", ""); !strings.Contains(page, "<button") {
		t.Error("there is no button to leave")
	}
	for i, path := range []string{"/p/" + preferToken(), "/u/" + token()} {
		if _, page := b.ask(t, "POST", path, encoded, "leave=yes"); !strings.Contains(page, gone) ||
			b.list.left[reader] != i+1 {
			t.Errorf("%s: to leave is not kept: %v", path, b.list.left)
		}
	}
}

func TestForeignTokensChooseForNobody(t *testing.T) {
	b := serve(t, nil)
	_, broken := b.ask(t, "GET", "/p/nonsense", "", "")
	for _, foreign := range []string{
		"nonsense", token(), confirmToken(),
		subscribers.Key{ID: 1, Secret: []byte("somebody else's")}.Link(subscribers.ToPrefer, reader, time.Time{}),
	} {
		if w, page := b.ask(t, "GET", "/p/"+foreign, "", ""); w.StatusCode != http.StatusNotFound || page != broken {
			t.Errorf("GET gives %d and another page", w.StatusCode)
		}
		for _, body := range []string{"form=plain", "leave=yes"} {
			if w, page := b.ask(t, "POST", "/p/"+foreign, encoded, body); w.StatusCode != http.StatusNotFound ||
				page != broken {
				t.Errorf("%s gives %d and another page", body, w.StatusCode)
			}
		}
	}
	// A reader who was erased looks like one who left.
	nobody := key.Link(subscribers.ToPrefer, reader+1, time.Time{})
	for _, method := range []string{"GET", "POST"} {
		if w, page := b.ask(t, method, "/p/"+nobody, encoded, "form=plain"); w.StatusCode != http.StatusOK ||
			!strings.Contains(page, gone) {
			t.Errorf("%s for nobody gives %d and another page", method, w.StatusCode)
		}
	}
	if !b.list.untouched() {
		t.Errorf("got chosen %v, off the list %v, want nobody", b.list.chosen, b.list.left)
	}
	if w, _ := b.ask(t, "POST", "/p/"+preferToken(), encoded, strings.Repeat("x",
		maxBody+1)); w.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: got %d, want 413", w.StatusCode)
	}
}

func TestEveryTimeZoneOfTheListIsOne(t *testing.T) {
	names := strings.Fields(zoneNames)
	for _, name := range names {
		if !knownZone(name) {
			t.Errorf("there is no time zone %s", name)
		}
	}
	if len(names) < 400 {
		t.Errorf("got %d time zones, want those of the whole world", len(names))
	}
	if got := place("America/Indiana/Tell_City"); got != "Tell City, Indiana" {
		t.Errorf("got %s", got)
	}
}

func TestTheLatestEditionIsFound(t *testing.T) {
	b := serve(t, nil)
	w, _ := b.ask(t, "GET", "/e/latest", "", "")
	if w.StatusCode != http.StatusFound || w.Header.Get("Location") != "2026-11-22-evening" {
		t.Errorf("got %d to %q", w.StatusCode, w.Header.Get("Location"))
	}
	b = serve(t, func(p *Pages) { p.Editions = printed{err: digest.ErrNotFound} })
	if w, _ := b.ask(t, "GET", "/e/latest", "", ""); w.StatusCode != http.StatusNotFound {
		t.Errorf("with none printed: got %d, want 404", w.StatusCode)
	}
}

func TestTheArchiveLeadsToEveryEditionAndTellsNobodyApart(t *testing.T) {
	b := serve(t, nil)
	w, page := b.ask(t, "GET", "/e", "", "")
	if w.StatusCode != http.StatusOK || strings.Contains(page, "noindex") {
		t.Errorf("got %d, or a page that search engines are to leave alone", w.StatusCode)
	}
	for _, want := range []string{
		`<a href="e/2026-11-22-evening" dir="auto">Port Ellery’s Council`,
		"<p>No.\u00a0214 · Evening Edition · Sunday, November 22</p>", `href="e/2026-11-20-evening"`,
		`<h2 class="label">November 2026</h2>`, `href="s">Subscribe</a>`, `href="e" aria-current="page">All editions</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the archive lacks %s", want)
		}
	}
	b = serve(t, func(p *Pages) { p.Editions = printed{err: digest.ErrNotFound} })
	if w, page := b.ask(t, "GET", "/e", "", ""); w.StatusCode != http.StatusOK ||
		!strings.Contains(page, "No edition has been published yet.") {
		t.Errorf("with none printed: got %d", w.StatusCode)
	}
}

// TestAnOldTabDoesNotEndAPauseSetInAnother saves a page as it was shown before the pause.
func TestAnOldTabDoesNotEndAPauseSetInAnother(t *testing.T) {
	b := serve(t, nil)
	unpaused := subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: digest.Designed}
	choice := func(p subscribers.Preferences) string {
		t.Helper()
		b.list.chosen[reader] = p
		_, page := b.ask(t, "GET", "/p/"+preferToken(), "", "")
		all := regexp.MustCompile(`<select[^>]*name="pause">\s*<option value="([^"]*)"`).FindStringSubmatch(page)
		if all == nil {
			t.Fatalf("no choice of a pause in %s", page)
		}
		return all[1]
	}
	old := choice(unpaused)
	paused := unpaused
	paused.PausedUntil = "2026-12-24"
	ends := choice(paused)
	for value, want := range map[string]string{old: "2026-12-24", ends: ""} {
		b.list.chosen[reader] = paused
		_, page := b.ask(t, "POST", "/p/"+preferToken(), encoded, "evenings=every&pause="+value)
		if got := b.list.chosen[reader].PausedUntil; got != want {
			t.Errorf("pause=%s: paused until %q, want %q", value, got, want)
		}
		if want != "" && !strings.Contains(page, "December 24") {
			t.Errorf("pause=%s: the page does not say that the pause goes on", value)
		}
	}
}
