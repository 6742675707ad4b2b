package storetest

import (
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// refusal is how a row fails once the breaker has given its verdict.
func refusal(at time.Time, class digest.Class) digest.Settlement {
	return digest.Settlement{
		Step: digest.Failed, At: at,
		Outcome: digest.Outcome{
			Class: class, Code: 550, Enhanced: "5.1.1", Reply: "<reader1@news.example>: no such user, ask boss@news.example",
		},
	}
}

func aRefusalIsAReport(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := deliveries(t, s, n)
	for i, class := range []digest.Class{digest.Permanent, digest.Refused} {
		d := ds[rs[i].ID]
		intend(t, l, d)
		settle(t, l, d, refusal(evening, class))
	}
	all := reports(t, s, subscribers.ReportFilter{})
	if len(all) != 2 {
		t.Fatalf("got %+v", all)
	}
	for i, r := range []subscribers.Report{all[1], all[0]} {
		if r.Door != subscribers.DoorRelay || r.Kind != subscribers.ReportRefusal || r.Proof != subscribers.ByRelayItself ||
			r.Subscriber != rs[i].ID || r.Edition != n || r.Status != "5.1.1" || r.Code != 550 || r.Class != "" ||
			r.State != subscribers.ReportNew || !r.At.Equal(evening) || r.Diagnostic != "<…>: no such user, ask …" {
			t.Errorf("got %+v", r)
		}
		if want := []string{subscribers.AtRcpt, subscribers.AtData}[i]; r.Rule != want {
			t.Errorf("got %q, want %q", r.Rule, want)
		}
	}
	// Who sends may be told twice of one outcome.
	if err := l.Settle(t.Context(), ds[rs[0].ID], refusal(evening, digest.Permanent)); err == nil {
		t.Error("a row is settled twice")
	}
	if again := reports(t, s, subscribers.ReportFilter{}); len(again) != 2 {
		t.Errorf("got %d reports", len(again))
	}
}

func aRefusalWithoutAVerdictIsNoReport(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 5)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	given := refusal(evening, digest.Permanent)
	given.Suspect = digest.OfAddress
	suspect := suspected(owed(t, l, evening)[1], digest.OfAddress)
	for i, c := range []digest.Settlement{
		given, suspect, refusal(evening, digest.Local), refusal(evening, digest.Account), accepted(evening),
	} {
		d := owed(t, l, evening)[0]
		intend(t, l, d)
		settle(t, l, d, c)
		if got := reports(t, s, subscribers.ReportFilter{}); len(got) != 0 {
			t.Fatalf("%d: got %+v", i, got)
		}
	}
}

func aRefusedLetterIsAReport(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	ana := address(t, "ana@quay.example")
	if !signUp(t, s, ana, "192.0.2.1", evening) {
		t.Fatal("no letter")
	}
	postTo(t, s, digest.Report, r.Address.String())
	var l Ledger = s.Outbox
	for _, d := range owed(t, l, evening) {
		intend(t, l, d)
		settle(t, l, d, refusal(evening, digest.Permanent))
	}
	all := reports(t, s, subscribers.ReportFilter{})
	if len(all) != 1 || all[0].Subscriber != reader(t, s, ana).ID || all[0].Edition != 0 {
		t.Errorf("got %+v: of a letter that is about no reader nobody is to blame", all)
	}
}

func erasingTakesTheReaderOut(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	n := sendDay(t, s, 0)
	own, others := report("own", rs[0].ID, n, evening), report("others", rs[1].ID, n, evening)
	own.Diagnostic, own.Raw = "550 no mailbox reader1 here", []byte("To: <READER1@news.example>")
	others.Raw = []byte("Cc: reader1@news.example")
	quoting := unproven("quoting", "boss@news.example", evening)
	quoting.Raw = []byte("From: Reader1@news.example")
	record(t, s, own, others, unproven("named", "reader1@news.example", evening), quoting,
		unproven("other", "reader2@news.example", evening))
	if found, err := s.List.Erase(t.Context(), rs[0].Address, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	left := map[string]subscribers.Report{}
	for _, r := range reports(t, s, subscribers.ReportFilter{}) {
		left[r.Key] = r
		raw, err := s.Reports.Raw(t.Context(), r.ID)
		if (raw != nil) != (r.Key == "other") || err != nil {
			t.Errorf("%s: got %q, %v", r.Key, raw, err)
		}
	}
	if len(left) != 3 || left["own"].Diagnostic != "550 no mailbox … here" || left["own"].Subscriber != 0 {
		t.Errorf("got %+v", left)
	}
}
