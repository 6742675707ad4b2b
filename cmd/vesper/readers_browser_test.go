package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// reads waits until the page has a heading.
func (b *browser) reads(t *testing.T, heading string) {
	t.Helper()
	ask(t, b, chromedp.WaitVisible(fmt.Sprintf("//h1[text()=%q]", heading)))
}

// tabTo moves the focus by the keyboard to what the selector names, and holds it
// to being seen there.
func (b *browser) tabTo(t *testing.T, selector string) {
	t.Helper()
	for range 60 {
		ask(t, b, chromedp.KeyEvent(kb.Tab))
		if ask(t, b, chromedp.Evaluate[bool](fmt.Sprintf(`document.activeElement.matches(%q)`, selector))) {
			if seen := ask(t, b, chromedp.Evaluate[string](
				`(s => s.outlineStyle + " " + parseFloat(s.outlineWidth))(`+
					`getComputedStyle(document.activeElement))`)); seen != "solid 3" {
				t.Errorf("the focus on %s is seen as %q", selector, seen)
			}
			return
		}
	}
	t.Fatalf("no key leads to %s", selector)
}

func (b *browser) press(t *testing.T, keys string) {
	t.Helper()
	ask(t, b, chromedp.KeyEvent(keys))
}

// sane holds the page that is open to three widths, and its controls to a finger.
func (b *browser) sane(t *testing.T) {
	t.Helper()
	for _, width := range []int64{280, 375, 700} {
		b.resize(t, width, 800)
		if wide := ask(t, b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
			t.Errorf("%s is %d wide at %d", ask(t, b, chromedp.Location()), wide, width)
		}
		small := ask(t, b, chromedp.Evaluate[[]string](
			`[...document.querySelectorAll("button, select, .field input, fieldset label, .way")]
			.filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44).map(e =>
				e.outerHTML.slice(0, 80))`))
		if len(small) > 0 {
			t.Errorf("at %d these are less than 44 pixels high: %q", width, small)
		}
	}
}

// proves holds the proof of a reader's consent to every line that a browser showed.
func (n *newsroom) proves(t *testing.T, address, shown string) {
	t.Helper()
	var is struct {
		Consent struct {
			Form struct {
				Version   string `json:"version"`
				Words     string `json:"words"`
				FirstUsed string `json:"first_used"`
			} `json:"form"`
		} `json:"consent"`
	}
	if err := json.Unmarshal([]byte(n.run(t, "subscribers", "show", address, "-o", "json")), &is); err != nil {
		t.Fatal(err)
	}
	proof := is.Consent.Form
	if text := n.run(t, "subscribers", "show", address); !strings.Contains(text,
		"\nform         "+proof.Version+", first used "+proof.FirstUsed+"\n") {
		t.Errorf("the form %s is not in\n%s", proof.Version, text)
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSpace(line); !strings.Contains(proof.Words, line) || proof.FirstUsed == "" {
			t.Errorf("the browser showed %q, and the proof is %+v", line, proof)
		}
	}
}

// TestAReaderComesChoosesLeavesAndComesAgain goes the whole way on the running
// service, with the keyboard alone, while a scanner opens every link that is
// mailed.
func TestAReaderComesChoosesLeavesAndComesAgain(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, nil)
	n, clock := newNewsroom(t, 1), &moving{}
	site := n.open(t)
	s := n.service(t, clock.now)
	s.says(t, "serving")
	const ines = "ines@reader.example"
	is := func(want string) {
		t.Helper()
		if line := n.listed(t, ines); !strings.Contains(line, `"status":"`+want+`"`) {
			t.Fatalf("got %q, want %s", line, want)
		}
	}
	var tokens []string
	var form string
	signUp := func(letter int) string {
		t.Helper()
		b.reads(t, "Get Newslooks Evening Edition by email")
		b.sane(t)
		form = ask(t, b, chromedp.Evaluate[string](
			// What is new each day is no part of what a reader agrees to.
			`document.querySelectorAll('.news').forEach(e => e.remove()); document.body.innerText`))
		b.tabTo(t, "#email")
		b.press(t, ines)
		clock.skip(3 * time.Second)
		b.press(t, kb.Enter)
		b.reads(t, "One more step")
		b.sane(t)
		m, text := n.gets(t, letter)
		if m.To != ines || m.From != "evening@news.example" ||
			m.Subject != "Confirm your subscription to Newslooks Evening Edition" {
			t.Errorf("got %q from %s to %s", m.Subject, m.From, m.To)
		}
		n.scan(t, text)
		tokens = append(tokens, linkTo(t, text, "/c/"))
		return tokens[len(tokens)-1]
	}

	ask(t, b, chromedp.Navigate(site+"/s"))
	confirm := signUp(1)
	is("unconfirmed")
	ask(t, b, chromedp.Navigate(confirm))
	b.reads(t, "Confirm your subscription")
	b.sane(t)
	is("unconfirmed")
	b.tabTo(t, "button")
	b.press(t, kb.Enter)
	b.reads(t, "You are subscribed")
	is("active")
	n.proves(t, ines, form)
	m, welcome := n.gets(t, 2)
	if m.Subject != "Welcome to Newslooks Evening Edition" {
		t.Errorf("got %q", m.Subject)
	}
	n.scan(t, welcome)
	prefer, leave := linkTo(t, welcome, "/p/"), linkTo(t, welcome, "/u/")
	tokens = append(tokens, prefer, leave)

	ask(t, b, chromedp.Navigate(prefer))
	b.reads(t, "Your subscription")
	b.sane(t)
	b.tabTo(t, "[name=evenings][value=every]")
	b.press(t, kb.ArrowDown)
	b.tabTo(t, "[name=form]:checked")
	b.press(t, kb.ArrowDown)
	b.tabTo(t, "#pause")
	b.press(t, "Pause for two")
	b.tabTo(t, "button")
	b.press(t, kb.Enter)
	ask(t, b, chromedp.WaitVisible(`[role=status]`))
	b.sane(t)
	chosen := ask(t, b, chromedp.Evaluate[string](
		`[...document.querySelectorAll(":checked")].filter(e => e.name != "slot").map(e => e.value).join(" ")`))
	if chosen != "monday-friday plain until " {
		t.Errorf("kept %q, want Monday to Friday, plain, a pause and no zone", chosen)
	}

	ask(t, b, chromedp.Navigate(leave))
	b.reads(t, "Unsubscribe?")
	b.sane(t)
	is("active")
	b.tabTo(t, "button")
	b.press(t, kb.Enter)
	b.reads(t, "You are unsubscribed")
	b.sane(t)
	is("unsubscribed")

	// An old link does not undo it.
	ask(t, b, chromedp.Navigate(confirm))
	b.reads(t, "Confirm your subscription")
	b.tabTo(t, "button")
	b.press(t, kb.Enter)
	b.reads(t, "This link does not work any more")
	is("unsubscribed")

	clock.skip(25 * time.Hour)
	b.tabTo(t, ".way")
	b.press(t, kb.Enter)
	again := signUp(3)
	is("unsubscribed")
	ask(t, b, chromedp.Navigate(again))
	b.reads(t, "Confirm your subscription")
	b.tabTo(t, "button")
	b.press(t, kb.Enter)
	b.reads(t, "You are subscribed")
	is("active")
	n.gets(t, 4)

	s.ends(t)
	for _, secret := range append(tokens, ines, "reader.example") {
		secret = secret[strings.LastIndexByte(secret, '/')+1:]
		if strings.Contains(s.text.String(), secret) {
			t.Errorf("the log has %s:\n%s", secret, &s.text)
		}
	}
}
