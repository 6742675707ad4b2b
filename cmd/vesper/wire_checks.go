package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/dkim"
	"vesper/digest/publish"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/templates"
)

// edgeChecks gives the checks of a configuration that need the parts of the
// program which work by it. They leave the templates and words in looks, or nil if
// these can't be read.
func edgeChecks(looks **templates.Set) []config.Check {
	return []config.Check{
		checkSchedules, checkLooks(looks), checkBase, checkRelays, checkSigning, checkWebhooks, checkAlarms,
	}
}

func checkSchedules(c *config.Config, r *config.Report) {
	zone, err := time.LoadLocation(c.Publication.Timezone)
	if err != nil {
		zone = time.UTC
	}
	var slots []publish.Slot
	for i, e := range c.Edition {
		if _, err := publish.NewSlot(digest.Slot{Schedule: e.Schedule}, zone); err != nil {
			r.Flaw(fmt.Sprintf("edition.%d.schedule", i), "schedule "+err.Error(),
				`minute, hour, day, month, weekday: "0 18 * * 1-5" is six on weekdays`)
		} else if _, err := publish.NewSlot(digest.Slot{Schedule: e.Schedule, FinishBy: e.FinishBy}, zone); err != nil {
			r.Flaw(fmt.Sprintf("edition.%d.finish_by", i), "finish_by "+err.Error(),
				"a time of the day after the schedule's, or in the night after")
		} else if slot, err := publish.NewSlot(digest.Slot{
			Name: e.Slot, Schedule: e.Schedule, Freeze: max(0, time.Duration(e.Freeze)),
		}, zone); err != nil {
			r.Flaw(fmt.Sprintf("edition.%d.freeze", i), "freeze "+err.Error(),
				`how long before its time it is opened, such as "10m"`)
		} else if quiet, err := digest.ParseQuiet(e.Quiet); err == nil && e.Schedule != "" && slot.Within(quiet) {
			r.Flaw(fmt.Sprintf("edition.%d.quiet", i), fmt.Sprintf("quiet has the edition's own hour: %s", e.Quiet),
				"hours in which readers want no mail, and not that of the edition")
		} else {
			slots = append(slots, slot)
		}
	}
	if len(slots) < len(c.Edition) {
		return
	}
	warnOfExceptions(c, r, slots)
	for i, s := range slots {
		if former, apart := s.Former(slots); s.Freeze >= apart {
			r.Flaw(fmt.Sprintf("edition.%d.freeze", i), fmt.Sprintf(
				"freeze is %s, and the edition before it is due only %s earlier (slot %q)", s.Freeze, apart, former.Name),
				`a shorter one, such as "10m"`)
		}
	}
}

// warnOfExceptions says which days are excepted on which the slot does not come anyway.
func warnOfExceptions(c *config.Config, r *config.Report, slots []publish.Slot) {
	for i, e := range c.Edition {
		for _, day := range e.Exceptions() {
			if _, comes := slots[i].At(day); !comes && !slots[i].ByHand() {
				r.Warn(fmt.Sprintf("edition.%d.except", i), fmt.Sprintf(
					"except has %s, a %s, on which the schedule has no edition anyway", day, day.In(time.UTC).Weekday()),
					"is the date meant to be another one?")
			}
		}
	}
}

// checkLooks checks how editions and pages look.
func checkLooks(looks **templates.Set) config.Check {
	return func(c *config.Config, r *config.Report) {
		o := looksOf(c)
		if flaws := o.Flaws(); len(flaws) > 0 {
			for _, f := range flaws {
				r.Flaw("layout."+f.Key, f.Problem, f.Hint)
			}
			// The templates are looked at all the same.
			o = templates.Options{Dir: o.Dir}
		}
		if r.Said("templates.dir") {
			return
		}
		set, err := loadLooks(o)
		if err != nil {
			addTemplateFlaws(c, r, err)
			return
		}
		*looks = set
		if language := c.Publication.Language; !set.Speaks(language) {
			r.Warn("publication.language",
				fmt.Sprintf("Vesper has no words in language %q: English is used", language),
				`"vesper templates dump" shows them; a translation in words/ of the folder of [templates] is used`)
		}
		if o.Dir == "" {
			return
		}
		// Better now than when an edition is due.
		if _, err := render.Specimens(set); err != nil {
			addTemplateFlaws(c, r, err)
		}
	}
}

