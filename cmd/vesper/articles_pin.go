package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

func (a *app) articlesPinCommand() *cobra.Command {
	var slot string
	var off, dryRun bool
	cmd := &cobra.Command{
		Use: "pin ID…", Short: "Pin articles to the top of the next edition, in this order",
		Long: `Has the slot's next edition print these articles first, behind those that are pinned
already. A pinned article is printed although it is too old or did not fit before, but
never twice, or in an edition that its label does not name. A pin ends when its edition
prints the article. "vesper edition plan" shows what comes of it.`,
		Example: "  vesper articles pin port-cities\n  vesper articles pin port-cities --slot morning\n" +
			"  vesper articles pin --off port-cities",
		Args: cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			return a.pin(cmd.Context(), h, slot, ids, pinning{off: off, dryRun: dryRun})
		}),
	}
	cmd.Flags().BoolVar(&off, "off", false, "take these pins away")
	addSlot(cmd, &slot)
	addDryRun(cmd, &dryRun)
	return cmd
}

// pinning is how pins are changed: whether they are taken away, and whether it is only said.
type pinning struct{ off, dryRun bool }

// addDryRun gives a command of the desk its -n flag.
func addDryRun(cmd *cobra.Command, dryRun *bool) {
	cmd.Flags().BoolVarP(dryRun, "dry-run", "n", false, "only show what would be done")
}

// pin pins articles behind those that are pinned, or takes pins away.
func (a *app) pin(ctx context.Context, h *house, slot string, ids []string, how pinning) error {
	return a.repin(ctx, h, slot, ids, func(pins []string) ([]string, error) {
		if !how.off {
			return append(pins, ids...), nil
		}
		for _, id := range ids {
			if !slices.Contains(pins, id) {
				return nil, usage(fmt.Errorf("article %q is not pinned", id), `"vesper edition plan" shows the pins`)
			}
		}
		return slices.DeleteFunc(pins, func(id string) bool { return slices.Contains(ids, id) }), nil
	}, how)
}

func (a *app) articlesOrderCommand() *cobra.Command {
	var slot string
	var dryRun bool
	cmd := &cobra.Command{
		Use: "order ID…", Short: "Print these articles first, in this order, and the others behind them",
		Long: `Has the slot's next edition begin with these articles, in this order. It takes the
place of all pins that the slot had. The other articles follow, newest first.`,
		Example: "  vesper articles order harbour-bridge port-cities tides",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, ids []string) error {
			return a.repin(cmd.Context(), h, slot, ids, nil, pinning{dryRun: dryRun})
		}),
	}
	addSlot(cmd, &slot)
	addDryRun(cmd, &dryRun)
	return cmd
}

func addSlot(cmd *cobra.Command, slot *string) {
	cmd.Flags().StringVar(slot, "slot", "", "for the edition of this `SLOT` (default: the first configured)")
}

// pinTries is how often pins are changed anew that somebody else changed just then.
const pinTries = 20

// repin changes the pins of a slot, all or nothing, and says where each article named
// stands now. If somebody else changes them at the same time, both changes hold; without a
// change the articles take the place of all pins, and that is refused. A frozen edition is
// opened anew with them.
func (a *app) repin(ctx context.Context, h *house, slot string, ids []string,
	change func(pins []string) ([]string, error), how pinning,
) error {
	s, err := h.slot(slot)
	if err != nil {
		return err
	}
	if how.dryRun {
		return a.repins(ctx, h, slot, ids, change, how)
	}
	return a.anew(ctx, h, s.Name, func() error { return a.repins(ctx, h, slot, ids, change, how) })
}

