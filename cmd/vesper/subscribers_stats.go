package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

// statsJSON is the list in numbers.
type statsJSON struct {
	Unconfirmed  int            `json:"unconfirmed"`
	Active       int            `json:"active"`
	Unsubscribed int            `json:"unsubscribed"`
	Suppressed   int            `json:"suppressed"`
	Suppressions map[string]int `json:"suppressions"`
	Months       []monthJSON    `json:"months"`
	Domains      []domainJSON   `json:"domains"`
}

type monthJSON struct {
	Month     string `json:"month"`
	Added     int    `json:"added"`
	Confirmed int    `json:"confirmed"`
	Left      int    `json:"left"`
}

func (a *app) subscribersStatsCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "stats", Short: "Show the list in numbers: status, growth by month, domains", Args: cobra.NoArgs,
		Long: `Counts the readers by status, the suppressed addresses by reason, who came, confirmed
and unsubscribed in each month, and the domains of the active readers. Readers who
were removed or erased are in no month.`,
		Example: "  vesper subscribers stats\n  vesper subscribers stats -o json",
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			s, err := h.stats(cmd.Context())
			if err != nil {
				return err
			}
			if out == "json" {
				return newEncoder(a.stdout).Encode(s)
			}
			return a.showStats(s, out)
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

func (h *house) stats(ctx context.Context) (statsJSON, error) {
	s := statsJSON{Months: []monthJSON{}, Domains: []domainJSON{}}
	n, err := h.list.Numbers(ctx, h.zone)
	if err != nil {
		return s, err
	}
	counts := n.ByStatus
	s.Unconfirmed, s.Active = counts[subscribers.Unconfirmed], counts[subscribers.Active]
	s.Unsubscribed, s.Suppressed = counts[subscribers.Unsubscribed], counts[subscribers.Suppressed]
	for _, m := range n.Months {
		s.Months = append(s.Months, monthJSON{m.Name, m.Added, m.Confirmed, m.Left})
	}
	for _, d := range n.Domains {
		s.Domains = append(s.Domains, domainJSON{d.Name, d.Readers})
	}
	s.Suppressions, err = h.list.CountByReason(ctx)
	return s, err
}

func (a *app) showStats(s statsJSON, out format) error {
	list := newLister(a.stdout, out, column{"WHAT", "what", false}, column{"NAME", "name", true},
		column{"READERS", "readers", false}, column{"CONFIRMED", "confirmed", false}, column{"LEFT", "left", false})
	var err error
	row := func(what, name string, numbers ...int) {
		cells := []string{what, name, "", "", ""}
		for i, n := range numbers {
			cells[2+i] = strconv.Itoa(n)
		}
		if err == nil {
			err = list.row(nil, cells...)
		}
	}
	row("status", "unconfirmed", s.Unconfirmed)
	row("status", "active", s.Active)
	row("status", "unsubscribed", s.Unsubscribed)
	row("status", "suppressed", s.Suppressed)
	for _, reason := range subscribers.Reasons {
		if n := s.Suppressions[reason]; n > 0 {
			row("suppression", reason, n)
		}
	}
	for _, m := range s.Months {
		row("month", m.Month, m.Added, m.Confirmed, m.Left)
	}
	for i, d := range s.Domains {
		if out == "table" && i == mostDomains {
			row("domain", fmt.Sprintf("and %s more", count(len(s.Domains)-i, "domain")))
			break
		}
		row("domain", d.Domain, d.Recipients)
	}
	if err != nil {
		return err
	}
	return list.done()
}
