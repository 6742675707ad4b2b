package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// newsdesk is a Desk that remembers what was wished.
type newsdesk struct {
	sheet   Sheet
	editors []string
	wishes  []Wish
	// err is what comes of a wish, and gone of a sheet.
	err, gone error
}

func (d *newsdesk) Editors() []string { return d.editors }

func (d *newsdesk) Sheet(_ context.Context, id digest.ID) (Sheet, error) {
	if id != d.sheet.Record.ID {
		return Sheet{}, digest.ErrNotFound
	}
	return d.sheet, d.gone
}

func (d *newsdesk) Look(context.Context, Sheet) (string, string, error) {
	return `<html><meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme:dark){p{color:red}}` +
		`</style><p>It sails</p>`, "It sails & <sinks>", nil
}

func (d *newsdesk) Do(_ context.Context, _ digest.ID, w Wish) (string, error) {
	d.wishes = append(d.wishes, w)
	return "Edition done.", d.err
}

const maria = "maria@courier.example"

func serveDesk(t *testing.T, change func(*Pages)) (bench, *newsdesk) {
	t.Helper()
	d := &newsdesk{editors: []string{"desk@courier.example", maria}}
	b := serve(t, func(p *Pages) {
		d.sheet = someSheet(*p)
		p.Desk = d
		if change != nil {
			change(p)
		}
	})
	return b, d
}

const tonight = "2026-11-22-evening"

func deskPath(edition, who string) string { return "/d/" + edition + "/" + key.Desk(edition, who) }

// press sends a form with the version that is shown.
func (b bench) press(t *testing.T, form string) (*http.Response, string) {
	t.Helper()
	return b.ask(t, "POST", deskPath(tonight, maria), encoded, "version=3f0a94c1d2e8&acts=1&"+form)
}

func TestADeskPageIsForOnePersonAndOneEdition(t *testing.T) {
	b, d := serveDesk(t, nil)
	good := deskPath(tonight, maria)
	for _, path := range []string{good, good + ").", "//d/" + good[3:]} {
		w, page := b.ask(t, "GET", path, "", "")
		if w.StatusCode != 200 || !strings.Contains(page, `You act as <b dir="ltr">`+maria+`</b>`) {
			t.Errorf("%s: got %d", path, w.StatusCode)
		}
		for field, want := range map[string]string{
			"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": "DENY",
		} {
			if got := w.Header.Get(field); got != want {
				t.Errorf("%s is %q, want %q", field, got, want)
			}
		}
		policy := w.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") ||
			!strings.HasSuffix(policy, "frame-ancestors 'none'; frame-src 'self'") || strings.Contains(policy, "script") {
			t.Errorf("got %s", policy)
		}
		if !strings.Contains(page, `<meta name="robots" content="noindex">`) || strings.Contains(page, "<script") {
			t.Error("it is a page for search engines, or with scripts")
		}
	}
	late := key.Desk("2026-11-22-late", maria)
	for name, path := range map[string]string{
		"another edition": "/d/" + tonight + "/" + late, "another slot": "/d/2026-11-22-late/" + good[len(good)-24:],
		"somebody else": deskPath(tonight, "tom@courier.example"), "a correction": deskPath(tonight+"-2", maria),
		"a reader": "/d/" + tonight + "/" + token(), "a choice": "/d/" + tonight + "/" + preferToken(),
		"nothing": "/d/" + tonight + "/x", "no edition": "/d/today/" + late, "no token": "/d/" + tonight + "/",
		"no page": "/d/" + tonight, "nobody": "/d",
		"a frame": "/d/" + tonight + "/" + late + "/designed?v=3f0a94c1d2e8", "no form": good + "/eml?v=3f0a94c1d2e8",
	} {
		if w, page := b.ask(t, "GET", path, "", ""); w.StatusCode != 404 || strings.Contains(page, maria) {
			t.Errorf("%s: got %d", name, w.StatusCode)
		}
	}
	for _, path := range []string{"/u/", "/p/", "/c/"} {
		if w, _ := b.ask(t, "POST", path+key.Desk(tonight, maria), encoded, ""); w.StatusCode != 404 || !b.list.untouched() {
			t.Errorf("it opens %s: %d", path, w.StatusCode)
		}
	}
	// Who gets no proofs any more has no link, and neither has one whose key was retired.
	d.editors = d.editors[:1]
	w, _ := b.press(t, "do=hold")
	d.editors = append(d.editors, maria)
	b.list.ring = subscribers.Keyring{1: {ID: 1, Secret: key.Secret, Retired: true}}
	again, _ := b.press(t, "do=hold")
	if w.StatusCode != 404 || again.StatusCode != 404 || len(d.wishes) > 0 {
		t.Errorf("got %d and %d, and %v", w.StatusCode, again.StatusCode, d.wishes)
	}
	if b, _ := serveDesk(t, func(p *Pages) { p.Desk = nil }); b.Server != nil {
		if w, _ := b.ask(t, "GET", good, "", ""); w.StatusCode != 404 {
			t.Errorf("without a desk: got %d", w.StatusCode)
		}
	}
}

