package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"vesper/digest/publish"
	"vesper/digest/render"
)

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
