package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// resolveFlags are the flags of "edition resolve".
type resolveFlags struct {
	consent
	suspects, failed   bool
	resend, drop, fail bool
	code               string
	until              time.Duration
}

func (a *app) editionResolveCommand() *cobra.Command {
	var f resolveFlags
	cmd := &cobra.Command{
		Use: "resolve ID", Short: "Decide what becomes of deliveries that are in doubt, or were refused",
		Long: `Says what becomes of an edition's deliveries that Vesper does not decide on. Each of
these is about all of them:

  --resend | --drop             the unknown ones. With in_doubt = "hold", a message
                                whose connection broke after the final dot may have
                                arrived. So may, with any policy, one to which that
                                happened three times.
  --suspects --fail | --resend  those that the relay refused for good and that have
                                not failed: it may have meant us, and not the reader.
  --failed --resend             those that failed although the relay meant us: the
                                edition is open again, for as long as --until says.
                                With --code, those that failed with this code.

Who has left, paused or is suppressed is not sent to again, even if the suppression
came from this very failure: "vesper subscribers unsuppress" first. While another
process is delivering the edition, nothing is changed: status 5.`,
		Example: `  vesper edition resolve 2026-11-22-evening --resend
  vesper edition resolve 2026-11-22-evening --suspects --fail
  vesper edition resolve 2026-11-22-evening --failed --resend --code 5.7.1 --until 3h`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			t, err := h.opened(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.resolve(cmd.Context(), h, t, f)
		}),
	}
	cmd.Flags().BoolVar(&f.suspects, "suspects", false, "those that the relay refused and that have not failed")
	cmd.Flags().BoolVar(&f.failed, "failed", false, "those that failed since the relay refused us")
	cmd.Flags().BoolVar(&f.resend, "resend", false, "send them again: with unknown ones, a reader may get a second copy")
	cmd.Flags().BoolVar(&f.drop, "drop", false, "give unknown ones up: a reader may have none")
	cmd.Flags().BoolVar(&f.fail, "fail", false, "fail suspects, each with what the relay said")
	cmd.Flags().StringVar(&f.code, "code", "",
		"of the failed, those with this `CODE`: 5.7.1, or 554 (left out: whose words mean us)")
	cmd.Flags().DurationVar(&f.until, "until", 0,
		"how long from now they may still begin, such as 3h (left out: for failed ones, give_up_after)")
	f.addTo(cmd, "send failed ones again without asking", "only say what would be done")
	return cmd
}

// check says what is wrong with the flags.
func (f resolveFlags) check(cmd *cobra.Command) error {
	word := usage(errors.New("resolve takes one of --resend and --drop; with --suspects one of --fail and --resend; "+
		"with --failed, --resend"), "")
	switch {
	case f.suspects && f.failed, f.suspects && (f.fail == f.resend || f.drop), f.failed && (!f.resend || f.drop || f.fail),
		!f.suspects && !f.failed && (f.resend == f.drop || f.fail):
		return word
	case cmd.Flags().Changed("code") && !f.failed:
		return usage(errors.New("--code is for --failed"), "")
	case cmd.Flags().Changed("code") && !codeForm.MatchString(f.code):
		return usage(fmt.Errorf("--code %q is no code of a refusal", f.code), "such as 5.7.1, or 554")
	case cmd.Flags().Changed("until") && (!f.resend || !f.suspects && !f.failed):
		return usage(errors.New("--until is for --suspects or --failed with --resend"), "")
	case cmd.Flags().Changed("until") && f.until < time.Second:
		return usage(fmt.Errorf("--until %s is no time to send in", f.until), "such as 3h")
	}
	return nil
}

func (a *app) resolve(ctx context.Context, h *house, t digest.Tallied, f resolveFlags) error {
	switch {
	case f.failed:
		return a.resendFailed(ctx, h, t, f)
	case f.suspects:
		return a.resolveSuspects(ctx, h, t, f)
	}
	what := "given up"
	if f.resend {
		what = "sent again"
	}
	if f.dryRun {
		a.print("%s would be %s\n", count(t.Tally.Unknown, "unknown message"), what)
		return nil
	}
	n, err := h.aside(func() (int, error) { return h.book.Resolve(ctx, t.Number, f.resend, a.now()) })
	if err == nil {
		a.print("%s will be %s\n", count(n, "unknown message"), what)
	}
	return err
}

func (a *app) resolveSuspects(ctx context.Context, h *house, t digest.Tallied, f resolveFlags) error {
	what := "failed"
	if f.resend {
		what = "tried again"
	}
	if f.dryRun {
		n, err := h.book.Suspects(ctx, t.Number)
		if err == nil {
			a.print("%s would be %s\n", count(n, "refused message"), what)
		}
		return err
	}
	if f.resend && f.until == 0 && t.Tally.Owed() > 0 && t.TooOld(a.now()) {
		return &exitError{exitPartly, digest.ErrTooOld, "--until 3h lets it go on for so long"}
	}
	n, err := h.aside(func() (int, error) {
		return h.book.ResolveSuspects(ctx, t.Number, f.resend, f.until, a.now())
	})
	if err != nil {
		return err
	}
	if f.resend {
		a.print("%s will be tried again\n", count(n, "refused message"))
		a.sayPaused(t, n)
		return nil
	}
	a.print("%s failed, each with what the relay said\n", count(n, "refused message"))
	return nil
}

// sayPaused says that an edition is paused, if anything of it is to be sent.
func (a *app) sayPaused(t digest.Tallied, n int) {
	if n > 0 && t.State == digest.Paused {
		a.print("edition %s is paused: \"vesper edition resume %s\" lets it go on\n", t.ID, t.ID)
	}
}

// aside changes deliveries with the lock in hand, or without while another process has
// it: then the book refuses what a run is under way of.
func (h *house) aside(change func() (int, error)) (int, error) {
	release, err := h.lock("resolve")()
	var held *digest.HeldError
	switch {
	case errors.As(err, &held):
		return change()
	case err != nil:
		return 0, err
	}
	n, err := change()
	return n, errors.Join(err, release())
}
