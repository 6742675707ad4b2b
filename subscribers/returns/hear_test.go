package returns

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// ledger is a Store that knows one reader by an address, and one message of a reader who
// is gone by its Message-ID.
type ledger struct {
	asked    []subscribers.Clues
	recorded []subscribers.Report
	err      error
}

func (l *ledger) Trace(_ context.Context, c subscribers.Clues) (subscribers.Found, error) {
	l.asked = append(l.asked, c)
	switch {
	case c.Address == "reader@news.example" && c.Verified:
		return subscribers.Found{Proof: subscribers.ByWebhookSecret, Subscriber: 7, Edition: 3}, nil
	case len(c.MessageIDs) > 0 && c.MessageIDs[0] == "gone@news.example" && !c.Sent.IsZero():
		return subscribers.Found{Proof: subscribers.ByMessageID, Edition: 3}, nil
	}
	return subscribers.Found{}, nil
}

func (l *ledger) Record(_ context.Context, all []subscribers.Report) (int, error) {
	l.recorded = append(l.recorded, all...)
	return len(all), l.err
}

func heard(t *testing.T, events ...Event) (*ledger, Heard) {
	t.Helper()
	l := &ledger{}
	d := &Desk{Store: l, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	h, err := d.Hear(t.Context(), subscribers.WebhookDoor("ses"), events)
	if err != nil {
		t.Fatal(err)
	}
	return l, h
}

// TestOfAnEventNobodyIsNamedButTheReaderItIsAbout: what a server quotes, and all of an event
// of who is gone, or of another list.
func TestOfAnEventNobodyIsNamedButTheReaderItIsAbout(t *testing.T) {
	raw := []byte(`{"email":"somebody@quay.example"}`)
	l, h := heard(t,
		Event{
			ID: "1", Address: "reader@news.example", Cause: subscribers.UserUnknown, Raw: raw,
			Diagnostic: "550 <reader@news.example> unknown", Rule: "ses: Reject/of ana@quay.example",
		},
		Event{ID: "2", Address: "ana@quay.example", MessageID: "gone@news.example", Cause: subscribers.UserUnknown, Raw: raw},
		Event{ID: "3", Address: "ana@quay.example", MessageID: "other@quay.example", Cause: subscribers.Complained, Raw: raw},
	)
	if h != (Heard{New: 2, Strangers: 1}) || len(l.recorded) != 2 {
		t.Fatalf("got %+v, %+v", h, l.recorded)
	}
	one, gone := l.recorded[0], l.recorded[1]
	if one.Subscriber != 7 || string(one.Raw) != string(raw) || strings.Contains(one.Diagnostic+one.Rule, "@") ||
		one.Kind != subscribers.ReportEvent || one.State != subscribers.ReportNew {
		t.Errorf("got %+v", one)
	}
	if gone.Subscriber != 0 || gone.Edition != 3 || gone.Raw != nil || gone.Address != "" {
		t.Errorf("got %+v", gone)
	}
}

// TestWhatTheProviderCallsPassingRemovesNobody, and a complaint is one.
func TestWhatTheProviderCallsPassingRemovesNobody(t *testing.T) {
	const address = "reader@news.example"
	l, _ := heard(t,
		Event{ID: "1", Address: address, Cause: subscribers.UserUnknown, Passing: true},
		Event{ID: "2", Address: address, Cause: subscribers.MailboxFull, Passing: true},
		Event{ID: "3", Address: address, Cause: subscribers.Complained},
	)
	got := []subscribers.Class{l.recorded[0].Class, l.recorded[1].Class, l.recorded[2].Class}
	if got[0] != subscribers.ClassWait || got[1] != subscribers.ClassCount || got[2] != subscribers.ClassComplaint ||
		l.recorded[2].Kind != subscribers.ReportComplaint {
		t.Errorf("got %q", got)
	}
}

// TestManyEventsOfOthersCostLittle: the whole ledger is not searched for each.
func TestManyEventsOfOthersCostLittle(t *testing.T) {
	var all []Event
	for range 1000 {
		all = append(all, Event{ID: "x", Address: "ana@quay.example", QueueIDs: []string{"q"}, Cause: subscribers.Spam})
	}
	l, h := heard(t, all...)
	searched := 0
	for _, c := range l.asked {
		if !c.Sent.IsZero() {
			searched++
		}
	}
	if h.Strangers != 1000 || searched != mostSearched {
		t.Errorf("got %+v, searched %d times", h, searched)
	}
}

func TestAnEventWithoutANameOrAStoreIsAnError(t *testing.T) {
	l := &ledger{err: errors.New("disk I/O error")}
	d := &Desk{Store: l, Now: time.Now}
	good := Event{ID: "1", Address: "reader@news.example", Cause: subscribers.Spam}
	for _, events := range [][]Event{{good}, {good, {Address: "reader@news.example"}}} {
		if _, err := d.Hear(t.Context(), "webhook ses", events); err == nil {
			t.Errorf("%+v: no error", events)
		}
	}
	if len(l.recorded) != 1 {
		t.Errorf("recorded %d", len(l.recorded))
	}
}
