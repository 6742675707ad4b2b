package main

import (
	"cmp"
	"strconv"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

func (a *app) bouncesListCommand() *cobra.Command {
	var c choice
	var out format
	cmd := &cobra.Command{
		Use: "list [ADDRESS|ID…]", Short: "List what came back, the newest first",
		Long: `Lists what came back: failed deliveries, complaints, and replies of machines and people.
Each is a report. Its state says what became of it:

  new         it is looked at within seconds
  noted       it changed nobody: it only counts, is about us, or may pass
  acted       the reader was taken off the list
  held        it would take the reader off, but too many came at once; the reader gets
              no edition until "vesper bounces apply" or "discard"
  unproven    nothing shows that it is about a message of ours; "apply" believes it
  discarded   an admin set it aside

An address after "names" is a stranger's word: anybody can write such a message. With
--class reply it lists what people answered, with --class sender who refuses us, and
what can be done about that.`,
		Example: `  vesper bounces list
  vesper bounces list ines@news.example
  vesper bounces list --edition 2026-11-22-evening --state held
  vesper bounces list --class sender --since 3d -o csv`,
		Args: cobra.ArbitraryArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			f, err := c.read(cmd.Context(), a, h, args)
			if err != nil {
				return err
			}
			all, err := h.list.Reports(cmd.Context(), f.ReportFilter)
			if err != nil {
				return err
			}
			all = f.keep(all)
			n, err := h.namesIn(cmd.Context(), all)
			if err != nil {
				return err
			}
			if err := a.listReports(h, all, n, out); err != nil || out != "table" {
				return err
			}
			if len(all) == 0 {
				a.tell("nothing came back\n")
			}
			if f.Class == subscribers.ClassSender {
				return a.tellRefusals(refusalsOf(all, n))
			}
			return nil
		}),
	}
	c.addTo(cmd)
	addFormat(cmd, &out)
	return cmd
}

// listReports prints reports.
func (a *app) listReports(h *house, all []subscribers.Report, n names, out format) error {
	list := newLister(a.stdout, out, column{"ID", "id", false}, column{"AT", "at", false},
		column{"READER", "address", true}, column{"EDITION", "edition", false}, column{"KIND", "kind", false},
		column{"CLASS", "class", false}, column{"CAUSE", "cause", false}, column{"STATUS", "status", false},
		column{"PROOF", "proof", false}, column{"STATE", "state", false}, column{"RULE", "rule", true},
		column{"WHY", "why", true})
	for _, r := range all {
		reader, proof := n.reader(r), string(r.Proof)
		if out == "table" {
			reader, proof = n.readerCell(r), cmp.Or(proof, "none")
		}
		if err := list.row(h.reportOut(r, n), strconv.FormatInt(r.ID, 10), list.time(r.At, h.zone), reader,
			r.EditionID, string(r.Kind), string(r.Class), string(r.Cause), cmp.Or(r.Status, code(r.Code)), proof,
			string(r.State), r.Rule, r.Why); err != nil {
			return err
		}
	}
	return list.done()
}
