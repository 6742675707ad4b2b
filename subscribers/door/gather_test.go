package door_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/door"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// archive is the past of one edition.
type archive struct {
	record   digest.Record
	receipts map[int64]digest.Receipt
}

func (a archive) Record(_ context.Context, id digest.ID) (digest.Record, error) {
	if id != a.record.ID {
		return digest.Record{}, digest.ErrNotFound
	}
	return a.record, nil
}

func (a archive) Receipt(_ context.Context, id digest.ID, subscriber int64) (digest.Receipt, error) {
	r, ok := a.receipts[subscriber]
	if !ok || id != a.record.ID {
		return r, fmt.Errorf("receipt: %w", digest.ErrNotFound)
	}
	return r, nil
}

// TestTheWholeAnswerIsToldInALine holds the sentences to what they were: a file
// that is rewritten with -update.
func TestTheWholeAnswerIsToldInALine(t *testing.T) {
	l := newLobby(t)
	sunday := digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 22}, Slot: "evening", Sequence: 1}
	monday := digest.ID{Date: sunday.Date.AddDays(1), Slot: "evening", Sequence: 1}
	past := archive{
		record:   digest.Record{ID: sunday, Number: 3, State: digest.Sending, OpenedAt: evening},
		receipts: map[int64]digest.Receipt{},
	}
	var all []subscribers.Address
	for i, name := range []string{"got", "failed", "waits", "late", "choosy", "left", "silent"} {
		a := address(t, name+"@quay.example")
		all = append(all, a)
		s := subscribers.Subscriber{Address: a, Status: subscribers.Active, Confirmed: evening.AddDate(0, 0, -i)}
		switch name {
		case "late":
			s.Confirmed = evening.Add(time.Hour)
		case "choosy":
			s.Evenings = subscribers.MondayToFriday
		case "silent":
			s.Status, s.Confirmed = subscribers.Unconfirmed, time.Time{}
		}
		is, _, err := l.list.Add(t.Context(), s, evening)
		must(t, err)
		if name == "left" {
			_, err := l.list.Unsubscribe(t.Context(), is.PublicID, evening.Add(-time.Hour))
			must(t, err)
		}
	}
	r := digest.Receipt{
		Edition: sunday, Step: digest.Sent, Variant: "designed", Code: 250, Reply: "2.0.0 ok",
		QueueID: "4XyZ", At: evening.Add(time.Minute),
	}
	past.receipts[1] = r
	r.Step, r.Code, r.Enhanced, r.Reply, r.QueueID = digest.Failed, 550, "5.1.1", "5.1.1 no such mailbox", ""
	past.receipts[2] = r
	r.Step, r.Code, r.Enhanced, r.Reply, r.Attempts, r.Due = digest.Pending, 450, "4.2.0", "4.2.0 not now", 2,
		evening.Add(time.Hour)
	past.receipts[3] = r
	all = append(all, address(t, "nobody@quay.example"), address(t, "barred@quay.example"))
	_, err := l.list.Suppress(t.Context(), all[len(all)-1], subscribers.Complaint, evening)
	must(t, err)
	x := door.Explainer{Readers: l.list, Past: past, Zone: time.UTC}
	var told strings.Builder
	for _, id := range []digest.ID{sunday, monday} {
		for _, a := range all {
			answer, e, err := x.Explain(t.Context(), a, id)
			if err != nil || e.Record.ID != id {
				t.Fatal(e, err)
			}
			fmt.Fprintf(&told, "%s\n  %s\n", answer.Line, answer.Row)
		}
	}
	const file = "testdata/explained.golden"
	if *update {
		must(t, os.WriteFile(file, []byte(told.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), told.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEvidenceThatCannotBeReadIsAnError(t *testing.T) {
	l := newLobby(t)
	broken := errors.New("the disk is gone")
	x := door.Explainer{Readers: l.list, Past: unreadable{broken}, Zone: time.UTC}
	if _, _, err := x.Explain(t.Context(), address(t, "ana@quay.example"), digest.ID{}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// unreadable is a past that can't be read.
type unreadable struct{ why error }

func (u unreadable) Record(context.Context, digest.ID) (digest.Record, error) {
	return digest.Record{}, u.why
}

func (u unreadable) Receipt(context.Context, digest.ID, int64) (digest.Receipt, error) {
	return digest.Receipt{}, u.why
}
