package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/render"
)

// choiceJSON is an article of a plan, or of the desk.
type choiceJSON struct {
	ID        string  `json:"id"`
	Headline  string  `json:"headline"`
	Published *string `json:"published,omitempty"`
	Source    string  `json:"source,omitempty"`
	Picked    bool    `json:"picked"`
	Reason    string  `json:"reason"`
}

type planJSON struct {
	ID         string       `json:"id"`
	State      digest.State `json:"state"`
	Articles   []choiceJSON `json:"articles"`
	Recipients int          `json:"recipients"`
	HTMLBytes  int          `json:"html_bytes"`
	NextAt     *string      `json:"next_at"`
	CutOff     *string      `json:"cut_off"`
	Domains    []domainJSON `json:"domains"`
	// NoQuickLooks and ToBriefs are what was trimmed for the sake of the size.
	NoQuickLooks int `json:"trimmed_quick_looks"`
	ToBriefs     int `json:"trimmed_to_briefs"`
}

type domainJSON struct {
	Domain     string `json:"domain"`
	Recipients int    `json:"recipients"`
}

func (a *app) planCommand() *cobra.Command {
	var o planOptions
	var out format
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "What would be sent now: stories in print order, reasons, recipients",
		Example: `  vesper edition plan
  vesper edition plan --slot morning -o json`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			return a.plan(cmd.Context(), h, o, out)
		}),
	}
	o.addTo(cmd)
	addFormat(cmd, &out)
	return cmd
}

func (a *app) plan(ctx context.Context, h *house, o planOptions, out format) error {
	now := a.now()
	plan, err := a.planned(ctx, h, o, now)
	if err != nil {
		return err
	}
	next, err := h.publisher.Next(ctx, plan.Slot, now)
	if err != nil {
		return err
	}
	p := planJSON{
		ID: plan.Edition.ID.String(), State: digest.Due, NextAt: stamp(next, h.zone), CutOff: stamp(plan.Edition.Window.To, h.zone),
		Articles: []choiceJSON{}, Domains: []domainJSON{},
	}
	if r, err := h.store.Record(ctx, plan.Edition.ID); err == nil {
		p.State = r.State
	} else if !errors.Is(err, digest.ErrNotFound) {
		return err
	}
	for _, c := range plan.Choices {
		p.Articles = append(p.Articles, choiceJSON{ID: c.Article.ID, Headline: c.Article.Headline, Picked: c.Picked, Reason: reason(c)})
	}
	domains, err := h.store.Domains(ctx, plan.Edition.ID)
	if err != nil {
		return err
	}
	for _, d := range domains {
		p.Recipients += d.Readers
		p.Domains = append(p.Domains, domainJSON{d.Name, d.Readers})
	}
	if plan.Enough() {
		trim, size, err := h.renderer.Trimmed(plan.Edition)
		if err != nil {
			return err
		}
		p.HTMLBytes, p.NoQuickLooks, p.ToBriefs = size, trim.QuickLooks, trim.Briefs
		a.warnOfSize(trim, size)
	}
	for _, f := range plan.Flaws {
		a.flaw(f)
	}
	if out == "json" {
		if err := newEncoder(a.stdout).Encode(p); err != nil {
			return err
		}
	} else if err := a.showPlan(h, plan, p, out); err != nil {
		return err
	}
	if !plan.Enough() {
		return exit(exitNothing)
	}
	return nil
}

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
		fmt.Fprintf(a.stderr, "vesper: warning: the edition was too long for some mail programs: %s; it has %d kB of HTML now\n", what, html/1000)
	case html > largeHTML:
		fmt.Fprintf(a.stderr, "vesper: warning: the edition has %d kB of HTML, and some mail programs cut it off at 102\n", html/1000)
	default:
		return
	}
	fmt.Fprintln(a.stderr, "hint: lower max_articles, stories or quick_looks")
}

// planOptions say which edition is meant, and what an editor says in it.
type planOptions struct{ slot, date, subject, note string }

func (o *planOptions) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.slot, "slot", "", "the edition's `SLOT` (default: the first configured)")
	cmd.Flags().StringVar(&o.date, "date", "", "the edition's `DATE` (default: today)")
}

func (o *planOptions) addWordsTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.subject, "subject", "", "the email's `SUBJECT` (default: the lead's headline)")
	cmd.Flags().StringVar(&o.note, "note", "", "a `NOTE` from the editor above the articles")
}

// planned makes the plan that "edition plan" shows, and that others render.
func (a *app) planned(ctx context.Context, h *house, o planOptions, now time.Time) (publish.Plan, error) {
	slot, err := h.slot(o.slot)
	if err != nil {
		return publish.Plan{}, err
	}
	date, err := h.date(o.date, now)
	if err != nil {
		return publish.Plan{}, err
	}
	if err := o.check(); err != nil {
		return publish.Plan{}, err
	}
	plan, err := h.publisher.Plan(ctx, slot, date, cutOff(now))
	plan.Edition.Subject, plan.Edition.Note = o.subject, o.note
	return plan, err
}

// answers are the beginnings of subjects that mailbox providers take for a trick
// where nothing is answered or passed on.
var answers = regexp.MustCompile(`(?i)^\s*(re|fwd?|aw|wg|tr|rv|res)\s*:`)

// check refuses words that would make a bad email.
func (o planOptions) check() error {
	switch {
	case utf8.RuneCountInString(o.subject) > render.MaxOwnSubject:
		return usage(fmt.Errorf("--subject is longer than %d characters", render.MaxOwnSubject), "inboxes show about 70")
	case answers.MatchString(o.subject):
		return usage(errors.New("--subject begins like an answer"), "mailbox providers mark that down where nothing is answered")
	case strings.ContainsFunc(o.subject+o.note, control):
		return usage(errors.New("--subject or --note has a control character in it"), "write it on one line")
	}
	return nil
}

func (a *app) showPlan(h *house, plan publish.Plan, p planJSON, out format) error {
	list := newLister(a.stdout, out, "PLACE", "ARTICLE", "HEADLINE", "WHY NOT")
	for i, c := range plan.Choices {
		number := ""
		if c.Picked {
			number = strconv.Itoa(i + 1)
		}
		if err := list.row(nil, number, c.Article.ID, c.Article.Headline, reason(c)); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil || out == "csv" {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s, %s: %s for %s", p.ID, p.State, count(len(plan.Edition.Articles), "article"), count(p.Recipients, "recipient"))
	if p.HTMLBytes > 0 {
		fmt.Fprintf(a.stdout, ", %.1f kB of HTML", float64(p.HTMLBytes)/1000)
	}
	fmt.Fprintln(a.stdout)
	for i, d := range p.Domains {
		if i == 10 {
			fmt.Fprintf(a.stdout, "  and %s more\n", count(len(p.Domains)-i, "domain"))
			break
		}
		fmt.Fprintf(a.stdout, "  %6d  %s\n", d.Recipients, d.Domain)
	}
	if rate := h.config.Relay[0].Rate; rate > 0 {
		fmt.Fprintf(a.stdout, "takes about %s at %g messages a second\n", (time.Duration(float64(p.Recipients)/rate) * time.Second).Round(time.Second), rate)
	}
	if p.NextAt != nil {
		fmt.Fprintf(a.stdout, "the service sends next at %s\n", *p.NextAt)
	}
	return nil
}

// reason gives why an article is left out or, for a picked one, what to look at.
func reason(c digest.Choice) string {
	if c.Reason != "" || c.Warning == "" {
		return c.Reason
	}
	return "warning: " + c.Warning
}

// count gives "1 article", "2 articles".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	if strings.HasSuffix(what, "s") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}