func TestLookingAtADeskPageChangesNothing(t *testing.T) {
	b, d := serveDesk(t, nil)
	path := deskPath(tonight, maria)
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
		b.ask(t, method, path+"?do=hold&version=3f0a94c1d2e8&acts=1", "", "")
		b.ask(t, method, path+"/plain?do=hold&version=3f0a94c1d2e8&acts=1", "", "")
	}
	if w, _ := b.ask(t, "POST", path+"/plain", encoded, "do=hold&version=3f0a94c1d2e8&acts=1"); w.StatusCode != 405 {
		t.Errorf("got %d", w.StatusCode)
	}
	if len(d.wishes) > 0 {
		t.Errorf("got %v", d.wishes)
	}
}

func TestEachButtonOfTheDeskPageIsAWish(t *testing.T) {
	for form, want := range map[string]Wish{
		"do=hold&reason=the+court%0D%0Arules": {Kind: WishHold, Reason: "the court rules"},
		"do=release":                          {Kind: WishRelease}, "do=approve": {Kind: WishApprove},
		"pin=tidal-gates":     {Kind: WishPin, Articles: []string{"tidal-gates"}},
		"pin=reading-rooms":   {Kind: WishPin, Articles: []string{"reading-rooms"}},
		"unpin=night-ferry":   {Kind: WishUnpin, Articles: []string{"night-ferry"}},
		"spike=moss-roofs":    {Kind: WishSpike, Articles: []string{"moss-roofs"}},
		"unspike=long-gone":   {Kind: WishUnspike, Articles: []string{"long-gone"}},
		"do=words&subject=&":  {Kind: WishWords},
		"do=words&note=a%0Ab": {Kind: WishWords, Words: digest.Words{Note: "a b"}},
		"do=order&place+night-ferry=1&place+tidal-gates=3&place+moss-roofs=2": {
			Kind: WishOrder, Articles: []string{"night-ferry", "moss-roofs", "tidal-gates"},
		},
	} {
		b, d := serveDesk(t, nil)
		w, page := b.press(t, form)
		want.By, want.Version, want.Acts = maria, "3f0a94c1d2e8", 1
		if diff := cmp.Diff([]Wish{want}, d.wishes); diff != "" || w.StatusCode != 200 {
			t.Errorf("%s: got %d (-want +got):\n%s", form, w.StatusCode, diff)
		}
		if !strings.Contains(page, `role="status"><p>Edition done.</p>`) {
			t.Errorf("%s: it is not said", form)
		}
		if undo := strings.Contains(page, `name="unspike" value="moss-roofs"`); undo != (want.Kind == WishSpike) {
			t.Errorf("%s: it can be put back: %v", form, undo)
		}
	}
	for _, form := range []string{
		"do=burn", "", "pin=nothing", "spike=../../etc/passwd", "do=order&place+night-ferry=first",
		"do=words&subject=Re:+the+ferry",
		"do=order&place+night-ferry=1&place+tidal-gates=2&place+moss-roofs=3",
	} {
		b, d := serveDesk(t, nil)
		if w, page := b.press(t, form); w.StatusCode != 422 || len(d.wishes) > 0 || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%q: got %d and %v", form, w.StatusCode, d.wishes)
		}
	}
}

