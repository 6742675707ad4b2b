package main

import (
	"cmp"
	"context"
	"slices"

	"vesper/subscribers"
)

// reportJSON is what came back, as scripts read it.
type reportJSON struct {
	ID   int64                  `json:"id"`
	At   *string                `json:"at"`
	Kind subscribers.ReportKind `json:"kind"`
	Door subscribers.Door       `json:"door"`
	// Address is the reader's if it is proven whose it is, and else the one that the
	// message names; empty if the reader is gone, or none is named.
	Address string `json:"address"`
	// Edition is empty for an email to a single reader, and where it is not known.
	Edition string `json:"edition"`
	// Proof is what shows whose it is; empty if nothing does.
	Proof      subscribers.Proof       `json:"proof"`
	Class      subscribers.Class       `json:"class"`
	Cause      subscribers.Cause       `json:"cause"`
	Rule       string                  `json:"rule"`
	Status     string                  `json:"status"`
	Code       int                     `json:"code"`
	Diagnostic string                  `json:"diagnostic"`
	State      subscribers.ReportState `json:"state"`
	DecidedAt  *string                 `json:"decided_at"`
	Why        string                  `json:"why"`
}

// names are the addresses of readers, by their rows.
type names map[int64]subscribers.Address

// namesIn gives the names that some reports need.
func (h *house) namesIn(ctx context.Context, all []subscribers.Report) (names, error) {
	var ids []int64
	for _, r := range all {
		if r.Subscriber != 0 {
			ids = append(ids, r.Subscriber)
		}
	}
	slices.Sort(ids)
	return h.list.AddressesOf(ctx, slices.Compact(ids))
}

// reader gives the address of whom a report is about.
func (n names) reader(r subscribers.Report) string {
	if r.Proof == subscribers.NotProven {
		return r.Address
	}
	return n[r.Subscriber].String()
}

// readerCell gives whom a report is about for a table. What nothing proves is marked as a
// stranger's word.
func (n names) readerCell(r subscribers.Report) string {
	address := n.reader(r)
	switch {
	case r.Proof != subscribers.NotProven:
		return cmp.Or(address, "(gone)")
	case address == "":
		return "(names nobody)"
	}
	return "names " + address
}

func (h *house) reportOut(r subscribers.Report, n names) reportJSON {
	return reportJSON{
		ID: r.ID, At: stamp(r.At, h.zone), Kind: r.Kind, Door: r.Door, Address: n.reader(r),
		Edition: r.EditionID, Proof: r.Proof, Class: r.Class, Cause: r.Cause, Rule: r.Rule, Status: r.Status,
		Code: r.Code, Diagnostic: r.Diagnostic, State: r.State, DecidedAt: stamp(r.Decided, h.zone), Why: r.Why,
	}
}

// reportsOut gives reports as scripts read them.
func (h *house) reportsOut(ctx context.Context, all []subscribers.Report) ([]reportJSON, error) {
	out := []reportJSON{}
	n, err := h.namesIn(ctx, all)
	for _, r := range all {
		out = append(out, h.reportOut(r, n))
	}
	return out, err
}
