package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/publish"
)

// correctFlags are the flags of "edition correct".
type correctFlags struct {
	actFlags
	words digest.Words
	yes   bool
}

func (a *app) editionCorrectCommand() *cobra.Command {
	var f correctFlags
	cmd := &cobra.Command{
		Use: "correct ID", Short: "Correct an edition that is being sent, or was",
		Long: `Opens a correction of an edition: the next edition of its day, such as
2026-11-22-evening-2, with its stories as they are on the desk now. Stories that were
spiked or deleted are left out. A story that is new on the desk is for the next evening.

Who was not sent the edition yet gets the whole correction in its place, and nobody gets
both. Who was sent it, or may have been, is told with --note: in a short email, "Correction:
Evening Edition, Sunday, November 22", that leads to the corrected page. Readers who have
left or joined since get nothing. Without --note only the whole correction is sent.

An edition that is being sent is paused first, and messages that are under way come to
their end: they count as sent, or as they end. Then the correction is opened in one step.
If that fails, the edition stays paused. The correction can be corrected too.

The edition's page stays as it was sent, with the correction above it, and /e/corrections
lists all. Exit status 3: nothing has changed and there is no note, or nobody would get it.`,
		Example: `  vesper edition pause 2026-11-22-evening --reason "a wrong number in the lead"
  vesper edition correct 2026-11-22-evening --dry-run --note "There are four ferries, not 14."
  vesper edition correct 2026-11-22-evening --yes --note "There are four ferries, not 14."`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			id, err := editionID(args[0])
			if err != nil {
				return err
			}
			return a.correct(cmd.Context(), h, id, f)
		}),
	}
	cmd.Flags().StringVar(&f.words.Note, "note", "", "a `NOTE` on what was wrong, for readers who were sent it")
	cmd.Flags().StringVar(&f.words.Subject, "subject", "", "the `SUBJECT` of the whole correction")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "don't ask")
	f.addTo(cmd)
	return cmd
}

func (a *app) correct(ctx context.Context, h *house, id digest.ID, f correctFlags) error {
	act := digest.Act{Kind: digest.Correct, By: a.who(f.actFlags), Reason: f.reason}
	if err := act.Check(); err != nil {
		return usage(err, "")
	}
	if err := errors.Join(a.mayLeave(h, f.dryRun), h.file.Behind(ctx)); err != nil {
		return err
	}
	c, err := a.decideCorrection(ctx, h, id, f)
	if err != nil {
		return err
	}
	a.announceCorrection(c)
	ask := fmt.Sprintf("Send it to %s?", count(c.Readers(), "recipient"))
	if err := a.mayMail(ctx, consent{f.yes, f.dryRun}, ask); err != nil {
		return err
	}
	if err := a.settle(ctx, h, c, f); err != nil {
		return err
	}
	act.Edition = c.Of.ID
	t, err := h.publisher.OpenCorrection(ctx, c, act)
	switch {
	case errors.Is(err, digest.ErrExists):
		return fmt.Errorf("edition %s was corrected by somebody else meanwhile: look at it, and correct it again", c.Of.ID)
	case errors.Is(err, digest.ErrNobody):
		return nobodyToCorrect(c)
	case err != nil:
		return err
	}
	a.print("edition %s corrects %s, for %s\n", t.ID, c.Of.ID, count(t.Tally.Opened, "recipient"))
	s, err := a.deliver(ctx, h, t.Record, false)
	if err != nil {
		return err
	}
	return a.sent(s, h, "")
}

// decideCorrection gives what a correction would be, or why there is none.
func (a *app) decideCorrection(
	ctx context.Context, h *house, id digest.ID, f correctFlags,
) (publish.Correcting, error) {
	stories, err := h.file.Feeds().Stories(ctx)
	if err != nil {
		return publish.Correcting{}, err
	}
	c, err := h.publisher.DecideCorrection(ctx, id, f.words, func(article string) bool {
		return stories[article].State == digest.StoryPutAway
	})
	var flaw *digest.Flaw
	switch {
	case errors.Is(err, digest.ErrNotFound):
		return c, usage(fmt.Errorf("edition %s was not opened", id), h.nearestEdition(ctx, id))
	case errors.Is(err, digest.ErrUnfit):
		return c, uncorrectable(c.Of)
	case errors.As(err, &flaw):
		return c, a.flawed(exitFailed, []*digest.Flaw{flaw})
	case err != nil:
		return c, wrongWords(err)
	case len(c.Edition.Articles) == 0:
		return c, &exitError{
			exitFailed, fmt.Errorf("edition %s is not corrected: none of its stories is on the desk", id),
			"\"vesper edition cancel\" ends one that is being sent",
		}
	case !c.Amends():
		return c, &exitError{
			exitNothing, fmt.Errorf("nothing to correct: the desk has the stories of edition %s as it printed them", c.Of.ID),
			hintOn(c),
		}
	case c.Readers()+c.Toward.OnTheWire == 0:
		return c, nobodyToCorrect(c)
	}
	for _, flaw := range c.Flaws {
		a.flaw(flaw)
	}
	return c, nil
}