func (a *app) repins(ctx context.Context, h *house, slot string, ids []string,
	change func(pins []string) ([]string, error), how pinning,
) error {
	d, err := a.decide(ctx, h, editionFlags{slot: slot})
	if err != nil {
		return err
	}
	if err := mayPin(d, ids, how.off); err != nil {
		return err
	}
	was := d.Pins
	for try := 1; ; try++ {
		pins := ids
		if change != nil {
			if pins, err = change(slices.Clone(was)); err != nil {
				return err
			}
		}
		if len(pins) > publish.MaxPins {
			return usage(fmt.Errorf("%d articles would be pinned; there may be %d", len(pins), publish.MaxPins),
				`"vesper articles pin --off ID…" takes pins away`)
		}
		if how.dryRun {
			return a.wouldPin(ids, how.off)
		}
		err = h.publisher.SetPins(ctx, d.Slot.Name, was, pins)
		if errors.Is(err, digest.ErrRepinned) && (change == nil || try == pinTries) {
			return &exitError{
				exitFailed, errors.New("somebody else changed the pins at the same time, and theirs hold"),
				`"vesper edition plan" shows them; try again if yours are the right ones`,
			}
		} else if !errors.Is(err, digest.ErrRepinned) {
			break
		}
		if was, err = h.publisher.Pins(ctx, d.Slot.Name); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if d, err = a.decide(ctx, h, editionFlags{slot: slot}); err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.print("%s: %s\n", id, standsAt(d, id, how.off)); err != nil {
			return err
		}
	}
	return nil
}

// wouldPin says what would become of articles.
func (a *app) wouldPin(ids []string, off bool) error {
	would := "would be pinned"
	if off {
		would = "would not be pinned any more"
	}
	for _, id := range ids {
		if err := a.print("%s: %s\n", id, would); err != nil {
			return err
		}
	}
	return nil
}

// mayPin says why articles can't be pinned, if they can't.
func mayPin(d publish.Decision, ids []string, off bool) error {
	for _, id := range ids {
		if !off && !onDesk(d, id) {
			return usage(fmt.Errorf("there is no article %q", id), nearestArticle(d, id))
		}
		if c := choiceOf(d, id); !off && c.Verdict == digest.VerdictPrinted && !c.Picked {
			return usage(fmt.Errorf("article %q was %s", id, c.Reason), "no article is printed twice")
		}
	}
	return nil
}

// standsAt says where an article stands in an edition to come.
func standsAt(d publish.Decision, id string, off bool) string {
	begin := "pinned; "
	if off {
		begin = "not pinned any more; "
	}
	for i, c := range d.Choices {
		switch {
		case c.Article.ID != id:
		case c.Picked:
			return fmt.Sprintf("%splace %d of the %s", begin, i+1, d.Slot.Title)
		default:
			return fmt.Sprintf("%snot in the %s: %s", begin, d.Slot.Title, c.Reason)
		}
	}
	return begin + "it is not on the desk"
}

func onDesk(d publish.Decision, id string) bool { return choiceOf(d, id).Article.ID != "" }

// choiceOf gives what was decided of an article; the zero Choice if it is not on the desk.
func choiceOf(d publish.Decision, id string) digest.Choice {
	for _, c := range d.Choices {
		if c.Article.ID == id {
			return c
		}
	}
	return digest.Choice{}
}

// nearestArticle is a hint at an ID that may be meant.
func nearestArticle(d publish.Decision, id string) string {
	ids := make([]string, len(d.Choices))
	for i, c := range d.Choices {
		ids[i] = c.Article.ID
	}
	if near := digest.Nearest(fileless(id), ids); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return hintAtID(id)
}

// warnOfPins says which pins come to nothing.
func (a *app) warnOfPins(d publish.Decision) {
	for _, id := range d.Pins {
		if !onDesk(d, id) {
			a.tell("vesper: warning: article %q is pinned, but not on the desk\n", id)
			a.tell("hint: \"vesper articles pin --off %s\" takes the pin away\n", id)
			continue
		}
		if c := choiceOf(d, id); !c.Picked && !d.Record.State.Opened() {
			a.tell("vesper: warning: article %q is pinned, but %s\n", id, c.Reason)
		}
	}
}
