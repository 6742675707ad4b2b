package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/alarm"
)

func (a *app) alarmsCommand() *cobra.Command {
	return noun("alarms", "Who is told when something goes wrong", "  vesper alarms test", a.alarmsTestCommand())
}

func (a *app) alarmsTestCommand() *cobra.Command {
	var out format
	var dryRun bool
	cmd := &cobra.Command{
		Use: "test", Short: "Send an alarm of kind \"test\" by every configured way, and see which worked",
		Long: `Sends one alarm of kind "test" by every way that [alarms] names: runs the command, posts to
the webhook, mails to mail_to. The heartbeat is not fetched: who watches it would take this
for an evening that is done.

Exit status 0 if all ways worked, 4 if some did, 1 if none did.`,
		Example: "  vesper alarms test\n  vesper alarms test -o json",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if len(h.alarms.Ways) == 0 {
				return usage(errors.New("no way to tell anybody is configured"),
					"set command, webhook or mail_to in [alarms] of "+h.config.File())
			}
			return a.testAlarms(cmd.Context(), h, out, dryRun)
		}),
	}
	addFormat(cmd, &out)
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show which ways there are")
	return cmd
}

// wayJSON is what came of a way.
type wayJSON struct {
	Way string `json:"way"`
	// Result is ok, fail or skipped.
	Result  digest.Result `json:"result"`
	Message string        `json:"message"`
}

// testLimit is how long a way may take.
const testLimit = time.Minute

func (a *app) testAlarms(ctx context.Context, h *house, out format, dryRun bool) error {
	list := newLister(a.stdout, out, column{"WAY", "way", false}, column{"RESULT", "result", false},
		column{"MESSAGE", "message", true})
	m := h.alarms.Test(digest.Alarm{
		Kind: digest.AlarmTest, Reason: `Nothing is wrong: somebody ran "vesper alarms test".`, Hint: "nothing",
	})
	failed := 0
	for _, w := range h.alarms.Ways {
		is := wayJSON{w.Name(), digest.OK, "told"}
		if dryRun {
			is.Result, is.Message = digest.Unseen, "dry run: nobody was told"
		} else if err := tellWithin(ctx, w, m); err != nil {
			is.Result, is.Message = digest.Fail, digest.WithoutAddresses(err.Error())
			failed++
		}
		if err := list.row(is, is.Way, string(is.Result), is.Message); err != nil {
			return err
		}
	}
	if err := list.done(); err != nil {
		return err
	}
	switch failed {
	case 0:
		return nil
	case len(h.alarms.Ways):
		return exit(exitFailed)
	}
	return exit(exitPartly)
}

func tellWithin(ctx context.Context, w alarm.Way, m alarm.Message) error {
	telling, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	return w.Tell(telling, m)
}