// hintOn is what to do where the desk has nothing new.
func hintOn(c publish.Correcting) string {
	switch {
	case c.Edition.Correction.Note == "":
		return "--note tells those who were sent it what was wrong"
	case c.Of.State.UnderWay():
		return `it has that note already: "vesper edition send" finishes it`
	}
	return "it has that note already"
}

// uncorrectable is the error for an edition that can't be corrected.
func uncorrectable(r digest.Record) error {
	switch {
	case r.Ahead():
		return usage(fmt.Errorf("edition %s is not sent yet: there is nothing to correct", r.ID),
			fmt.Sprintf(`"vesper edition forget %s" takes it back, and it is opened anew from the desk`, r.ID))
	case !r.CancelAt.IsZero():
		return usage(fmt.Errorf("edition %s is cancelled: it can't be corrected", r.ID), "")
	}
	return usage(fmt.Errorf("edition %s is %s: it can't be corrected", r.ID, r.State), "")
}

func nobodyToCorrect(c publish.Correcting) error {
	e := &exitError{code: exitNothing, err: fmt.Errorf("nothing to correct: nobody is owed edition %s", c.Of.ID)}
	if c.Edition.Correction.Note == "" {
		e.hint = "--note tells those who were sent it what was wrong"
	}
	return e
}

func (a *app) announceCorrection(c publish.Correcting) {
	a.tell("edition %s corrects %s\n", c.Edition.ID, c.Of.ID)
	for _, headline := range c.Changed {
		a.tell("  changed: %s\n", headline)
	}
	for _, headline := range c.Gone {
		a.tell("  left out, not on the desk: %s\n", headline)
	}
	a.tell("  the whole correction: %s\n", count(c.Toward.Whole, "recipient"))
	what := "the note"
	if c.Edition.Correction.Note == "" {
		what = "nothing, without --note"
	}
	a.tell("  %s: %s, sent to before or maybe\n", what, count(c.Toward.Told, "recipient"))
	if c.Toward.OnTheWire > 0 {
		a.tell("  one of the two, when it is known: %s in transit\n", count(c.Toward.OnTheWire, "recipient"))
	}
}

// settlesWithin is how long messages that are under way are waited for.
const settlesWithin = 30 * time.Second

// settle pauses an edition that is being sent, and waits until nothing of it is under way.
func (a *app) settle(ctx context.Context, h *house, c publish.Correcting, f correctFlags) error {
	if c.Of.State == digest.Done {
		return nil
	}
	pause := f.actFlags
	pause.reason = "it is being corrected"
	_, _, err := a.act(ctx, h, c.Of.ID, digest.Halt, pause)
	if e := new(exitError); err != nil && (!errors.As(err, &e) || e.code != exitNothing) {
		// It may have come to its end while somebody thought about the question.
		if now, read := h.book.Record(ctx, c.Of.ID); read == nil && now.State == digest.Done {
			return nil
		}
		return err
	}
	settled, err := h.publisher.Settle(ctx, c.Of, h.lock("correct"), settlesWithin)
	if err != nil || settled {
		return err
	}
	if doubted, err := a.doubtSilent(ctx, h, c.Of); err != nil {
		return err
	} else if doubted {
		if settled, err = h.publisher.Settle(ctx, c.Of, h.lock("correct"), 0); err != nil || settled {
			return err
		}
	}
	return &exitError{
		exitPartly, fmt.Errorf("edition %s is paused and not corrected: %s", c.Of.ID, a.stillInHand(ctx, h, c.Of)),
		"run it again when they are over",
	}
}

// doubtSilent has nobody wait for machines that are gone, of an edition of which nothing is sent again: what they
// had in hand may have arrived. It says whether there was any.
func (a *app) doubtSilent(ctx context.Context, h *house, r digest.Record) (bool, error) {
	n, err := h.book.DoubtSilent(ctx, r.Number, settlesWithin, a.now())
	if n > 0 {
		a.tell("%s in the hands of machines that are not heard of any more: unknown, since they may have arrived\n",
			count(n, "message"))
	}
	return n > 0, err
}
