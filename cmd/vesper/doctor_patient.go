package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/domain"
	"vesper/digest/render"
	"vesper/templates"
)

// patient is a newsroom that is looked at, as far as it can be opened.
type patient struct {
	*app
	offline bool
	// config is nil if its text can't be read. flaws are all that is wrong with it, and
	// unread is why there is none.
	config *config.Config
	flaws  []*digest.Flaw
	looks  *templates.Set
	unread error
	// unlike are what is wrong with the newsroom's own templates. The others are used then.
	unlike []*digest.Flaw
	// database is what was found of the database before it was opened.
	database []digest.Finding
	// house is nil if it can't be opened: unopened says why, where that is known.
	house    *house
	unopened error
	resolver domain.Resolver
	// largest gives the size of the largest message of the next editions; 0 is not known.
	largest func() int
}

// admit opens a newsroom, and changes nothing in it: a database is neither made nor brought
// up.
func (a *app) admit(ctx context.Context, offline bool) *patient {
	p := &patient{app: a, offline: offline, resolver: a.dns}
	if p.largest = a.bedside.largest; p.largest == nil {
		p.largest = sync.OnceValue(func() int { return p.largestMessage(ctx) })
	}
	p.config, p.flaws, p.looks, p.unread = a.read()
	p.withoutTemplates()
	if p.config == nil || len(p.flaws) > 0 {
		return p
	}
	looking, cancel := context.WithTimeout(ctx, a.limit())
	defer cancel()
	usable := false
	p.database, usable = examineDatabase(looking, p.config)
	if usable {
		p.house, p.unopened = a.build(ctx, p.config, p.looks)
	}
	return p
}

// withoutTemplates takes the flaws of templates out, so that they keep nobody from looking
// at the rest.
func (p *patient) withoutTemplates() {
	if p.config == nil || p.looks != nil {
		return
	}
	o := looksOf(p.config)
	_, err := loadLooks(o)
	if err == nil {
		return
	}
	for _, flaw := range templateFlaws(o.Dir, err) {
		p.unlike = append(p.unlike, flaw)
		// The configuration names the folder where that itself can't be read.
		p.flaws = slices.DeleteFunc(p.flaws, func(f *digest.Flaw) bool {
			return *f == *flaw || f.Problem == flaw.Error()
		})
	}
	o.Dir = ""
	p.looks, _ = templates.Load(o)
}

func (p *patient) discharge() {
	if p.house != nil {
		p.house.close()
	}
}

func (a *app) limit() time.Duration {
	if a.bedside.limit > 0 {
		return a.bedside.limit
	}
	return 10 * time.Second
}

// why says why a check can't be made; "" if it can.
func (p *patient) why(c check) string {
	switch {
	case c.config && (p.config == nil || len(p.flaws) > 0):
		return "the configuration is not right"
	case c.network && p.offline:
		return "offline"
	case c.house && p.house == nil:
		return "there is no database that can be opened"
	}
	return ""
}

// withCauses adds those checks that say why some of these can't be made.
func (p *patient) withCauses(some []check) []check {
	wanted := map[string]bool{}
	for _, c := range some {
		wanted[c.name] = true
		wanted["configuration"] = wanted["configuration"] || c.config && (p.config == nil || len(p.flaws) > 0)
		wanted["database"] = wanted["database"] || c.house && p.house == nil
	}
	return slices.DeleteFunc(checks(), func(c check) bool { return !wanted[c.name] })
}

// examine makes all checks side by side, and gives what they found in their order.
func (a *app) examine(ctx context.Context, p *patient, checks []check) []digest.Finding {
	found := make([][]digest.Finding, len(checks))
	var done atomic.Int64
	stop := a.showProgress(ctx, progress{
		total: len(checks), look: func() int { return int(done.Load()) },
		line: func(time.Duration) string { return fmt.Sprintf("%d of %d checks done", done.Load(), len(checks)) },
	})
	var all sync.WaitGroup
	for i, c := range checks {
		if why := p.why(c); why != "" {
			found[i] = []digest.Finding{{Name: c.name, Result: digest.Unseen, Message: why}}
			done.Add(1)
			continue
		}
		all.Go(func() {
			found[i] = a.inTime(ctx, p, c)
			done.Add(1)
		})
	}
	all.Wait()
	stop()
	var findings []digest.Finding
	for _, one := range found {
		findings = append(findings, one...)
	}
	for i := range findings {
		findings[i].Message = digest.WithoutAddresses(findings[i].Message)
	}
	return findings
}

// inTime makes a check. One that does not end is left behind.
func (a *app) inTime(ctx context.Context, p *patient, c check) []digest.Finding {
	looking, cancel := context.WithTimeout(ctx, a.limit())
	defer cancel()
	found := make(chan []digest.Finding, 1)
	go func() { found <- c.look(looking, p) }()
	// Who listens to the end of the time says more than that it is over.
	patience := time.NewTimer(a.limit() + time.Second)
	defer patience.Stop()
	select {
	case all := <-found:
		return all
	case <-ctx.Done():
	case <-patience.C:
	}
	return []digest.Finding{{
		Name: c.name, Result: digest.Fail, Message: fmt.Sprintf("it did not end within %s", a.limit()),
		Hint: fmt.Sprintf("vesper doctor %s", c.name),
	}}
}

// findings collects those of a check.
type findings struct{ all []digest.Finding }

func (f *findings) say(name string, r digest.Result, hint, form string, args ...any) {
	f.all = append(f.all, digest.Finding{Name: name, Result: r, Message: fmt.Sprintf(form, args...), Hint: hint})
}

// flaws gives flaws as findings of one name.
func (f *findings) flaws(name string, r digest.Result, flaws []*digest.Flaw) {
	for _, flaw := range flaws {
		f.say(name, r, flaw.Hint, "%s", flaw)
	}
}

// failed gives an error as a finding, with its own hint where it has one.
func (f *findings) failed(name string, err error, hint string) {
	var e *exitError
	var flaw *digest.Flaw
	switch {
	case errors.As(err, &e) && e.hint != "":
		hint = e.hint
	case errors.As(err, &flaw) && flaw.Hint != "":
		hint = flaw.Hint
	}
	f.say(name, digest.Fail, hint, "%v", err)
}

// largestMessage makes the next edition of each slot, as far as the desk has one now.
func (p *patient) largestMessage(ctx context.Context) int {
	if p.house == nil {
		return 0
	}
	h, now, most := p.house, p.now(), 0
	nobody := render.Reader{Address: "nobody@" + p.config.SenderDomain(), Unsubscribe: "doctor", Preferences: "doctor"}
	for _, slot := range h.publisher.Slots {
		d, err := h.publisher.Decide(ctx, slot, digest.DateOf(now.In(h.zone)), now, digest.Words{})
		if err != nil || !d.Enough() {
			continue
		}
		if m, err := h.publisher.Sample(d.Edition, nobody, digest.Designed); err == nil {
			most = max(most, len(m))
		}
	}
	return most
}
