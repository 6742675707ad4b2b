package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// provedSoon gives a newsroom whose edition goes in ten minutes if somebody approves it, with
// two stories, and its proof to one person.
func provedSoon(t *testing.T) (n *newsroom, link string) {
	t.Helper()
	n = newNewsroom(t, 2)
	site := n.open(t)
	at := time.Now().UTC()
	n.story(t, "ferry.txt", "The Ferry Sails at Eight Again, After Six Years in the Dock", at.Add(-time.Hour))
	n.story(t, "moss.txt", "Moss Roofs Keep Schools Cooler", at.Add(-2*time.Hour))
	config, err := os.ReadFile(filepath.Join(n.dir, "vesper.toml"))
	if err != nil {
		t.Fatal(err)
	}
	due := at.Add(10 * time.Minute)
	n.write(t, "vesper.toml", string(config)+fmt.Sprintf(`[[edition]]
schedule = "%d %d * * *"
proof_before = "20m"
needs_approval = true
[newsroom]
proof_to = ["desk@news.example"]
`, due.Minute(), due.Hour()))
	n.service(t, time.Now).says(t, "serving")
	_, text := n.gets(t, 1)
	link = linkTo(t, text, `/d/[0-9-]*evening/`)
	if !strings.HasPrefix(link, site) {
		t.Fatalf("got %s", link)
	}
	return n, link
}

// TestAnEditorActsOnTheDeskPage goes through an evening at the desk page of the running service
// with the keyboard alone and without scripts, and holds what it sees there to every width, to
// day and night, and to all rules of axe.
func TestAnEditorActsOnTheDeskPage(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Skip(`axe-core is not installed: "npm ci --prefix .ci" brings it`)
	}
	b := startBrowser(t, nil)
	n, link := provedSoon(t)
	visit := func(v view) {
		t.Helper()
		b.site, b.shown = strings.TrimSuffix(link[:strings.LastIndex(link, "/")], "/"), ""
		b.open(t, golden{name: link[strings.LastIndex(link, "/")+1:]}, v)
	}
	scripts := func(on bool) {
		t.Helper()
		disabled := emulation.SetScriptExecutionDisabledParams{Value: !on}
		if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, disabled); err != nil {
			t.Fatal(err)
		}
	}
	says := func(words string) {
		t.Helper()
		ask(t, b, chromedp.WaitVisible(fmt.Sprintf(`//*[@role="status"]/p[contains(., %q)]`, words)))
	}
	for _, v := range []view{{width: 375}, {width: 1100, dark: true}} {
		visit(v)
		if asked := b.others(link); len(asked) != 1 || !strings.HasPrefix(asked[0], link+"/designed?v=") {
			t.Errorf("the page asks for %q", asked)
		}
		ask(t, b, chromedp.Evaluate[int](string(axe)+";0"))
		b.audit(t, golden{name: "desk"}, v)
	}
	b.sane(t)
	b.resize(t, 375, 800)
	scripts(false)

	// The edition by night, and as text, in its frame.
	for _, form := range []string{"dark", "plain"} {
		b.tabTo(t, fmt.Sprintf(`.way[href*="/%s?"]`, form))
		b.press(t, kb.Enter)
		b.frames(t, link+"/"+form+"?v=")
	}

	b.tabTo(t, `input[name="place moss"]`)
	b.press(t, kb.Backspace+kb.Delete+"1"+kb.Enter)
	says("Moss: pinned; place 1 of the Evening Edition.")
	b.tabTo(t, `button[name=spike][value=ferry]`)
	b.press(t, kb.Enter)
	says("Ferry: spiked.")
	b.tabTo(t, `button[name=unspike]`)
	b.press(t, kb.Enter)
	says("Ferry: back on the desk.")
	b.tabTo(t, "#note")
	b.press(t, "We write in haste.")
	b.tabTo(t, "button[value=words]")
	b.press(t, kb.Enter)
	says("We write in haste.")
	b.tabTo(t, "#reason")
	b.press(t, "read by two")
	b.tabTo(t, "button[value=approve]")
	b.press(t, kb.Enter)
	says("is approved")
	b.sane(t)

	// Another hand puts an article back: what was seen is not what is there.
	n.run(t, "articles", "spike", "ferry")
	b.tabTo(t, "button[value=hold]")
	b.press(t, kb.Enter)
	ask(t, b, chromedp.WaitVisible(`//*[@role="alert"]//li[contains(., "taken out: The Ferry")]`))
	scripts(true)
	ask(t, b, chromedp.Evaluate[int](string(axe)+";0"))
	b.audit(t, golden{name: "desk"}, view{width: 375})
	plan := n.run(t, "edition", "plan")
	for _, want := range []string{
		"edit by desk@news.example", ": put first moss", ": spiked ferry", ": put back ferry",
		" by desk@news.example at ", ": read by two", "note: We write in haste.",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("there is no %q in\n%s", want, plan)
		}
	}
	if strings.Contains(plan, "hold by") {
		t.Errorf("it is held:\n%s", plan)
	}
}

// frames waits until the page has a frame at an address that begins so. A frame that is a
// sandbox is another process's, and hears of no event of the page's.
func (b *browser) frames(t *testing.T, begins string) {
	t.Helper()
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		all, err := chromedp.Targets(b.ctx)
		if err != nil {
			t.Fatalf("no frame at %s: %v", begins, err)
		}
		for _, one := range all {
			if strings.HasPrefix(one.URL, begins) {
				return
			}
		}
	}
}
