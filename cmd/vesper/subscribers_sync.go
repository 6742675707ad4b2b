package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

type syncOptions struct {
	vouching
	consent
	removals int
	out      format
}

// syncJSON is the difference between a file and the list.
type syncJSON struct {
	importJSON
	// Removed are the readers who are on the list and not in the file.
	Removed int `json:"removed"`
}

func (a *app) subscribersSyncCommand() *cobra.Command {
	o := syncOptions{}
	cmd := &cobra.Command{
		Use: "sync FILE", Short: "Make the list equal to a file; shows the difference first", Args: cobra.ExactArgs(1),
		Long: `Adds the readers of a file as "import" does, and removes those who are not in it:
active and unconfirmed readers, as "remove" does. Those who have unsubscribed or are
suppressed stay so, in the file or not. The difference is counted first, and you are
asked.

Three things are refused, because the file may not be the whole list: a file with a
row that can't be used, a file with nobody who could be mailed, and removing more
than a tenth of the list. For the last one --expect-removals must give the exact
number.`,
		Example: `  vesper subscribers sync members.csv --dry-run
  vesper subscribers sync members.csv --confirmed --yes
  vesper subscribers sync members.csv --yes --expect-removals 120`,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if !cmd.Flags().Changed("expect-removals") {
				o.removals = -1
			} else if o.removals < 0 {
				return usage(errors.New("--expect-removals is a number of readers"), "")
			}
			return a.sync(cmd.Context(), h, args[0], o)
		}),
	}
	o.vouching.addTo(cmd)
	o.consent.addTo(cmd, "don't ask", "only count the difference")
	cmd.Flags().IntVar(&o.removals, "expect-removals", 0,
		"remove exactly this `NUMBER` of readers, or do nothing")
	addJSON(cmd, &o.out)
	return cmd
}

func (a *app) sync(ctx context.Context, h *house, name string, o syncOptions) error {
	choices, err := o.choices()
	if err != nil {
		return err
	}
	f, closeFile, err := a.openReaders(name, choices)
	if err != nil {
		return err
	}
	defer closeFile()
	f.confirmed = o.confirmed
	if err := o.doubt(a, f.file, false); err != nil {
		return err
	}
	s := &synchronised{readersFile: f, house: h}
	plan, err := s.plan(ctx, h)
	if err != nil {
		return err
	}
	if !o.dryRun {
		if err := s.mayRemove(ctx, plan, o); err != nil {
			return err
		}
		if plan, err = s.do(ctx, h); err != nil {
			return err
		}
	}
	if o.out == "json" {
		err = newEncoder(a.stdout).Encode(plan)
	} else {
		if o.dryRun {
			a.print("dry run, nothing changed: ")
		}
		err = a.print("%s: %s: %s, %d removed\n", f.name, f.title(), plan.importJSON,
			plan.Removed)
	}
	if err == nil && o.dryRun {
		return s.mayRemove(ctx, plan, o)
	}
	return err
}

// synchronised is a list that is to become equal to a file.
type synchronised struct {
	*readersFile
	house *house
	// named are the keys of all addresses in the file, about 100 bytes each, and
	// mailed how many of its rows are not there to keep somebody off the list.
	named  map[string]bool
	mailed int
	// listed is how many readers are on the list, gone who of them is not in the
	// file: exactly those who were counted are taken off.
	listed int
	gone   []subscribers.Address
}

// plan counts the difference.
func (s *synchronised) plan(ctx context.Context, h *house) (syncJSON, error) {
	s.named, s.mailed = map[string]bool{}, 0
	for row := range s.rows() {
		s.named[row.Subscriber.Address.Key()] = true
		if len(row.Reasons()) == 0 {
			s.mailed++
		}
	}
	if s.err != nil {
		return syncJSON{}, s.err
	}
	s.mute = true
	counts, err := s.enrol(ctx, h, true)
	if err != nil {
		return syncJSON{}, err
	}
	err = s.compare(ctx)
	return syncJSON{counts, len(s.gone)}, err
}

// compare finds who is on the list and not in the file.
func (s *synchronised) compare(ctx context.Context) error {
	s.listed, s.gone = 0, nil
	for r, err := range s.house.list.Subscribers(ctx) {
		if err != nil {
			return err
		}
		if r.Status != subscribers.Active && r.Status != subscribers.Unconfirmed {
			continue
		}
		if s.listed++; !s.named[r.Address.Key()] {
			s.gone = append(s.gone, r.Address)
		}
	}
	return nil
}

// mayRemove refuses what may be a mistake, and asks about the rest. Of a dry run
// it only says what would be refused.
func (s *synchronised) mayRemove(ctx context.Context, plan syncJSON, o syncOptions) error {
	switch {
	case plan.Rejected > 0:
		return usage(fmt.Errorf("nothing was changed: not every reader can be known, because %s can't be used",
			count(plan.Rejected, "row")+" of "+s.name), "fix the file, then run it again")
	case s.mailed == 0:
		return usage(fmt.Errorf("nothing was changed: %s has nobody who could be mailed", s.name),
			`"vesper subscribers import" keeps its readers off the list`)
	case o.removals >= 0 && o.removals != plan.Removed:
		return usage(fmt.Errorf("nothing was changed: %s would be removed, not %d", count(plan.Removed, "reader"),
			o.removals), "")
	case o.removals < 0 && plan.Removed*10 > s.listed:
		return usage(fmt.Errorf("nothing was changed: %d of %s would be removed, more than a tenth", plan.Removed,
			count(s.listed, "reader")),
			fmt.Sprintf("--expect-removals %d says that you mean it", plan.Removed))
	case o.dryRun:
		return nil
	}
	return s.app.ask(ctx, o.consent, question{
		ask: fmt.Sprintf("%s, %d removed. Do it?", plan.importJSON, plan.Removed), alone: "this changes the list",
		hint: "--yes does it without asking; --dry-run only shows the difference", no: "nothing was changed",
	})
}

// do adds first and removes then, so that stopping half-way loses nobody.
func (s *synchronised) do(ctx context.Context, h *house) (syncJSON, error) {
	counts, err := s.enrol(ctx, h, false)
	done := syncJSON{importJSON: counts}
	if err != nil {
		return done, err
	}
	s.readersFile.done.Store(0)
	stop := s.showRows(ctx, len(s.gone))
	defer stop()
	done.Removed, err = s.house.list.RemoveAll(ctx, func(yield func(subscribers.Address) bool) {
		for _, address := range s.gone {
			if s.readersFile.done.Add(1); !yield(address) {
				return
			}
		}
	}, s.now)
	if err != nil {
		return done, fmt.Errorf("%d removed: %w", done.Removed, err)
	}
	return done, nil
}
