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
		Use: "resolve ID", Short: "Decide about deliveries that are unknown, or that the relay refused",
		Long: `Decides about deliveries that Vesper does not decide alone. Each of these is about
all such deliveries of the edition:

  --resend | --drop             the unknown ones: the connection broke after the final
                                dot, so they may have arrived. Vesper does not send
                                them again if in_doubt is "hold", or after the third
                                time.
  --suspects --fail | --resend  those that the relay refused for good, and that have
                                not failed yet: it may have refused us, and not the
                                recipient.
  --failed --resend             those that failed because the relay refused us. The
                                edition is open again, for as long as --until says.
                                --code takes those that failed with this code.

Nothing is sent to readers who have unsubscribed, paused or are suppressed. If this
failure itself suppressed them, run "vesper subscribers unsuppress" first. While
another process is delivering the edition, nothing is changed: exit status 5.`,
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
	cmd.Flags().BoolVar(&f.suspects, "suspects", false, "those that the relay refused and that have not failed yet")
	cmd.Flags().BoolVar(&f.failed, "failed", false, "those that failed because the relay refused us")
	cmd.Flags().BoolVar(&f.resend, "resend", false, "send them again; of the unknown ones, some may arrive twice")
	cmd.Flags().BoolVar(&f.drop, "drop", false, "give the unknown ones up; some may never have arrived")
	cmd.Flags().BoolVar(&f.fail, "fail", false, "with --suspects: they failed, each with the relay's reply")
	cmd.Flags().StringVar(&f.code, "code", "",
		"with --failed: those with this `CODE`, such as 5.7.1 or 554 (default: if the reply is about us)")
	cmd.Flags().DurationVar(&f.until, "until", 0,
		"send them until this long from now, such as 3h (default with --failed: give_up_after)")
	f.addTo(cmd, "with --failed: don't ask", "only show what would be done")
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
		return usage(fmt.Errorf("--code %q is not the code of a refusal", f.code), "such as 5.7.1, or 554")
	case cmd.Flags().Changed("until") && (!f.resend || !f.suspects && !f.failed):
		return usage(errors.New("--until is for --suspects or --failed with --resend"), "")
	case cmd.Flags().Changed("until") && f.until < time.Second:
		return usage(fmt.Errorf("--until %s: it must be at least a second", f.until), "such as 3h")
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
		return &exitError{exitPartly, digest.ErrTooOld, "--until 3h gives it 3 more hours"}
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
	a.print("%s failed, each with the relay's reply\n", count(n, "refused message"))
	return nil
}

// sayPaused says that an edition is paused, if anything of it is to be sent.
func (a *app) sayPaused(t digest.Tallied, n int) {
	if n > 0 && t.State == digest.Paused {
		a.print("edition %s is paused: \"vesper edition resume %s\" resumes it\n", t.ID, t.ID)
	}
}

// aside changes deliveries with the lock in hand, or without while another process has
// it: then the book refuses what a run is under way of.
func (h *house) aside(change func() (int, error)) (int, error) {
	right, err := h.lock("resolve")()
	var held *digest.HeldError
	switch {
	case errors.As(err, &held):
		return change()
	case err != nil:
		return 0, err
	}
	n, err := change()
	return n, errors.Join(err, right.Release())
}
