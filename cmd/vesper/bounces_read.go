package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

func (a *app) bouncesReadCommand() *cobra.Command {
	var dryRun bool
	var out format
	cmd := &cobra.Command{
		Use: "read [FILE…|-]", Short: "Take what came back: messages, an mbox, a Maildir, or a pipe from a mail server",
		Long: `Reads messages that came back, records what they say, and does what follows from it.
A FILE is a message, an mbox or a Maildir. Without one the message comes from standard
input, as a mail server pipes it. To read a message twice changes nothing.

It ends with 75 if something could not be recorded, or from a pipe with a wrong flag, and
a mail server keeps it then and comes again; with 0 for whatever was recorded or is not ours, so that no server answers a
report with a report.`,
		Example: "  vesper bounces read returned.mbox\n  vesper bounces read ~/Maildir --dry-run\n" +
			`  |"/usr/local/bin/vesper --config /etc/vesper/vesper.toml bounces read"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
			}
			err := a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
				return a.readBounces(cmd.Context(), h, args, dryRun, out)
			})(cmd, args)
			return a.notNow(err, args)
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "print what would be recorded, and change nothing")
	addFormat(cmd, &out)
	// With any other status a mail server sends the message back, and what came back is lost.
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if len(cmd.Flags().Args()) > 0 || isTerminal(a.stdin) {
			return wrongFlag(cmd, err)
		}
		return a.notNow(wrongFlag(cmd, err), []string{"-"})
	})
	return cmd
}

// notNow gives whatever goes wrong with a message of a pipe the status that its server
// knows as passing: the message exists nowhere else.
func (a *app) notNow(err error, args []string) error {
	e, ok := errors.AsType[*exitError](err)
	if err == nil || ok && e.code == exitNotNow {
		return err
	}
	if ok && (e.code == exitDone || e.code == exitUsage && args[0] != "-") {
		return err
	}
	if !ok {
		e = &exitError{err: err}
	}
	return &exitError{exitNotNow, e.err, cmp.Or(e.hint, "nothing is lost: it is read again later")}
}

// readSums is what became of messages, for -o json.
type readSums struct {
	Read     int  `json:"read"`
	Reports  int  `json:"reports"`
	New      int  `json:"new"`
	Unproven int  `json:"unproven"`
	Left     int  `json:"left"`
	DryRun   bool `json:"dry_run"`
}

// readBounces takes all messages of what the arguments name, or looks at them.
func (a *app) readBounces(ctx context.Context, h *house, args []string, dryRun bool, out format) error {
	h.logTo(a.quiet())
	take, list := h.returns.Take, newLister(a.stdout, out, column{"KIND", "kind", false}, column{"PROOF", "proof", false},
		column{"EDITION", "edition", false}, column{"CLASS", "class", false}, column{"CAUSE", "cause", false},
		column{"STATUS", "status", false}, column{"BY", "rule", true})
	if dryRun {
		take = h.returns.Look
	}
	by, sums := "file", readSums{DryRun: dryRun}
	if args[0] == "-" {
		by = "pipe"
	}
	for _, name := range args {
		for raw, err := range a.messagesIn(name) {
			if err != nil {
				a.weigh(ctx, h, sums, dryRun)
				return err
			}
			t, err := take(ctx, returns.Came{Raw: raw, By: by})
			if err != nil {
				a.weigh(ctx, h, sums, dryRun)
				return &exitError{exitNotNow, err, cmp.Or(machine(err), "nothing is lost: read it again later")}
			}
			sums.add(t)
			if dryRun {
				if err := wouldRecord(list, t); err != nil {
					return err
				}
			}
		}
	}
	a.weigh(ctx, h, sums, dryRun)
	if err := list.done(); err != nil {
		return err
	}
	if out == "json" {
		return json.NewEncoder(a.stdout).Encode(sums)
	}
	if out == "table" {
		a.print("%s\n", sums)
	}
	return nil
}

func (s *readSums) add(t returns.Taken) {
	s.Read++
	s.Reports += len(t.Reports)
	s.New += t.New
	s.Left += t.Left
	for _, r := range t.Reports {
		if r.State == subscribers.ReportUnproven {
			s.Unproven++
		}
	}
}

// String says it in one line.
func (s readSums) String() string {
	said := fmt.Sprintf("%s read, %s, %d new, %d unproven", count(s.Read, "message"), count(s.Reports, "report"), s.New,
		s.Unproven)
	if s.DryRun {
		said = fmt.Sprintf("%s read, %s, %d unproven; nothing was changed", count(s.Read, "message"),
			count(s.Reports, "report"), s.Unproven)
	}
	if s.Left > 0 {
		said += ", " + count(s.Left, "reader") + " left"
	}
	return said
}

// weigh does at once what new reports ask for. What can't be done now, serve does: it is
// recorded.
func (a *app) weigh(ctx context.Context, h *house, sums readSums, dryRun bool) {
	if dryRun || sums.New == 0 {
		return
	}
	if _, err := h.returns.Weigh(ctx); err != nil {
		a.tell("vesper: what came back is recorded, but not weighed yet: %s\n", err)
	}
}

// wouldRecord prints the reports that a message would make.
func wouldRecord(list *lister, t returns.Taken) error {
	if t.Asked || t.Test {
		kind := map[bool]string{true: "test", false: "asks to leave"}[t.Test]
		return list.row(map[string]any{"kind": kind}, kind, "", "", "", "", "", "")
	}
	for _, r := range t.Reports {
		edition := ""
		if r.Edition > 0 {
			edition = fmt.Sprint(r.Edition)
		}
		object := struct {
			Kind    string `json:"kind"`
			Proof   string `json:"proof"`
			Edition uint32 `json:"edition"`
			Address string `json:"address"`
			Class   string `json:"class"`
			Cause   string `json:"cause"`
			Status  string `json:"status"`
			Rule    string `json:"rule"`
		}{
			string(r.Kind), string(r.Proof), r.Edition, r.Address, string(r.Class), string(r.Cause), r.Status, r.Rule,
		}
		if err := list.row(object, object.Kind, cmp.Or(object.Proof, "not proven"), edition, object.Class, object.Cause,
			object.Status, object.Rule); err != nil {
			return err
		}
	}
	return nil
}
