package main

import (
	"strconv"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
	"vesper/digest/publish"
	"vesper/digest/render"
)

// largeHTML is from where an edition should be shorter: Gmail cuts what is
// larger than 102 kB off, and the unsubscribe link with it. In bytes.
const largeHTML = 80_000

func (a *app) warnOfSize(trim render.Trim, html int) {
	switch {
	case trim != render.Trim{}:
		what := "the Quick Looks of " + count(trim.QuickLooks, "story") + " left out"
		if trim.Briefs > 0 {
			what += ", " + count(trim.Briefs, "story") + " set in brief"
		}
		a.tell("vesper: warning: the edition was too long for some mail programs: %s; "+
			"it now has %d kB of HTML\n", what, html/1000)
	case html > largeHTML:
		a.tell("vesper: warning: the edition has %d kB of HTML, "+
			"and some mail programs cut it off at 102\n", html/1000)
	default:
		return
	}
	a.tell("hint: lower max_articles, stories or quick_looks\n")
}

func (a *app) showPlan(h *house, d publish.Decision, p planJSON, f publish.Prognosis, out format) error {
	list := newLister(a.stdout, out, column{"PLACE", "place", false}, column{"ARTICLE", "id", false},
		column{"HEADLINE", "headline", true}, column{"REASON", "reason", true})
	for i, c := range d.Choices {
		number := ""
		if c.Picked {
			number = strconv.Itoa(i + 1)
		}
		if err := list.row(nil, number, c.Article.ID, c.Article.Headline, whyThere(c)); err != nil {
			return err
		}
	}
	for _, gone := range p.Articles[len(d.Choices):] {
		if err := list.row(nil, "", gone.ID, gone.Headline, gone.Reason); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil || out == "csv" {
		return err
	}
	if d.Record.State.Opened() {
		return a.saySent(p, h.frozen(d.Record))
	}
	a.print("\n%s, %s: %s for %s",
		editionName(d.Edition.ID, p.Number), p.State, count(len(d.Edition.Articles), "article"),
		count(p.Recipients, "recipient"))
	if p.HTMLBytes > 0 {
		a.print(", %.1f kB of HTML", float64(p.HTMLBytes)/1000)
	}
	a.print("\n")
	if d.Refused() {
		a.print("would not be opened: %s\n", p.Refused)
	}
	for _, act := range p.Acts {
		a.print("%s\n", act.told())
	}
	a.sayProof(h, d, p)
	for _, said := range []struct{ what, words string }{{"subject", p.Subject}, {"note", p.Note}} {
		if said.words != "" {
			a.print("%s: %s\n", said.what, said.words)
		}
	}
	if d.Tomorrow.Date != (digest.Date{}) {
		a.print("%s: %s\n", intake.TomorrowFile, d.Tomorrow.WhenPrinted(d.Edition.ID.Date))
	}
	for _, line := range p.Tomorrow {
		a.print("  - %s\n", line)
	}
	for i, domain := range p.Domains {
		if i == mostDomains {
			a.print("  and %s more\n", count(len(p.Domains)-i, "domain"))
			break
		}
		a.print("  %6d  %s\n", domain.Recipients, domain.Domain)
	}
	a.sayWaves(p.Waves, h.zone)
	if rate := h.config.Relay[0].Rate; rate > 0 {
		takes := atRate(p.Recipients, rate)
		a.print("takes about %s at %g messages a second\n", takes, rate)
	}
	if said := f.In(h.zone); said != "" {
		a.print("%s\n", said)
	}
	if p.NextAt != nil {
		a.print("the service sends the next one at %s\n", *p.NextAt)
	}
	return nil
}

// saySent says of an edition that is open or over what comes after it.
func (a *app) saySent(p planJSON, frozen string) error {
	said := "already open, and " + string(p.State)
	switch {
	case p.State == digest.Done:
		said = "already sent"
	case p.FrozenUntil != nil:
		said = "already open, and " + frozen
	}
	if p.FrozenUntil != nil {
		return a.print("\n%s: %s\n", p.ID, said)
	}
	if p.NextAt == nil {
		return a.print("\n%s: %s; no other is scheduled\n", p.ID, said)
	}
	return a.print("\n%s: %s; next: %s\n", p.ID, said, *p.NextAt)
}

// atRate gives how long so many messages take at so many a second.
func atRate(messages int, rate float64) time.Duration {
	return digest.Takes(messages, rate)
}

// warnOfPace says that an edition would be too old before it is sent to all: by the
// rate, or where the relay takes a second for each message.
func (a *app) warnOfPace(h *house, d publish.Decision) {
	relay, until := h.config.Relay[0], h.publisher.Until(d, a.now())
	if takes := atRate(d.Recipients, relay.Rate); relay.Rate > 0 && takes > until {
		a.tell("vesper: warning: at %g messages a second it takes %s, and the edition is too old after "+
			"%s: some recipients will not get it\n", relay.Rate, takes, until)
		a.tell("hint: raise rate in [[relay]], or until in [[edition]]\n")
	} else if takes := atRate(d.Recipients, float64(relay.Connections)); takes > until {
		a.tell("vesper: warning: over %s it takes %s if the relay takes a second for each message, and "+
			"the edition is too old after %s\n", count(relay.Connections, "connection"), takes, until)
		a.tell("hint: raise connections in [[relay]], or until in [[edition]]\n")
	}
}
