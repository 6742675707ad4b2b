package main

import (
	"context"
	"slices"
	"time"

	"vesper/digest"
	"vesper/digest/report"
)

const (
	// mostReported is how many editions the page has, mostMonths how many months.
	mostReported = 30
	mostMonths   = 12
)

// reportPage gathers what the page shows: the editions as they stand now, days that were
// recorded without one, and of those that were forgotten what was told of them.
func (h *house) reportPage(ctx context.Context, now time.Time) (report.Page, error) {
	p := report.Page{Publication: h.config.Publication.Name, At: now, Zone: h.zone}
	kept, err := h.book.RunReports(ctx, 2*mostReported)
	if err != nil {
		return p, err
	}
	if len(kept) > 0 {
		p.Last = &kept[0]
	}
	if p.Rows, err = h.reportRows(ctx, kept); err != nil {
		return p, err
	}
	if err := h.countReaders(ctx, p.Rows, kept); err != nil {
		return p, err
	}
	n, err := h.list.Numbers(ctx, h.zone)
	for _, m := range n.Months[max(0, len(n.Months)-mostMonths):] {
		p.Months = append(p.Months, report.Month{Name: m.Name, Added: m.Added, Confirmed: m.Confirmed, Left: m.Left})
	}
	return p, err
}

// reportRows gives the rows of the last editions, the newest first.
func (h *house) reportRows(ctx context.Context, kept []digest.RunReport) ([]report.Row, error) {
	tallies, err := h.book.Tallies(ctx)
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	there := map[string]bool{}
	for _, t := range tallies {
		there[t.ID.String()] = true
		rows = append(rows, report.Row{
			ID: t.ID, PaperNumber: t.PaperNumber, Number: t.Number,
			State: t.State, Reason: t.Reason, MissedFrom: t.MissedFrom, OpenedAt: t.Begins(), Took: t.Took(),
			Tally: t.Tally, Readers: -1,
		})
	}
	for _, k := range kept {
		id, err := digest.ParseID(k.ID)
		if err != nil || there[k.ID] {
			continue
		}
		there[k.ID] = true
		rows = append(rows, report.Row{
			ID: id, PaperNumber: k.PaperNumber, State: k.State, Reason: k.Reason + " (forgotten since)", Readers: -1,
		})
	}
	slices.SortStableFunc(rows, func(a, b report.Row) int { return b.ID.Date.Compare(a.ID.Date) })
	rows = rows[:min(len(rows), mostReported)]
	for i, r := range rows {
		if r.Number == 0 {
			continue
		}
		back, err := h.list.ReportSums(ctx, r.Number)
		if err != nil {
			return nil, err
		}
		rows[i].Bounced, rows[i].Complained = back.Bounced, back.Complained
	}
	return rows, nil
}

// countReaders says how long the list was at each edition: as it was told then and, where it
// was not, by those who are on it still.
func (h *house) countReaders(ctx context.Context, rows []report.Row, kept []digest.RunReport) error {
	var opened []*report.Row
	for i := range rows {
		if rows[i].State.Opened() {
			opened = append(opened, &rows[i])
		}
	}
	slices.SortFunc(opened, func(a, b *report.Row) int { return a.OpenedAt.Compare(b.OpenedAt) })
	moments := make([]time.Time, len(opened))
	for i, r := range opened {
		// A reader who came in the second of the opening counts.
		moments[i] = r.OpenedAt.Add(time.Second)
	}
	active, err := h.list.ActiveAt(ctx, moments)
	if err != nil {
		return err
	}
	for i, r := range opened {
		r.Readers = active[i]
		for _, k := range kept {
			if k.ID == r.ID.String() && k.State == r.State {
				r.Readers = k.Readers
			}
		}
	}
	return nil
}

// lastReport gives the newest report on an edition. Where none was kept, since it was over
// before there were any, it is gathered now.
func (h *house) lastReport(ctx context.Context, id digest.ID) (digest.RunReport, error) {
	kept, err := h.book.RunReport(ctx, id)
	if err != nil {
		return digest.RunReport{}, err
	}
	if len(kept) > 0 {
		return kept[0], nil
	}
	t, err := h.tallied(ctx, id.String())
	if err != nil {
		return digest.RunReport{}, err
	}
	switch t.State {
	case digest.Done, digest.Cancelled, digest.Empty, digest.Missed:
	default:
		return digest.RunReport{}, notOver(t)
	}
	at := t.DoneAt
	if at.IsZero() {
		at = t.Begins()
	}
	r, err := h.runReport(ctx, digest.OwedReport{
		ID: t.ID, State: t.State, Title: t.Title, Reason: t.Reason, MissedFrom: t.MissedFrom, At: at,
	})
	r.CameBack = digest.CameBack{}
	return r, err
}
