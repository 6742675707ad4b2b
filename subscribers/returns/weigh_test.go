package returns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/returns"
	"vesper/subscribers/store"
	"vesper/subscribers/storetest"
)

// weighhouse is a desk over a real store, with an edition that went to its readers.
type weighhouse struct {
	*returns.Desk
	store   *store.File
	readers []subscribers.Subscriber
	log     lines
	now     time.Time
	ledger  *store.Ledger
}

// lines is what was logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}

func newWeighhouse(t *testing.T, readers int) *weighhouse {
	t.Helper()
	w := &weighhouse{now: storetest.Opening(0).At}
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w.store = s
	for i := range readers {
		a, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@paper%d.example", i, i))
		if err != nil {
			t.Fatal(err)
		}
		one, _, err := s.List().Add(t.Context(), subscribers.Subscriber{Address: a, Status: subscribers.Active},
			w.now.Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		w.readers = append(w.readers, one)
	}
	if _, err := s.Book().OpenEdition(t.Context(), storetest.Opening(0)); err != nil {
		t.Fatal(err)
	}
	w.ledger = s.Ledger(1)
	w.Desk = &returns.Desk{
		Store: s.List(), Scales: s.List(), Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	return w
}

// sends has the relay take the edition for all, and refuse these.
func (w *weighhouse) sends(t *testing.T, refused map[int64]digest.Outcome) {
	t.Helper()
	ds, err := w.ledger.Owed(t.Context(), digest.Whole(), w.now, nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		if ok, err := w.ledger.Intend(t.Context(), d, w.now, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
		s := digest.Settlement{Step: digest.Sent, At: w.now, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250}}
		if o, ok := refused[d.Key]; ok {
			s.Step, s.Outcome = digest.Failed, o
		}
		if err := w.ledger.Settle(t.Context(), d, s); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *weighhouse) weigh(t *testing.T) returns.Weighed {
	t.Helper()
	done, err := w.Weigh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (w *weighhouse) status(t *testing.T, reader int) subscribers.Status {
	t.Helper()
	is, err := w.store.List().Subscriber(t.Context(), w.readers[reader].Address)
	if err != nil {
		t.Fatal(err)
	}
	return is.Status
}

func refusedWith(code int, status, text string) digest.Outcome {
	return digest.Outcome{Class: digest.Permanent, Code: code, Enhanced: status, Reply: text}
}

func TestARefusalIsReadByTheRulesOfReports(t *testing.T) {
	w := newWeighhouse(t, 6)
	late := refusedWith(550, "5.1.1", "no such user")
	late.Class = digest.Refused
	w.sends(t, map[int64]digest.Outcome{
		w.readers[0].ID: refusedWith(550, "5.1.1", "<reader0@paper0.example>: Recipient address rejected: User unknown"),
		w.readers[1].ID: refusedWith(550, "", "no such user here"),
		w.readers[2].ID: refusedWith(552, "5.2.2", "mailbox full"),
		w.readers[3].ID: refusedWith(550, "5.7.1", "part of their network is on our block list (S3150)"),
		w.readers[4].ID: late,
	})
	if got := w.weigh(t); got.Reports != 5 || got.Acted != 3 || got.Held != 0 {
		t.Errorf("got %+v", got)
	}
	for i, want := range []subscribers.Status{
		subscribers.Suppressed, subscribers.Suppressed, subscribers.Active, subscribers.Active,
		subscribers.Suppressed, subscribers.Active,
	} {
		if got := w.status(t, i); got != want {
			t.Errorf("reader %d is %s, want %s", i, got, want)
		}
	}
	all, err := w.store.List().Reports(t.Context(), subscribers.ReportFilter{Class: subscribers.ClassSender})
	if err != nil || len(all) != 1 || all[0].State != subscribers.ReportNoted || all[0].Why == "" {
		t.Errorf("got %+v, %v", all, err)
	}
	if w.log.count("refuses us") != 1 || w.log.count("olcsupport.office.com") != 1 || w.log.count("@") != 0 {
		t.Errorf("logged %s", w.log.text.String())
	}
	if got := w.weigh(t); got != (returns.Weighed{}) {
		t.Errorf("once more: %+v", got)
	}
}

func TestWhatIsHeldIsSaidOnce(t *testing.T) {
	w := newWeighhouse(t, 200)
	w.sends(t, nil)
	for i, r := range w.readers[:60] {
		one := subscribers.Report{
			Door: subscribers.DoorMail, Kind: subscribers.ReportDelivery, Key: fmt.Sprint(i), Proof: subscribers.ByReturnPath,
			Subscriber: r.ID, Edition: 1, At: w.now, Class: subscribers.ClassRemove, Cause: subscribers.UserUnknown,
			Status: "5.1.1", State: subscribers.ReportNew,
		}
		if _, err := w.store.List().Record(t.Context(), []subscribers.Report{one}); err != nil {
			t.Fatal(err)
		}
		if i%20 == 0 {
			w.weigh(t)
		}
	}
	w.weigh(t)
	sums, err := w.store.List().ReportSums(t.Context(), 1)
	// It is the list's first edition: 15 % of 200.
	if sums.Removed != 30 || sums.Held != 30 || err != nil {
		t.Errorf("got %+v, %v", sums, err)
	}
	if w.log.count("they are held") != 1 || w.log.count("do not exist") != 1 || w.log.count("@") != 0 {
		t.Errorf("logged %s", w.log.text.String())
	}
}

func TestTheWorkerWeighsWhatTheDoorsTake(t *testing.T) {
	w := newWeighhouse(t, 2)
	ds, err := w.ledger.Owed(t.Context(), digest.Whole(), w.now, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	w.sends(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() { defer close(done); w.Serve(ctx) }()
	raw := "From: MAILER-DAEMON@paper0.example\r\nTo: bounces+" + ds[0].ReturnPath + "@news.example\r\n" +
		"Subject: Undelivered\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n" +
		"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.paper0.example\r\n\r\n" +
		"Final-Recipient: rfc822; reader0@paper0.example\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n"
	for i := range 2 {
		taken, err := w.Take(t.Context(), returns.Came{Raw: []byte(raw)})
		if err != nil || taken.New != 1-i || taken.Reports[0].Proof != subscribers.ByReturnPath {
			t.Fatalf("got %+v, %v", taken, err)
		}
	}
	forged, err := w.Take(t.Context(), returns.Came{
		Raw: []byte(strings.NewReplacer(ds[0].ReturnPath, strings.Repeat("a", 36), "reader0@", "reader1@").Replace(raw)),
	})
	if err != nil || forged.Reports[0].State != subscribers.ReportUnproven {
		t.Fatalf("got %+v, %v", forged, err)
	}
	for w.status(t, 0) == subscribers.Active {
		select {
		case <-t.Context().Done():
			t.Fatal("nothing was weighed")
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	<-done
	if got := w.status(t, 1); got != subscribers.Active {
		t.Errorf("a forged report makes the reader %s", got)
	}
	if n := w.log.count("came back without effect"); n != 2 || w.log.count("@") != 0 {
		t.Errorf("%d lines, want one for the repeat and one for the forged: %s", n, w.log.text.String())
	}
}

// broken is a store that can't weigh one report.
type broken struct {
	*store.List
	id int64
}

func (b broken) Weigh(ctx context.Context, all []subscribers.Report, rules subscribers.Rules, now time.Time,
) ([]subscribers.Judgement, error) {
	for _, r := range all {
		if r.ID == b.id {
			return nil, errors.New("the row is damaged")
		}
	}
	return b.List.Weigh(ctx, all, rules, now)
}

func TestAReportThatCannotBeWeighedHoldsUpNoOther(t *testing.T) {
	w := newWeighhouse(t, 5)
	unknown := refusedWith(550, "5.1.1", "no such user")
	w.sends(t, map[int64]digest.Outcome{
		w.readers[0].ID: unknown, w.readers[1].ID: unknown, w.readers[2].ID: unknown,
	})
	w.Scales = broken{w.store.List(), 2}
	got, err := w.Weigh(t.Context())
	if got.Acted != 2 || err == nil || !strings.Contains(err.Error(), "report 2: the row is damaged") {
		t.Errorf("got %+v, %v", got, err)
	}
	w.Scales = w.store.List()
	if got := w.weigh(t); got.Acted != 1 {
		t.Errorf("got %+v", got)
	}
}