func TestWhoSawAnotherEditionIsShownItAnew(t *testing.T) {
	b, d := serveDesk(t, nil)
	d.err = &StaleError{Differs: []string{"new, number 3: <Moss> Roofs"}}
	w, page := b.press(t, "do=words&subject=My+subject&note=My+note")
	for _, want := range []string{
		"Nothing was done", "<li>new, number 3: &lt;Moss&gt; Roofs</li>", `value="My subject"`, ">My note</textarea>",
		`name="version" value="3f0a94c1d2e8"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if w.StatusCode != http.StatusConflict {
		t.Errorf("got %d", w.StatusCode)
	}
	d.err = &RefusedError{"It is held already."}
	w, page = b.press(t, "do=hold&reason=because")
	if w.StatusCode != 422 || !strings.Contains(page, "It is held already.") ||
		!strings.Contains(page, `value="because"`) {
		t.Errorf("got %d", w.StatusCode)
	}
	// The places are those of other articles by now: what was pressed is looked at as it is.
	d.err = &StaleError{Differs: []string{"x"}}
	form := "version=000000000000&acts=1&pin=gone&"
	if w, _ := b.ask(t, "POST", deskPath(tonight, maria), encoded, form); w.StatusCode != 409 {
		t.Errorf("got %d", w.StatusCode)
	}
	d.gone = digest.ErrNotFound
	if w, page := b.press(t, "do=hold"); w.StatusCode != 410 || !strings.Contains(page, deskGone) {
		t.Errorf("got %d", w.StatusCode)
	}
}

func TestAnEditionThatIsOutHasNoButtons(t *testing.T) {
	b, d := serveDesk(t, nil)
	d.sheet.Live, d.sheet.Record.State, d.sheet.Record.OpenedAt = false, digest.Sending, d.sheet.Due
	_, page := b.ask(t, "GET", deskPath(tonight, maria), "", "")
	if strings.Contains(page, "<button") || strings.Contains(page, "<input") || !strings.Contains(page, "<iframe") {
		t.Error("it can be changed, or not be seen")
	}
	if !strings.Contains(page, "It went out at 18:20 UTC, and is sending. Nothing can be changed here any more.") {
		t.Error("it does not say so")
	}
	// One that is put together, and held, can only be released.
	d.sheet.Live, d.sheet.Fixed = true, true
	d.sheet.Record.State, d.sheet.Record.Pause, d.sheet.Record.Reason = digest.Paused, digest.PausedDesk, "by "+maria
	_, page = b.ask(t, "GET", deskPath(tonight, maria), "", "")
	if !strings.Contains(page, `value="release"`) || strings.Contains(page, `name="pin"`) ||
		strings.Contains(page, `value="hold"`) {
		t.Error("it can't be released, or more")
	}
}

func TestWhatIsTooLongIsNoWish(t *testing.T) {
	b, d := serveDesk(t, nil)
	if w, _ := b.press(t, "do=words&note="+strings.Repeat("a", maxWish)); w.StatusCode != 413 || len(d.wishes) > 0 {
		t.Errorf("got %d", w.StatusCode)
	}
	if w, _ := b.press(t, "do=words&note="+url.QueryEscape(strings.Repeat("ü", 9000))); w.StatusCode != 200 {
		t.Errorf("got %d", w.StatusCode)
	}
}
