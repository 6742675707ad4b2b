package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func aReadersDeliveriesAreReceipts(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	first := mustOpen(t, s, 0)
	late := addReader(t, s, "late@news.example")
	second := mustOpen(t, s, 1)
	tomorrow := evening.AddDate(0, 0, 1)
	for _, l := range []Ledger{s.Ledger(first), s.Ledger(second)} {
		for _, d := range owed(t, l, tomorrow) {
			intend(t, l, d)
			if d.Key == late.ID {
				settle(t, l, d, deferred(tomorrow, tomorrow.Add(time.Hour), "come again"))
				continue
			}
			end := accepted(tomorrow)
			end.Outcome.QueueID = "4XyZ"
			settle(t, l, d, end)
		}
	}
	sent := digest.Receipt{
		Edition: Opening(1).Edition.ID, Step: digest.Sent, Code: 250, Reply: "ok", QueueID: "4XyZ",
		Variant: digest.Designed, At: tomorrow,
	}
	earlier := sent
	earlier.Edition = Opening(0).Edition.ID
	got, err := s.Book.Receipts(t.Context(), readers[1].ID)
	if diff := cmp.Diff([]digest.Receipt{sent, earlier}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	one, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, readers[1].ID)
	if diff := cmp.Diff(earlier, one); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	want := digest.Receipt{
		Edition: Opening(1).Edition.ID, Step: digest.Pending, Code: 451, Enhanced: "4.7.1", Reply: "come again",
		Variant: digest.Designed, Attempts: 1, Due: tomorrow.Add(time.Hour), At: tomorrow,
	}
	got, err = s.Book.Receipts(t.Context(), late.ID)
	if diff := cmp.Diff([]digest.Receipt{want}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, id := range []digest.ID{Opening(0).Edition.ID, Opening(5).Edition.ID} {
		if r, err := s.Book.Receipt(t.Context(), id, late.ID); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("%s: got %+v, %v, want ErrNotFound", id, r, err)
		}
	}
	if got, err := s.Book.Receipts(t.Context(), 99); len(got) != 0 || err != nil {
		t.Errorf("nobody's: got %+v, %v", got, err)
	}
}

func aRelaysThanksQuoteNobody(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0))
	d := owed(t, l, evening)[0]
	intend(t, l, d)
	end := accepted(evening)
	end.Outcome.Reply = "2.1.5 <READER1@news.example>: forwarded to <other@elsewhere.example>, ok"
	end.Outcome.QueueID = "reader1@news.example/17@relay.example"
	settle(t, l, d, end)
	r, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, readers[0].ID)
	if r.Reply != "2.1.5 <…>: forwarded to <…>, ok" || r.QueueID != "…/17@relay.example" || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, a := range []string{"reader1@news.example", "other@elsewhere.example"} {
		if q, err := s.List.Quotes(t.Context(), address(t, a), 0); len(q.Receipts) > 0 || err != nil {
			t.Errorf("%s is quoted by %+v, %v", a, q.Receipts, err)
		}
	}
}

func anAddressIsFoundWhereARelayQuotesIt(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 4)
	l := s.Ledger(mustOpen(t, s, 0))
	ds := owed(t, l, evening)
	intend(t, l, ds...)
	settle(t, l, ds[0], failed(evening, "<reader1@news.example>: no such user"))
	settle(t, l, ds[1], failed(evening, "<reader2@news.example> goes on to <READER1@news.example>, who is unknown"))
	settle(t, l, ds[2], deferred(evening, evening, "reader1@news.example waits"))
	settle(t, l, ds[3], failed(evening, "no such user"))
	ada := readers[0].Address
	quoted := func(subscriber int64, want ...int64) {
		t.Helper()
		q, err := s.List.Quotes(t.Context(), ada, subscriber)
		if err != nil || len(q.Receipts) != len(want) {
			t.Fatalf("got %+v, %v, want %d", q.Receipts, err, len(want))
		}
		for i, id := range want {
			r, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, id)
			if diff := cmp.Diff(r, q.Receipts[i]); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		}
	}
	// A reader's own deliveries are receipts, and no quotes.
	quoted(readers[0].ID, readers[1].ID, readers[2].ID)
	// Once the row is gone nobody knows the number: its words are all that is left.
	removeReader(t, s, ada)
	quoted(0, readers[0].ID, readers[1].ID, readers[2].ID)
	// A message that is taken after all has no such words any more.
	intend(t, l, owed(t, l, evening)...)
	settle(t, l, ds[2], accepted(evening))
	quoted(0, readers[0].ID, readers[1].ID)
}

func whoIsErasedIsQuotedByNobody(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	intend(t, l, ds...)
	settle(t, l, ds[0], failed(evening, "<reader1@news.example>: no mailbox reader1 here"))
	settle(t, l, ds[1], failed(evening, "passed on to reader1@news.example by <other@elsewhere.example>"))
	settle(t, l, ds[2], deferred(evening, evening, "come again"))
	postTo(t, s, digest.Proof, "reader1@news.example")
	pause(t, s, n, digest.PausedAccount, "the relay refuses us: 550 reader1@news.example")
	ada := readers[0].Address
	q, err := s.List.Quotes(t.Context(), ada, readers[0].ID)
	if len(q.Receipts) != 1 || len(q.Letters) != 1 || len(q.Paused) != 1 || err != nil {
		t.Errorf("before it this is known: %+v, %v", q, err)
	}
	if found, err := s.List.Erase(t.Context(), ada, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	q, err = s.List.Quotes(t.Context(), ada, 0)
	if len(q.Receipts)+len(q.Letters)+len(q.Paused) != 0 || err != nil {
		t.Errorf("after it this is known: %+v, %v", q, err)
	}
	for i, want := range []string{"<…>: no mailbox … here", "passed on to … by <other@elsewhere.example>"} {
		r, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, readers[i].ID)
		if r.Reply != want || err != nil {
			t.Errorf("got %q, %v, want %q", r.Reply, err, want)
		}
	}
	// The other whom a row quotes is still found there.
	other := address(t, "other@elsewhere.example")
	if q, err = s.List.Quotes(t.Context(), other, 0); len(q.Receipts) != 1 || err != nil {
		t.Errorf("got %+v, %v, want the row that quotes another", q, err)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 3, Failed: 2, Pending: 1})
	if found, err := s.List.Erase(t.Context(), ada, evening); found || err != nil {
		t.Errorf("once more: got %v, %v, want that nothing is known", found, err)
	}
}

func anErasedReadersLateOutcome(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	intend(t, l, ds...)
	if found, err := s.List.Erase(t.Context(), readers[0].Address, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	for i, d := range ds {
		settle(t, l, d, failed(evening, "<"+d.Address+">: no such user"))
		r, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, readers[i].ID)
		if named := strings.Contains(r.Reply, d.Address); named != (i == 1) || r.Step != digest.Failed || err != nil {
			t.Errorf("got %+v, %v", r, err)
		}
	}
	if q, err := s.List.Quotes(t.Context(), readers[0].Address, 0); len(q.Receipts) != 0 || err != nil {
		t.Errorf("got %+v, %v", q, err)
	}
}
