package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
)

// acceptAt accepts the database at a path, or that of the configuration.
func (a *app) acceptAt(ctx context.Context, path string, o restoreFlags) error {
	file, c, err := a.openHeld(ctx, path, o.accept)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Made() {
		a.print("made a new database: nobody is on its list\n")
	}
	err = file.Behind(ctx)
	switch {
	case err == nil:
		a.print("the database is not held\n")
		return nil
	case !o.accept || errors.Is(err, digest.ErrGone):
		return err
	}
	if errors.Is(err, digest.ErrMoved) {
		a.print("%v: what was sent there since is not known here\n", err)
	}
	waits, isRestored, err := file.Waits(ctx)
	if err != nil {
		return err
	}
	rested := waits.RestoredAt
	// Somebody else has put it back: nothing was done yet about what happened since.
	if c != nil && !isRestored && !file.Made() {
		rested = a.now()
		done, err := file.MakeReady(ctx, a.restoring(time.Time{}, keptJournals(c, o.journals)))
		if err != nil {
			return err
		}
		a.sayReplayed(done)
		a.sayKnown(done)
	}
	if err := file.Accept(ctx); err != nil {
		return err
	}
	if isRestored {
		a.print("accepted: Vesper continues with the state of %s\n", inUTC(waits.MadeAt))
		a.print("who left after %s is not known, and gets editions again\n", inUTC(waits.KnownTo))
	} else {
		a.print("accepted: Vesper continues with this database\n")
	}
	if !rested.IsZero() {
		a.print("no edition due before %s is sent by itself; \"vesper edition send\" sends today's\n", inUTC(rested))
	}
	return nil
}

// keptJournals gives the journals of the database that a configuration names, wherever it was:
// those of a file and of a server, and those that were set aside since the database is behind them.
func keptJournals(c *config.Config, named []string) []string {
	places := named
	for _, database := range c.Besides() {
		for _, path := range journalPaths(c, database) {
			// Its error says only that the pattern is none.
			aside, _ := filepath.Glob(path + ".[0-9]*Z*")
			places = append(append(places, path), aside...)
		}
	}
	return eachOnce(nil, places)
}

// sayRestored tells what became of a backup, and what nobody knows.
func (a *app) sayRestored(file, path string, done restored, dryRun bool) {
	is := "is now"
	if dryRun {
		is = "would be put"
	}
	a.print("%s %s in place of %s\n", file, is, path)
	if done.Before != "" {
		a.print("the database before it is kept as %s\n", done.Before)
	}
	a.print("it has the state of %s\n", inUTC(done.MadeAt))
	a.sayReplayed(done)
	if done.Held {
		a.sayKnown(done)
	}
}

func inUTC(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sayReplayed tells what the journals have done.
func (a *app) sayReplayed(done restored) {
	a.print("%s, %s replayed from %s\n", count(done.Left, "departure"), count(done.Erased, "erasure"),
		count(done.Journals, "journal"))
	if done.Damaged > 0 {
		a.print("%s of journals can't be read\n", count(done.Damaged, "line"))
	}
	if done.Returned > 0 {
		a.print("%s came back since and had left before: not on the list until they sign up again\n",
			count(done.Returned, "reader"))
	}
}

// sayKnown tells who left is known up to when, and what is paused.
func (a *app) sayKnown(done restored) {
	if !done.Begun.IsZero() {
		a.print("who left from %s to %s is not known: nothing was recorded then\n", inUTC(done.MadeAt), inUTC(done.Begun))
	}
	switch {
	case done.KnownTo.IsZero():
		// It was never sent from, and no journal is there.
		a.print("who has left since it was made is not known\n")
	case done.Journals == 0:
		a.print("there is no journal: who left after %s is not known\n", inUTC(done.KnownTo))
	case done.Gap:
		a.print("something is missing in the journals: who left after %s is not known for sure\n", inUTC(done.KnownTo))
	default:
		a.print("who left after %s is not known\n", inUTC(done.KnownTo))
	}
	for _, id := range done.Paused {
		a.print("edition %s was being sent then, and is paused: who has it by now is not known\n", id)
	}
	if len(done.Paused) > 0 {
		a.print("after --accept: \"vesper edition cancel %s\", or resume, which sends it to some a second time\n",
			done.Paused[0])
	}
}
