package main

import (
	"bytes"
	"time"

	"vesper/digest"
	"vesper/digest/report"
)

// runReportJSON is the report on an edition for scripts: as it was kept, and how it stands
// by now.
type runReportJSON struct {
	digest.RunReport
	Now nowJSON `json:"now"`
}

// nowJSON is what became of an edition by now.
type nowJSON struct {
	Sent       int `json:"sent"`
	Failed     int `json:"failed"`
	Expired    int `json:"expired"`
	Skipped    int `json:"skipped"`
	Unknown    int `json:"unknown"`
	Owed       int `json:"owed"`
	Bounced    int `json:"bounced"`
	Complained int `json:"complained"`
	Removed    int `json:"removed"`
	Held       int `json:"held"`
	Refused    int `json:"refused_us"`
}

func oneJSON(r digest.RunReport, now sumsNow, zone *time.Location) []byte {
	for _, t := range []*time.Time{&r.OpenedAt, &r.DueAt, &r.EndedAt, &r.FinishBy, &r.CameBack.Since} {
		if !t.IsZero() {
			*t = t.In(zone)
		}
	}
	t, back := now.tally, now.returned
	var b bytes.Buffer
	newEncoder(&b).Encode(runReportJSON{r, nowJSON{
		Sent: t.Sent, Failed: t.Failed, Expired: t.Expired, Skipped: t.Skipped, Unknown: t.Unknown, Owed: t.Owed(),
		Bounced: back.Bounced, Complained: back.Complained, Removed: back.Removed, Held: back.Held, Refused: back.Sender,
	}})
	return b.Bytes()
}

// rowJSON is a row of the page. What is not known is null.
type rowJSON struct {
	ID string `json:"id"`
	// Number is the paper's, LedgerNumber the program's own; 0 is none.
	Number       uint32       `json:"number"`
	LedgerNumber uint32       `json:"ledger_number"`
	State        digest.State `json:"state"`
	Reason       string       `json:"reason"`
	OpenedAt     *string      `json:"opened_at"`
	Seconds      int          `json:"seconds"`
	Recipients   int          `json:"recipients"`
	Sent         int          `json:"sent"`
	Failed       int          `json:"failed"`
	Expired      int          `json:"expired"`
	Skipped      int          `json:"skipped"`
	Unknown      int          `json:"unknown"`
	Owed         int          `json:"owed"`
	Bounced      int          `json:"bounced"`
	Complained   int          `json:"complained"`
	// Readers is how many were on the list and active.
	Readers *int `json:"readers"`
}

// rowsJSON gives an object a line, the newest edition first.
func rowsJSON(p report.Page) []byte {
	var b bytes.Buffer
	e := newEncoder(&b)
	for _, r := range p.Rows {
		t := r.Tally
		row := rowJSON{
			ID: r.ID.String(), Number: r.PaperNumber, LedgerNumber: r.Number,
			State: r.State, Reason: r.Reason, OpenedAt: stamp(r.OpenedAt, p.Zone),
			Seconds: int(r.Took.Seconds()), Recipients: t.Opened, Sent: t.Sent, Failed: t.Failed, Expired: t.Expired,
			Skipped: t.Skipped, Unknown: t.Unknown, Owed: t.Owed(), Bounced: r.Bounced, Complained: r.Complained,
		}
		if r.Readers >= 0 {
			row.Readers = &r.Readers
		}
		e.Encode(row)
	}
	return b.Bytes()
}
