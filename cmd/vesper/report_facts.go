package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// runReport gathers what there is to tell of an edition that is over, or of a day without
// one.
func (h *house) runReport(ctx context.Context, e digest.OwedReport) (digest.RunReport, error) {
	r := digest.RunReport{
		ID: e.ID.String(), Title: e.Title, State: e.State, Reason: e.Reason, EndedAt: e.At,
		Reasons: []digest.ReasonCount{}, Domains: []digest.DomainCount{}, LeftOut: map[string]int{},
		Bare: []string{}, Feeds: []digest.FeedFailure{}, Cautions: []string{},
	}
	if e.MissedFrom != (digest.Date{}) {
		r.MissedFrom = e.MissedFrom.String()
	}
	if e.State.Opened() {
		if err := h.reportCourse(ctx, e, &r); err != nil {
			return r, err
		}
	}
	// What came back is weighed before it is counted: to do so beside the service is harmless.
	if _, err := h.returns.Weigh(ctx); err != nil {
		return r, err
	}
	var err error
	if r.CameBack, err = h.book.CameBack(ctx); err != nil {
		return r, err
	}
	if err := h.reportCautions(ctx, &r); err != nil {
		return r, err
	}
	if r.Feeds, err = h.feedFailures(ctx); err != nil {
		return r, err
	}
	counts, err := h.list.CountByStatus(ctx)
	r.Readers = counts[subscribers.Active]
	return r, err
}

// reportCourse says what became of an edition that was opened.
func (h *house) reportCourse(ctx context.Context, e digest.OwedReport, r *digest.RunReport) error {
	t, err := h.book.Tallied(ctx, e.ID)
	if err != nil {
		return err
	}
	r.Count(t.Tally)
	r.Number, r.PaperNumber, r.Recovered = t.Number, t.PaperNumber, t.Recovered
	r.OpenedAt, r.DueAt = t.OpenedAt, t.DueAt
	r.Seconds, r.Stood = int64(max(0, e.At.Sub(t.Begins())).Seconds()), int64(t.Stood.Seconds())
	if slot, err := h.publisher.Slot(e.ID.Slot); err == nil && e.ID.Sequence == 1 {
		if finish := slot.Finish(e.ID.Date); finish.After(t.Begins()) {
			r.FinishBy = finish
		}
	}
	pace, err := h.book.PaceOf(ctx, t.Number)
	if err != nil {
		return err
	}
	r.PerSecond = pace.PerSecond()
	if r.TooOld, err = h.book.TooOld(ctx, t.Number); err != nil {
		return err
	}
	if err := h.reportNotSent(ctx, r); err != nil {
		return err
	}
	return h.reportArticles(ctx, r)
}

// reportNotSent says who was not sent an edition, without a name.
func (h *house) reportNotSent(ctx context.Context, r *digest.RunReport) error {
	var reasons digest.Reasons
	total, judged := 0, map[string]string{}
	err := h.book.NotSent(ctx, r.Number, func(n digest.NotSent) error {
		total++
		reasons.Add(n.Step, n.Code, n.Enhanced, whyNotSent(n, judged), n.Said)
		return nil
	})
	// To count a million readers by their domains takes two seconds of a processor.
	if err != nil || total == 0 && r.NotSent() == 0 {
		return err
	}
	tallies, err := h.book.ByDomain(ctx, r.Number)
	if err != nil {
		return err
	}
	r.Reasons, r.Domains = orNone(reasons.Counts()), orNone(digest.DomainsNotSent(tallies))
	at := 0
	for _, d := range r.Domains {
		at += d.NotSent
	}
	if total != r.NotSent() || at != total {
		return fmt.Errorf("the ledger changed while it was read: %d readers were not sent it, and then %d and %d",
			r.NotSent(), total, at)
	}
	return nil
}

// orNone gives an empty list for none, as JSON has it.
func orNone[E any](all []E) []E {
	if all == nil {
		return []E{}
	}
	return all
}

// whyNotSent says in a few words why a reader was not sent an edition: many replies of
// relays mean the same. To judge one takes a tenth of a millisecond, so what was judged is
// kept for replies that differ in their addresses and numbers alone.
func whyNotSent(n digest.NotSent, judged map[string]string) string {
	switch {
	case n.Step == digest.Skipped:
		return cmp.Or(n.Reason, "no longer a reader")
	case n.Code == 0:
		return cmp.Or(n.Said, "no reply")
	}
	key := fmt.Sprint(n.Code, " ", n.Enhanced, " ", returns.Quiet(digits.ReplaceAllString(n.Reply, "0")))
	why, known := judged[key]
	if !known {
		cause, _ := bounce.Judge(n.Code, n.Enhanced, n.Reply, false)
		why = string(cause)
		if len(judged) < mostJudged {
			judged[key] = why
		}
	}
	return why
}

var digits = regexp.MustCompile(`[0-9]+`)

// mostJudged is how many replies are kept with what they mean.
const mostJudged = 10000

func (h *house) reportArticles(ctx context.Context, r *digest.RunReport) error {
	articles, err := h.book.PrintedArticles(ctx, r.Number)
	if err != nil {
		return err
	}
	r.Articles = len(articles)
	for i, a := range articles {
		// Briefs have none in any case.
		if i < h.publisher.Full && len(a.QuickLooks) == 0 {
			r.Bare = append(r.Bare, a.Headline)
		}
	}
	r.LeftOut, err = h.book.LeftOut(ctx, r.Number)
	return err
}

// reportCautions says what else to look at.
func (h *house) reportCautions(ctx context.Context, r *digest.RunReport) error {
	caution, err := h.list.Caution(ctx)
	if err != nil {
		return err
	}
	if caution != "" {
		r.Cautions = append(r.Cautions, "the next edition waits for your word: "+caution)
	}
	if r.Unknown > 0 {
		r.Cautions = append(r.Cautions, fmt.Sprintf("%s may or may not have got it: \"vesper edition resolve %s\" decides",
			count(r.Unknown, "reader"), r.ID))
	}
	_, flaws, err := h.desk.Articles(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		r.Cautions = append(r.Cautions, "the desk can't be read: "+err.Error())
	case len(flaws) > 0:
		r.Cautions = append(r.Cautions, count(len(flaws), "article")+" of the desk can't be read: "+
			`"vesper edition plan" says why`)
	}
	return nil
}

// feedFailures gives the feeds that could not be read when they were last asked. An address
// may have a key in it: a feed goes by its title, or by its host.
func (h *house) feedFailures(ctx context.Context) ([]digest.FeedFailure, error) {
	all := []digest.FeedFailure{}
	for _, f := range h.config.Feed {
		state, err := h.file.Feeds().Feed(ctx, f.URL)
		if err != nil {
			return nil, err
		}
		if state.Error == "" {
			continue
		}
		host := f.URL
		if u, err := url.Parse(f.URL); err == nil && u.Host != "" {
			host = u.Host
		}
		all = append(all, digest.FeedFailure{
			Name: cmp.Or(state.Title, host), Failures: state.Failures, Good: state.Good,
			Error: returns.Quiet(strings.ReplaceAll(state.Error, f.URL, host)),
		})
	}
	return all, nil
}
