package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// actFlags are the flags of what an editor does to an edition.
type actFlags struct {
	reason, by string
	dryRun     bool
	// until is how long from now an edition that is resumed may be sent; 0: as it was.
	until time.Duration
}

func (f *actFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.reason, "reason", "", "`WHY`, kept and shown with the edition")
	cmd.Flags().StringVar(&f.by, "by", "", "`WHO` says so (default: the user who runs this)")
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "only show what would be done")
}

// who gives the name under which an act is kept: behind sudo the user who called it.
func (a *app) who(f actFlags) string {
	if f.by != "" {
		return f.by
	}
	name := a.env("SUDO_USER")
	if u, err := user.Current(); err == nil && name == "" {
		name = u.Username
	}
	return cmp.Or(name, a.env("USER"), "unknown")
}

// acted says how an act is called once it is done, and once it is so.
var acted = map[digest.ActKind]string{
	digest.Hold: "held", digest.Release: "released", digest.Halt: "paused", digest.Resume: "resumed",
	digest.Cancel: "cancelled", digest.Correct: "corrected", digest.Approve: "approved",
}

// act does an act and keeps it, or says what it would do. It gives the record as it was and
// as it is.
func (a *app) act(
	ctx context.Context, h *house, id digest.ID, kind digest.ActKind, f actFlags,
) (was, is digest.Record, err error) {
	by := a.who(f)
	if err := (digest.Act{By: by, Reason: f.reason}).Check(); err != nil {
		return was, is, usage(err, "")
	}
	if f.dryRun {
		was, err = h.book.Record(ctx, id)
		if errors.Is(err, digest.ErrNotFound) {
			was, err = digest.Record{ID: id, State: digest.Due}, nil
		}
		if err == nil {
			_, err = was.After(kind)
		}
		is = was
	} else {
		was, is, err = h.publisher.Act(ctx, digest.Act{
			Edition: id, Kind: kind, By: by, Reason: f.reason, Until: f.until,
		})
	}
	return was, is, a.unacted(was, kind, err)
}

// unacted gives the status and the words for an act that was not done.
func (a *app) unacted(r digest.Record, kind digest.ActKind, err error) error {
	state := string(r.State)
	if !r.CancelAt.IsZero() {
		state = string(digest.Cancelled)
	}
	switch {
	case errors.Is(err, digest.ErrUnchanged):
		return &exitError{exitNothing, fmt.Errorf("nothing to do: edition %s is %s%s", r.ID, state,
			prefixed(" ", r.Reason)), ""}
	case errors.Is(err, digest.ErrUnfit):
		hint := ""
		if kind == digest.Halt && r.State == digest.Due {
			hint = fmt.Sprintf("one that is not open yet is held: \"vesper edition hold %s\"", r.ID)
		}
		if kind == digest.Resume && r.State == digest.Held {
			hint = fmt.Sprintf("one that is held is released: \"vesper edition release %s\"", r.ID)
		}
		return usage(fmt.Errorf("edition %s is %s: it can't be %s", r.ID, state, acted[kind]), hint)
	}
	return err
}

// toAct gives the edition that an argument names, be it in the book or to come.
func (a *app) toAct(ctx context.Context, h *house, arg string) (digest.ID, error) {
	id, slot, err := h.named(ctx, arg)
	if err != nil || slot == nil {
		return id, err
	}
	at, ok := slot.At(id.Date)
	switch {
	case id.Sequence > 1, ok && a.now().After(at.Add(slot.Grace)) && slot.Late != digest.Send:
		return id, usage(fmt.Errorf("there is no edition %s", id), h.nearestEdition(ctx, id))
	case slot.ByHand():
		return id, usage(fmt.Errorf("there is no edition %s: the slot is sent by hand alone", id),
			fmt.Sprintf(`"vesper edition send --slot %s" sends it now`, slot.Name))
	case !ok:
		next := slot.After(id.Date)
		return id, usage(fmt.Errorf("there is no edition %s: the slot has none on that day", id),
			fmt.Sprintf("the next one after it is %s", digest.ID{
				Date: digest.DateOf(next.In(h.zone)), Slot: slot.Name, Sequence: 1,
			}))
	}
	return id, nil
}

