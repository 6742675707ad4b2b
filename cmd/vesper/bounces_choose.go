package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/subscribers"
)

// reportClasses are the classes, as flags take them; reply is a kind, and the others are
// what a report asks of the list.
var reportClasses = []string{
	string(subscribers.ClassRemove), string(subscribers.ClassCount), string(subscribers.ClassSender),
	string(subscribers.ClassWait), string(subscribers.ClassComplaint), string(subscribers.ClassIgnore),
	string(subscribers.ReportReply),
}

// reportStates are the states of reports.
var reportStates = []string{
	string(subscribers.ReportNew), string(subscribers.ReportNoted), string(subscribers.ReportActed),
	string(subscribers.ReportHeld), string(subscribers.ReportUnproven), string(subscribers.ReportDiscarded),
}

// choice are the flags and arguments that choose reports.
type choice struct {
	edition, class, state, since string
}

func (c *choice) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.edition, "edition", "", "only what came back of the edition with this `ID`")
	cmd.Flags().StringVar(&c.class, "class", "", "only those of this `CLASS`: "+strings.Join(reportClasses, ", "))
	cmd.Flags().StringVar(&c.state, "state", "", "only those in this `STATE`: "+strings.Join(reportStates, ", "))
	cmd.Flags().StringVar(&c.since, "since", "", "only what came since this `TIME`: a day, or how long ago, such as 3d")
}

// given says whether anything chooses reports.
func (c *choice) given(args []string) bool { return len(args) > 0 || *c != choice{} }

// chosen is a choice that was read.
type chosen struct {
	subscribers.ReportFilter
	since time.Time
}

// keep leaves out the reports that the store can't.
func (c chosen) keep(all []subscribers.Report) []subscribers.Report {
	return slices.DeleteFunc(all, func(r subscribers.Report) bool { return r.At.Before(c.since) })
}

// read reads the flags, and arguments that are the numbers of reports or one address.
func (c *choice) read(ctx context.Context, a *app, h *house, args []string) (f chosen, err error) {
	if err := oneOf("--class", c.class, reportClasses); err != nil {
		return f, err
	}
	if err := oneOf("--state", c.state, reportStates); err != nil {
		return f, err
	}
	if f.Class = subscribers.Class(c.class); c.class == string(subscribers.ReportReply) {
		f.Class, f.Kind = "", subscribers.ReportReply
	}
	if c.state != "" {
		f.States = []subscribers.ReportState{subscribers.ReportState(c.state)}
	}
	if f.since, err = c.sinceWhen(a.now(), h.zone); err != nil {
		return f, err
	}
	if c.edition != "" {
		t, err := h.tallied(ctx, c.edition)
		if err != nil {
			return f, err
		}
		if f.Edition = t.Number; f.Edition == 0 {
			return f, usage(fmt.Errorf("edition %s was not opened: nothing can come back", t.ID), "")
		}
	}
	return f, c.named(ctx, h, args, &f)
}

// named reads the arguments.
func (c *choice) named(ctx context.Context, h *house, args []string, f *chosen) error {
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		switch {
		case err == nil && id > 0:
			f.IDs = append(f.IDs, id)
		case !strings.Contains(arg, "@"):
			return usage(fmt.Errorf("%q is neither the number of a report nor an address", arg),
				`"vesper bounces list" shows the numbers`)
		case len(args) > 1:
			return usage(errors.New("take the numbers of reports, or one address"), "")
		default:
			all, err := addresses(args)
			if err != nil {
				return err
			}
			f.Address = all[0]
			reader, err := h.list.Subscriber(ctx, all[0])
			if err != nil && !errors.Is(err, digest.ErrNotFound) {
				return err
			}
			f.Reader = reader.ID
		}
	}
	return nil
}

// sinceWhen gives the time of --since: a day at its beginning, or so long ago.
func (c *choice) sinceWhen(now time.Time, zone *time.Location) (time.Time, error) {
	if c.since == "" {
		return time.Time{}, nil
	}
	if day, err := digest.ParseDate(c.since); err == nil {
		return day.In(zone), nil
	}
	var ago config.Duration
	if err := ago.UnmarshalText([]byte(c.since)); err != nil || ago <= 0 {
		return time.Time{}, usage(fmt.Errorf("--since %q is neither a day nor a time", c.since),
			"such as 2026-11-22, 3d or 12h")
	}
	return now.Add(-time.Duration(ago)), nil
}

// oneOf says whether a flag's word is one of those that there are.
func oneOf(flag, word string, words []string) error {
	if word == "" || slices.Contains(words, word) {
		return nil
	}
	hint := "it is one of " + strings.Join(words, ", ")
	if near := digest.Nearest(word, words); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(fmt.Errorf("%s %q is none", flag, word), hint)
}

// waitingReports are the numbers of the reports that wait for a word, for completion.
func (a *app) waitingReports() []string {
	return a.atHome(func(ctx context.Context, h *house) (ids []string) {
		all, _ := h.list.Reports(ctx, subscribers.ReportFilter{
			States: []subscribers.ReportState{subscribers.ReportHeld, subscribers.ReportUnproven}, Limit: 100,
		})
		for _, r := range all {
			ids = append(ids, strconv.FormatInt(r.ID, 10))
		}
		return ids
	})
}
