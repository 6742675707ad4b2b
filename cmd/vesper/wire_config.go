package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/relay"
	"vesper/digest/render"
	"vesper/templates"
)

// read finds, reads and checks the configuration, and gives all that is wrong
// with it.
func (a *app) read() (*config.Config, []*digest.Flaw, *templates.Set, error) {
	var looks *templates.Set
	path, err := config.Find(a.configFile, a.env)
	if err != nil {
		return nil, nil, nil, unread(err)
	}
	c, flaws, err := config.Load(path, a.env, append(edgeChecks(&looks), config.Misspelt(a.environ))...)
	return c, flaws, looks, unread(err)
}

// unread makes it a wrong argument that there is no configuration to read.
func unread(err error) error {
	var e *config.Error
	if errors.As(err, &e) {
		return usage(e, e.Hint)
	}
	return err
}

// load gives the configuration and the looks that it names, if nothing is wrong
// with it. Its warnings are said by verbs that send.
func (a *app) load() (*config.Config, *templates.Set, error) {
	c, flaws, looks, err := a.read()
	if err == nil && len(flaws) > 0 {
		err = a.flawed(exitUsage, flaws)
	}
	return c, looks, err
}

// mayLeave says why nothing may be mailed: the configuration has examples in it still,
// which a dry run does not mind, or mail can't be signed.
func (a *app) mayLeave(h *house, dryRun bool) error {
	if examples := h.config.Examples(); len(examples) > 0 && !dryRun {
		return a.flawed(exitUsage, examples)
	}
	return h.unsigned
}

// warn says what is doubtful, which stops nothing.
func (a *app) warn(doubts []*digest.Flaw) {
	for _, w := range doubts {
		a.tell("vesper: warning: %s\n", w)
		if w.Hint != "" {
			a.tell("hint: %s\n", w.Hint)
		}
	}
}

// publication gives what emails and pages say of their sender.
func publication(c *config.Config, zone *time.Location) digest.Publication {
	p := c.Publication
	return digest.Publication{
		Name: p.Name, From: p.From, ReplyTo: p.ReplyTo, URL: p.URL, PrivacyURL: p.PrivacyURL,
		PostalAddress: p.PostalAddress, Language: p.Language, Zone: zone,
		BaseURL: strings.TrimRight(c.Web.BaseURL, "/"), ArticleURL: c.Desk.ArticleURL,
		Unlisted: c.Web.Archive == "none", Rhythm: rhythm(c, zone),
	}
}

// rhythm is how often a reader gets mail at most. Of a paper that comes on a few days of
// the week nothing is said.
func rhythm(c *config.Config, zone *time.Location) digest.Rhythm {
	all, err := slots(c, zone)
	if err != nil {
		return ""
	}
	return publish.Rhythm(all)
}

// slots gives the configured editions with their timetables.
func slots(c *config.Config, zone *time.Location) ([]publish.Slot, error) {
	var all []publish.Slot
	for _, e := range c.Edition {
		quiet, err := digest.ParseQuiet(e.Quiet)
		if err != nil {
			return nil, err
		}
		s, err := publish.NewSlot(digest.Slot{
			Name: e.Slot, Title: e.Title, Schedule: e.Schedule, Except: e.Exceptions(),
			BelowMin: digest.Instead(e.BelowMin), Late: digest.Instead(e.Late),
			MinArticles: e.MinArticles, MaxArticles: e.MaxArticles, MaxPerSection: e.MaxPerSection,
			Grace: time.Duration(e.Grace), MaxAge: time.Duration(e.MaxAge), CarryOver: e.CarryOver,
			Until: time.Duration(e.Until), FinishBy: e.FinishBy,
			Freeze: time.Duration(e.Freeze), FirstNumber: uint32(e.FirstNumber),
			ProofBefore: time.Duration(e.ProofBefore), NeedsApproval: e.NeedsApproval,
			Wave: e.Wave, Quiet: quiet,
		}, zone)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// titles gives the titles of the configured editions.
func titles(c *config.Config) []string {
	var all []string
	for _, e := range c.Edition {
		all = append(all, e.Title)
	}
	return all
}

// layout gives how many articles are set in which way.
func layout(c *config.Config) render.Layout {
	return render.Layout{Lead: c.Layout.Lead, Stories: c.Layout.Stories, QuickLooks: int(c.Layout.QuickLooks)}
}

// looksOf gives the configured folder of templates and colours.
func looksOf(c *config.Config) templates.Options {
	return templates.Options{
		Dir: c.Path(c.Templates.Dir), Paper: c.Layout.Paper, PaperDark: c.Layout.PaperDark, Ink: c.Layout.Ink,
		Accent: c.Layout.Accent, AccentDark: c.Layout.AccentDark, Look: c.Layout.Look,
		Wordmark: c.Layout.Wordmark,
	}
}

// loadLooks reads templates. Those of a folder that hangs are not waited for.
func loadLooks(o templates.Options) (*templates.Set, error) {
	return answered(o.Dir, answersWithin, func() (*templates.Set, error) { return templates.Load(o) })
}

// relays gives the configured relays, the preferred one first.
func relays(c *config.Config, now func() time.Time) *relay.Pool {
	p := &relay.Pool{Jitter: rand.Float64, Now: now}
	for i, r := range c.Relay {
		p.Relays = append(p.Relays, &relay.Relay{
			Host: r.Host, Port: r.Port, TLS: r.TLS, Username: r.Username, Password: string(r.Password), Auth: r.Auth,
			Connections: r.Connections, Rate: r.Rate, Pipelining: r.Pipelining, Hello: r.Hello, Now: now,
			Where: func(option string) string { return whereOf(c, i, option) },
		})
	}
	return p
}

// whereOf says where an option of the relay at index i stands.
func whereOf(c *config.Config, i int, option string) string {
	switch {
	case option == "return_path":
		return c.Where("delivery.return_path")
	case option == "password" && c.Relay[i].PasswordFile != "":
		option = "password_file"
	}
	return c.Where(fmt.Sprintf("relay.%d.%s", i, option))
}

// mostConnections is how many there are at once, whichever relay takes them.
func mostConnections(c *config.Config) int {
	most := 0
	for _, r := range c.Relay {
		most = max(most, r.Connections)
	}
	return most
}