// addTemplateFlaws reports what is wrong with the templates, and with their folder at the
// key that names it.
func addTemplateFlaws(c *config.Config, r *config.Report, err error) {
	for _, f := range templateFlaws(c.Path(c.Templates.Dir), err) {
		if f.Line == 0 && f.File == c.Path(c.Templates.Dir) {
			r.Flaw("templates.dir", f.Error(), f.Hint)
			continue
		}
		r.Add(f)
	}
}

// templateFlaws gives what is wrong with templates as flaws of their files.
func templateFlaws(dir string, err error) []*digest.Flaw {
	var flaws []*digest.Flaw
	for _, one := range templates.Errors(err) {
		var e *templates.Error
		if flaw, ok := errors.AsType[*digest.Flaw](one); ok {
			flaws = append(flaws, flaw)
			continue
		}
		if !errors.As(one, &e) {
			flaws = append(flaws, &digest.Flaw{File: dir, Problem: one.Error()})
			continue
		}
		flaws = append(flaws, &digest.Flaw{
			File: filepath.Join(dir, e.File), Line: e.Line, Problem: e.Problem,
			Hint: cmp.Or(e.Hint, `"vesper templates dump DIR" writes those that are built in`),
		})
	}
	return flaws
}

func checkBase(c *config.Config, r *config.Report) {
	if err := render.CheckBase(c.Web.BaseURL); err != nil {
		r.Flaw("web.base_url", err.Error(),
			"the address at which readers reach the pages, with https and nothing after the host but a path")
	}
}

func checkRelays(c *config.Config, r *config.Report) {
	for i, one := range relays(c, nil).Relays {
		// What is wrong with the host may have been said already.
		if r.Said(fmt.Sprintf("relay.%d.host", i)) {
			continue
		}
		err := one.Validate()
		if err == nil {
			continue
		}
		key, hint := "host", ""
		var flaw *relay.Flaw
		if errors.As(err, &flaw) {
			key, hint = flaw.Field, flaw.Hint
		}
		table := fmt.Sprintf("relay.%d.", i)
		if key == "password" && !r.Given(table+key) {
			key = "password_file"
		}
		if !r.Said(table + key) {
			r.Flaw(table+key, err.Error(), hint)
		}
	}
}

// checkSigning checks in whose name mail is signed. The keys are read by whoever
// signs.
func checkSigning(c *config.Config, r *config.Report) {
	d, from := c.DKIM, c.SenderDomain()
	if !dkim.ValidSelector(d.Selector) {
		r.Flaw("dkim.selector", fmt.Sprintf("selector %q is not valid", d.Selector),
			`a few small letters and digits, such as "v1"`)
	}
	switch {
	case d.Domain == "" && (d.KeyFile != "" || d.Ed25519 != ""):
		r.Flaw("dkim.domain", "domain is missing from [dkim]",
			fmt.Sprintf("domain = %q; without it nothing is signed", from))
	case d.Domain == "":
	case !dkim.ValidDomain(d.Domain):
		r.Flaw("dkim.domain", fmt.Sprintf("domain %q is not a domain name", d.Domain),
			"in lower case, and in its ASCII form (xn--…)")
	// Receivers count a signature for From's domain or a parent of it (RFC 9989 4.4).
	case from != "" && !strings.HasSuffix("."+from, "."+d.Domain):
		r.Flaw("dkim.domain",
			fmt.Sprintf("domain %q is neither the domain of from, %s, nor a parent of it", d.Domain, from),
			fmt.Sprintf("domain = %q", from))
	}
}
