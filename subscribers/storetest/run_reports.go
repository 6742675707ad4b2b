package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// owedReports gives the states of what is to be reported on, in their order.
func owedReports(t testing.TB, s Store, want ...digest.State) []digest.OwedReport {
	t.Helper()
	all, err := s.Book.OwedReports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []digest.State
	for _, e := range all {
		got = append(got, e.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("reports are owed (-want +got):\n%s", diff)
	}
	return all
}

// keep writes a report of a few words.
func keep(t testing.TB, s Store, e digest.OwedReport, letters ...digest.Letter) {
	t.Helper()
	back, err := s.Book.CameBack(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := digest.RunReport{ID: e.ID.String(), State: e.State, Reason: e.Reason, EndedAt: e.At, CameBack: back}
	if err := s.Book.KeepReport(t.Context(), e.Key, r, letters, evening); err != nil {
		t.Fatal(err)
	}
}

// finish sends all of an edition.
func finish(t testing.TB, s Store, number uint32) {
	t.Helper()
	begins(t, s, number, digest.Sending)
	sendAll(t, s, number, evening)
	if err := s.Book.Close(t.Context(), number, evening.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

func whatIsOverOwesAReportOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	owedReports(t, s)
	id := Opening(0).Edition.ID
	missed := digest.Record{ID: id, Title: "Evening", State: digest.Missed, Reason: "asleep"}
	for range 2 {
		if err := s.Book.Enter(t.Context(), missed, nil, evening); err != nil {
			t.Fatal(err)
		}
	}
	e := owedReports(t, s, digest.Missed)[0]
	if e.ID != id || e.Reason != "asleep" || e.Title != "Evening" || !e.At.Equal(evening) {
		t.Errorf("got %+v", e)
	}
	// It is told although the day is forgotten, and then opened after all.
	if err := s.Book.Forget(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	n := mustOpen(t, s, 0)
	owedReports(t, s, digest.Missed)
	keep(t, s, e)
	owedReports(t, s)
	finish(t, s, n)
	for _, e := range owedReports(t, s, digest.Done) {
		if !e.At.Equal(evening.Add(time.Minute)) {
			t.Errorf("it was over at %v", e.At)
		}
		keep(t, s, e)
	}
	// What is sent again, and done again, was told.
	if err := s.Book.Close(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	owedReports(t, s)
	kept, err := s.Book.RunReport(t.Context(), id)
	if err != nil || len(kept) != 2 || kept[0].State != digest.Done || kept[1].Reason != "asleep" {
		t.Errorf("got %+v, %v", kept, err)
	}
	if all, err := s.Book.RunReports(t.Context(), 1); err != nil || len(all) != 1 || all[0].State != digest.Done {
		t.Errorf("got %+v, %v", all, err)
	}
	if all, err := s.Book.RunReports(t.Context(), 0); err != nil || len(all) != 2 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func aPausedEditionIsToldOfOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	owe := func() {
		t.Helper()
		if err := s.Book.OwePaused(t.Context(), n, evening); err != nil {
			t.Fatal(err)
		}
	}
	// One that goes on meanwhile owes none.
	owe()
	owedReports(t, s)
	if err := s.Book.Pause(t.Context(), n, digest.PausedAccount, "refused", evening); err != nil {
		t.Fatal(err)
	}
	owe()
	owe()
	e := owedReports(t, s, digest.Paused)[0]
	if e.Reason != "refused" || !e.At.Equal(evening) {
		t.Errorf("got %+v", e)
	}
	keep(t, s, e)
	owe()
	owedReports(t, s)
	// It may still be done.
	resume(t, s, n, evening)
	finish(t, s, n)
	owedReports(t, s, digest.Done)
}

func aReportAndItsLettersAreKeptTogether(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	finish(t, s, mustOpen(t, s, 0))
	e := owedReports(t, s, digest.Done)[0]
	good := digest.Letter{Kind: digest.Report, Address: "desk@news.example", Bytes: []byte("Subject: told\r\n\r\n")}
	bad := good
	bad.Address = "desk@news.example\r\nRCPT TO:<other@news.example>"
	r := digest.RunReport{ID: e.ID.String()}
	if err := s.Book.KeepReport(t.Context(), e.Key, r, []digest.Letter{good, bad}, evening); err == nil {
		t.Error("a letter was posted that can't be sent")
	}
	owedReports(t, s, digest.Done)
	if last, err := s.Outbox.Last(t.Context()); err != nil || last != 0 {
		t.Errorf("letter %d was posted without its report, %v", last, err)
	}
	keep(t, s, e, good)
	// Another process that had begun to write it is too late.
	if err := s.Book.KeepReport(t.Context(), e.Key, r, []digest.Letter{good}, evening); !errors.Is(err, digest.ErrExists) {
		t.Errorf("got %v, want digest.ErrExists", err)
	}
	all, err := s.Outbox.LettersAfter(t.Context(), 0)
	if err != nil || len(all) != 1 || all[0].Kind != digest.Report {
		t.Errorf("got %+v, %v", all, err)
	}
}

func aReportCountsWhatCameBack(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	finish(t, s, mustOpen(t, s, 0))
	e := owedReports(t, s, digest.Done)[0]
	say := func(key string, r subscribers.Report) {
		t.Helper()
		r.Door, r.Key, r.At = subscribers.DoorMail, key, evening
		r.Proof, r.State = subscribers.ByReturnPath, subscribers.ReportNoted
		if _, err := s.Reports.Record(t.Context(), []subscribers.Report{r}); err != nil {
			t.Fatal(err)
		}
	}
	bounce := subscribers.Report{
		Kind: subscribers.ReportDelivery, Subscriber: readers[0].ID, Edition: 1, Class: subscribers.ClassRemove,
	}
	// A reader of whom two things come back is one.
	say("a", bounce)
	say("b", bounce)
	say("c", subscribers.Report{
		Kind: subscribers.ReportComplaint, Subscriber: readers[1].ID, Class: subscribers.ClassComplaint,
	})
	reply := subscribers.Report{Kind: subscribers.ReportReply, Class: subscribers.ClassIgnore}
	say("d", reply)
	reply.Rule = "it was sent to abuse"
	say("e", reply)
	got, err := s.Book.CameBack(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := digest.CameBack{Bounced: 1, Complained: 1, Abuse: 1, Replies: 1, Last: got.Last}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	keep(t, s, e)
	// The next one begins behind it.
	say("f", subscribers.Report{
		Kind: subscribers.ReportDelivery, Subscriber: readers[2].ID, Edition: 1, Class: subscribers.ClassCount,
	})
	for range 2 {
		got, err = s.Book.CameBack(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(digest.CameBack{Since: evening, Bounced: 1, Last: got.Last}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func whoWasNotSentAnEditionIsNotNamed(t *testing.T, open Open) {
	s := open(t, Options{})
	ines := addReader(t, s, "ines.okafor@news.example")
	others := addReader(t, s, "tomas@news.example")
	l := s.Ledger(mustOpen(t, s, 0))
	replies := map[int64]string{
		ines.ID:   "<ines.okafor@news.example>: no mailbox ines.okafor here",
		others.ID: "forwarded to grace@other.example: user grace is over quota",
	}
	for _, d := range owed(t, l, evening) {
		ok, err := l.Intend(t.Context(), d, evening, nil)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		o := digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: replies[d.Key]}
		s := digest.Settlement{Step: digest.Failed, Outcome: o, Counted: true, At: evening}
		if err := l.Settle(t.Context(), d, s); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	err := s.Book.NotSent(t.Context(), 1, func(one digest.NotSent) error {
		n++
		if strings.Contains(one.Said, "ines") || strings.Contains(one.Said, "grace") || strings.Contains(one.Said, "@") {
			t.Errorf("it names somebody: %q", one.Said)
		}
		if one.Step != digest.Failed || one.Code != 550 || one.Enhanced != "5.1.1" {
			t.Errorf("got %+v", one)
		}
		return nil
	})
	if err != nil || n != 2 {
		t.Errorf("%d readers, %v, want 2", n, err)
	}
}
