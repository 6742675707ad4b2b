package main

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// editionJSON is an edition's record as scripts read it.
type editionJSON struct {
	ID                 string            `json:"id"`
	Slot               string            `json:"slot"`
	Date               string            `json:"date"`
	Title              string            `json:"title"`
	Number             uint32            `json:"number"`
	State              digest.State      `json:"state"`
	Reason             string            `json:"reason"`
	OpenedAt           *string           `json:"opened_at"`
	DoneAt             *string           `json:"done_at"`
	Opened             int               `json:"opened"`
	Sent               int               `json:"sent"`
	Failed             int               `json:"failed"`
	Expired            int               `json:"expired"`
	Skipped            int               `json:"skipped"`
	Unknown            int               `json:"unknown"`
	Pending            int               `json:"pending"`
	Attempting         int               `json:"attempting"`
	PossibleDuplicates int               `json:"possible_duplicates"`
	Articles           *[]articleJSON    `json:"articles,omitempty"`
	Domains            []domainTallyJSON `json:"domains,omitempty"`
	Failures           []failureJSON     `json:"failures,omitempty"`
}

// domainTallyJSON counts an edition's recipients at one domain.
type domainTallyJSON struct {
	Domain string `json:"domain"`
	Opened int    `json:"opened"`
	Sent   int    `json:"sent"`
	Failed int    `json:"failed"`
	Owed   int    `json:"owed"`
}

type articleJSON struct {
	ID       string `json:"id"`
	Headline string `json:"headline"`
	URL      string `json:"url"`
}

type failureJSON struct {
	Address  string      `json:"address"`
	State    digest.Step `json:"state"`
	Code     int         `json:"code"`
	Enhanced string      `json:"enhanced"`
	Reply    string      `json:"reply"`
	At       *string     `json:"at"`
}

func recordJSON(r digest.Record, zone *time.Location) editionJSON {
	t := r.Tally
	return editionJSON{
		ID: r.ID.String(), Slot: r.ID.Slot, Date: r.ID.Date.String(), Title: r.Title, Number: r.Number,
		State: r.State, Reason: r.Reason, OpenedAt: stamp(r.OpenedAt, zone), DoneAt: stamp(r.DoneAt, zone),
		Opened: t.Opened, Sent: t.Sent, Failed: t.Failed, Expired: t.Expired, Skipped: t.Skipped, Unknown: t.Unknown,
		Pending: t.Pending, Attempting: t.Attempting, PossibleDuplicates: t.PossibleDuplicates,
	}
}

func (a *app) editionListCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Editions opened or recorded, newest first, with their sums",
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			records, err := h.store.Records(cmd.Context())
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, "EDITION", "STATE", "OPENED", "SENT", "FAILED", "EXPIRED", "SKIPPED", "UNKNOWN", "OWED", "OPENED AT", "REASON")
			for _, r := range records {
				t := r.Tally
				err := list.row(recordJSON(r, h.zone), r.ID.String(), string(r.State), strconv.Itoa(t.Opened), strconv.Itoa(t.Sent), strconv.Itoa(t.Failed),
					strconv.Itoa(t.Expired), strconv.Itoa(t.Skipped), strconv.Itoa(t.Unknown), strconv.Itoa(t.Owed()), list.time(r.OpenedAt, h.zone), r.Reason)
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