// toStop gives the edition that an argument names; without one it is what is under way, else
// what is due and not opened, else the next.
func (a *app) toStop(ctx context.Context, h *house, args []string) (digest.ID, error) {
	if len(args) > 0 {
		return a.toAct(ctx, h, args[0])
	}
	var some []digest.ID
	var waits digest.ID
	unfinished, err := h.book.Unfinished(ctx)
	if err != nil {
		return digest.ID{}, err
	}
	for _, u := range unfinished {
		if now := a.now(); !u.LastDueAt.IsZero() && u.State != digest.Paused && !u.Frozen(now) && u.Next.After(now) {
			waits = u.ID
			continue
		}
		some = append(some, u.ID)
	}
	if len(some) > 0 {
		return onlyOne(some, "under way")
	}
	if waits != (digest.ID{}) {
		// Whoever means the evening to come must not stop the one of yesterday, nor the other
		// way round.
		return digest.ID{}, usage(fmt.Errorf("edition %s waits for a later wave, and another one is to come", waits),
			"name the edition that you mean")
	}
	for _, slot := range h.publisher.Slots {
		c, ok, err := h.publisher.Coming(ctx, slot)
		if err != nil {
			return digest.ID{}, err
		}
		if ok && !c.SendAt.After(a.now()) {
			return c.Edition.ID, nil
		}
	}
	return h.next(ctx)
}

// toLetGo gives the edition that an argument names; without one it is what is held, or
// paused by the desk.
func (a *app) toLetGo(ctx context.Context, h *house, args []string) (digest.ID, error) {
	if len(args) > 0 {
		return a.toAct(ctx, h, args[0])
	}
	records, err := h.book.Records(ctx)
	if err != nil {
		return digest.ID{}, err
	}
	var some []digest.ID
	for _, r := range records {
		if r.State == digest.Held || r.Pause == digest.PausedDesk && r.CancelAt.IsZero() {
			some = append(some, r.ID)
		}
	}
	if len(some) == 0 {
		return digest.ID{}, &exitError{exitNothing, errors.New("nothing to do: no edition is held"), ""}
	}
	return onlyOne(some, "held")
}

func onlyOne(some []digest.ID, what string) (digest.ID, error) {
	if len(some) == 1 {
		return some[0], nil
	}
	return digest.ID{}, usage(fmt.Errorf("%s are %s: say which", count(len(some), "edition"), what),
		`name one, as "vesper edition list" shows them`)
}

// goesOn says when an edition to come goes that is released.
func (a *app) goesOn(h *house, r digest.Record) string {
	slot, err := h.slot(r.ID.Slot)
	if err != nil {
		return ""
	}
	at, _ := slot.At(r.ID.Date)
	switch now := a.now(); {
	case slot.Opens(at).After(now):
		return "it goes at " + at.In(h.zone).Format("2006-01-02 15:04 MST")
	case now.Sub(at) <= slot.Grace:
		return `its time has come: "vesper serve" opens it within a minute`
	}
	return fmt.Sprintf("it is beyond the grace of %s: \"vesper edition send --slot %s --date %s\" sends it by hand",
		slot.Grace, slot.Name, r.ID.Date)
}

// settled waits until an edition that was cancelled is so, for a while: what is on the wire
// comes to its end.
func (a *app) settled(ctx context.Context, h *house, id digest.ID) (digest.Record, error) {
	const patient, look = 30 * time.Second, 200 * time.Millisecond
	for end := time.Now().Add(patient); ; {
		r, err := h.book.Record(ctx, id)
		if err != nil || r.State != digest.Paused || !time.Now().Before(end) {
			return r, err
		}
		if err := h.publisher.Finish(ctx, r, h.lock("cancel")); err != nil {
			return r, err
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return r, nil
		}
	}
}
