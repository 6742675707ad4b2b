package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// editionJSON is an edition's record as scripts read it.
type editionJSON struct {
	ID                 string        `json:"id"`
	Slot               string        `json:"slot"`
	Date               string        `json:"date"`
	Title              string        `json:"title"`
	Number             uint32        `json:"number"`
	State              digest.State  `json:"state"`
	Reason             string        `json:"reason"`
	OpenedAt           *string       `json:"opened_at"`
	DoneAt             *string       `json:"done_at"`
	Opened             int           `json:"opened"`
	Sent               int           `json:"sent"`
	Failed             int           `json:"failed"`
	Expired            int           `json:"expired"`
	Skipped            int           `json:"skipped"`
	Unknown            int           `json:"unknown"`
	Pending            int           `json:"pending"`
	Attempting         int           `json:"attempting"`
	PossibleDuplicates int           `json:"possible_duplicates"`
	Articles           []articleJSON `json:"articles,omitempty"`
	Failures           []failureJSON `json:"failures,omitempty"`
}

type articleJSON struct {
	ID       string `json:"id"`
	Headline string `json:"headline"`
	URL      string `json:"url"`
}

type failureJSON struct {
	Address  string      `json:"address"`
	State    digest.Step `json:"state"`
	Code     int         `json:"code"`
	Enhanced string      `json:"enhanced"`
	Reply    string      `json:"reply"`
	At       *string     `json:"at"`
}

func recordJSON(r digest.Record, zone *time.Location) editionJSON {
	t := r.Tally
	return editionJSON{
		ID: r.ID.String(), Slot: r.ID.Slot, Date: r.ID.Date.String(), Title: r.Title, Number: r.Number,
		State: r.State, Reason: r.Reason, OpenedAt: stamp(r.OpenedAt, zone), DoneAt: stamp(r.DoneAt, zone),
		Opened: t.Opened, Sent: t.Sent, Failed: t.Failed, Expired: t.Expired, Skipped: t.Skipped, Unknown: t.Unknown,
		Pending: t.Pending, Attempting: t.Attempting, PossibleDuplicates: t.PossibleDuplicates,
	}
}

func (a *app) editionListCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Editions opened or recorded, newest first, with their sums",
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			records, err := h.store.Records(cmd.Context())
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, "EDITION", "STATE", "OPENED", "SENT", "FAILED", "EXPIRED", "SKIPPED", "UNKNOWN", "OWED", "OPENED AT", "REASON")
			for _, r := range records {
				t := r.Tally
				err := list.row(recordJSON(r, h.zone), r.ID.String(), string(r.State), strconv.Itoa(t.Opened), strconv.Itoa(t.Sent), strconv.Itoa(t.Failed),
					strconv.Itoa(t.Expired), strconv.Itoa(t.Skipped), strconv.Itoa(t.Unknown), strconv.Itoa(t.Owed()), moment(r.OpenedAt, h.zone), r.Reason)
				if err != nil {
					return err
				}
			}
			return list.done()
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

// mostFailures is how many failures "edition show" lists.
const mostFailures = 100

func (a *app) editionShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ID", Short: "One edition: its sums, its articles, and who did not get it",
		Example: "  vesper edition show 2026-11-22-evening",
		Args:    cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.record(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.showEdition(cmd, h, r, out)
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

func (a *app) showEdition(cmd *cobra.Command, h *house, r digest.Record, out format) error {
	e := recordJSON(r, h.zone)
	if r.State.Opened() {
		articles, err := h.store.PrintedArticles(cmd.Context(), r.Number)
		if err != nil {
			return err
		}
		for _, article := range articles {
			e.Articles = append(e.Articles, articleJSON{article.ID, article.Headline, article.URL})
		}
		failures, err := h.store.Failures(cmd.Context(), r.Number, mostFailures)
		if err != nil {
			return err
		}
		for _, f := range failures {
			e.Failures = append(e.Failures, failureJSON{f.Address, f.Step, f.Code, f.Enhanced, f.Reply, stamp(f.At, h.zone)})
		}
	}
	if out == "json" {
		return newEncoder(a.stdout).Encode(e)
	}
	if out == "csv" {
		list := newLister(a.stdout, out, "address", "state", "code", "enhanced", "reply", "at")
		for _, f := range e.Failures {
			if err := list.row(f, f.Address, string(f.State), strconv.Itoa(f.Code), f.Enhanced, f.Reply, orEmpty(f.At)); err != nil {
				return err
			}
		}
		return list.done()
	}
	fmt.Fprintf(a.stdout, "%s  %s, number %d\n%s", e.ID, e.Title, e.Number, e.State)
	if e.Reason != "" {
		fmt.Fprintf(a.stdout, ": %s", printable(e.Reason))
	}
	fmt.Fprintf(a.stdout, "\nopened at %s, done at %s\n", orNever(moment(r.OpenedAt, h.zone)), orNever(moment(r.DoneAt, h.zone)))
	fmt.Fprintln(a.stdout, equation(r.Tally))
	for i, article := range e.Articles {
		fmt.Fprintf(a.stdout, "%3d. %s\n", i+1, printable(article.Headline))
	}
	for _, f := range e.Failures {
		fmt.Fprintf(a.stdout, "%-8s %s: %s\n", f.State, f.Address, printable(f.Reply))
	}
	return nil
}

// equation says a tally as the sum that it must be.
func equation(t digest.Tally) string {
	s := fmt.Sprintf("%d opened = %d sent + %d failed + %d expired + %d skipped + %d unknown", t.Opened, t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown)
	if t.Owed() > 0 {
		s += fmt.Sprintf(" + %d pending + %d attempting", t.Pending, t.Attempting)
	}
	if t.PossibleDuplicates > 0 {
		s += fmt.Sprintf("\n%s", count(t.PossibleDuplicates, "possible duplicate"))
	}
	return s
}

func orNever(s string) string {
	if s == "" {
		return "(not yet)"
	}
	return s
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify ID", Short: "Check that an edition's ledger adds up",
		Long: `Every recipient with whom an edition was opened is in exactly one state. verify
counts the rows and exits with 1 if they don't add up.`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			r, err := h.record(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if !r.State.Opened() {
				return usage(fmt.Errorf("edition %s is %s: it has no ledger", r.ID, r.State), "")
			}
			fmt.Fprintln(a.stdout, equation(r.Tally))
			if !r.Tally.Balanced() || r.State == digest.Done && r.Tally.Owed() > 0 {
				return fmt.Errorf("edition %s: %w", r.ID, digest.ErrUnbalanced)
			}
			fmt.Fprintf(a.stdout, "edition %s adds up\n", r.ID)
			return nil
		}),
	}
}
