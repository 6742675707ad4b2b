package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

func (a *app) subscribersListCommand() *cobra.Command {
	var out format
	var status, tag string
	cmd := &cobra.Command{
		Use: "list", Short: "List the readers with their status", Args: cobra.NoArgs,
		Example: `  vesper subscribers list --status active -o csv
  vesper subscribers list --tag founders -o json`,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if status != "" && !slices.Contains(statuses, status) {
				return usage(fmt.Errorf("--status %q is not a status", status),
					"it is unconfirmed, active, unsubscribed or suppressed")
			}
			list := newLister(a.stdout, out, column{"ADDRESS", "address", false},
				column{"NAME", "name", true}, column{"STATUS", "status", false},
				column{"REASON", "reason", true}, column{"TIMEZONE", "timezone", false},
				column{"CREATED", "created_at", false}, column{"CONFIRMED", "confirmed_at", false})
			for s, err := range h.list.Subscribers(cmd.Context()) {
				if err != nil {
					return err
				}
				if status != "" && string(s.Status) != status || tag != "" && !slices.Contains(s.Tags, tag) {
					continue
				}
				row := []string{
					s.Address.String(), s.Name, string(s.Status), s.Reason, s.Timezone,
					list.time(s.Created, h.zone), list.time(s.Confirmed, h.zone),
				}
				if err := list.row(subscriberOut(s, h.zone), row...); err != nil {
					return err
				}
			}
			return list.done()
		}),
	}
	cmd.Flags().StringVar(&status, "status", "",
		"only those of this `STATUS`: unconfirmed, active, unsubscribed, suppressed")
	cmd.Flags().StringVar(&tag, "tag", "", "only those with this `TAG`")
	addFormat(cmd, &out)
	return cmd
}
