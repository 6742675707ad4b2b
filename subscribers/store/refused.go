package store

import (
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
	"vesper/subscribers"
)

// refusesReader says whether a settlement ends a row because the relay refused its reader
// or the text to its reader. Who settles says so once the relay has shown that it serves
// others; a row that is given up while it is suspected ends without that.
func refusesReader(s digest.Settlement) bool {
	return s.Step == digest.Failed && s.Suspect == "" &&
		(s.Outcome.Class == digest.Permanent || s.Outcome.Class == digest.Refused)
}

// reportRefusal keeps a refusal as a report, in the transaction that settles its row.
// What it means is found out later: here only what was said is known.
func (q *queue) reportRefusal(ctx context.Context, c conn, d digest.Delivery, s digest.Settlement) error {
	r := subscribers.Report{
		Door: subscribers.DoorRelay, Kind: subscribers.ReportRefusal, Proof: subscribers.ByRelayItself,
		Key: fmt.Sprintf("letter %d/%d", d.Key, s.At.Unix()), At: s.At, Rule: subscribers.AtRcpt,
		Status: s.Outcome.Enhanced, Code: s.Outcome.Code, Diagnostic: s.Outcome.Reply, State: subscribers.ReportNew,
	}
	if s.Outcome.Class == digest.Refused {
		r.Rule = subscribers.AtData
	}
	about := sql.NullInt64{Int64: d.Key, Valid: true}
	if len(q.edition) > 0 {
		r.Edition = q.edition[0].(uint32)
		r.Key = fmt.Sprintf("%d/%d/%d", r.Edition, d.Key, s.At.Unix())
	} else if err := c.QueryRow(ctx, `SELECT subscriber FROM letters WHERE id = $1`, d.Key).Scan(&about); err != nil {
		return err
	}
	if !about.Valid {
		return nil
	}
	there, err := has(ctx, c, `SELECT 1 FROM subscribers WHERE id = $1`, about.Int64)
	if err != nil {
		return err
	}
	if r.Subscriber = about.Int64; !there {
		r.Subscriber = 0
	}
	_, err = q.record(ctx, c, r)
	return err
}
