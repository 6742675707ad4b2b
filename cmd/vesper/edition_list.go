package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"vesper/digest"
)

func (a *app) editionListCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "List opened and recorded editions, newest first, with their totals",
		Long: `Lists the editions that were opened, and the days that were missed or empty. "Sent" are
the messages that the relay accepted; "bounced" are those of these that came back later.
"No." is the number that the paper has in its masthead. With -o json, "number" is the same,
and "ledger_number" the one that Vesper counts all editions by.`,
		Example: "  vesper edition list\n  vesper edition list -o csv > editions.csv",
		Args:    cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			all, err := h.book.Tallies(cmd.Context())
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, column{"EDITION", "id", false},
				column{"NO.", "number", false}, column{"STATE", "state", false},
				column{"RECIPIENTS", "recipients", false}, column{"SENT", "sent", false},
				column{"BOUNCED", "bounced", false},
				column{"FAILED", "failed", false}, column{"EXPIRED", "expired", false},
				column{"SKIPPED", "skipped", false}, column{"UNKNOWN", "unknown", false},
				column{"OWED", "owed", false}, column{"OPENED AT", "opened_at", false}, column{"REASON", "reason", true})
			for _, r := range all {
				t, object := r.Tally, talliedJSON(r, h.zone)
				if object.Acts, err = h.acts(cmd.Context(), r.ID); err != nil {
					return err
				}
				why := r.Reason
				if r.Frozen(a.now()) && r.State != digest.Paused {
					why = h.frozen(r.Record)
				}
				if r.State.Opened() {
					sums, err := h.list.ReportSums(cmd.Context(), r.Number)
					if err != nil {
						return err
					}
					object.addReturned(sums)
				}
				err := list.row(object, r.ID.String(), numberCell(r.PaperNumber), string(r.State), strconv.Itoa(t.Opened),
					strconv.Itoa(t.Sent), strconv.Itoa(object.Bounced), strconv.Itoa(t.Failed),
					strconv.Itoa(t.Expired), strconv.Itoa(t.Skipped), strconv.Itoa(t.Unknown), strconv.Itoa(t.Owed()),
					list.time(r.OpenedAt, h.zone), why)
				if err != nil {
					return err
				}
			}
			return list.done()
		}),
	}
	addFormat(cmd, &out)
	return cmd
}
