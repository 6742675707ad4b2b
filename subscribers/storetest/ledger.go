package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// Ledger is what is sent from: see deliver.Ledger.
type Ledger interface {
	Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error)
	Owed(ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int) ([]digest.Delivery, error)
	Intend(ctx context.Context, d digest.Delivery, now time.Time) (bool, error)
	Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error
}

// ledgerPromises are those about the deliveries of an edition.
var ledgerPromises = map[string]func(*testing.T, Open){
	"TestNobodyGetsAnEditionTwice":                          nobodyGetsAnEditionTwice,
	"TestWhoLeavesInTheMiddleIsNotSentTo":                   whoLeavesInTheMiddleIsNotSentTo,
	"TestSweepSettlesWhoNeedsNoMessage":                     sweepSettlesWhoNeedsNoMessage,
	"TestOwedGoesThroughTheRangeInOrder":                    owedGoesThroughTheRangeInOrder,
	"TestTheLongestDueComesFirst":                           theLongestDueComesFirst,
	"TestARepeatIsTheSameMessage":                           aRepeatIsTheSameMessage,
	"TestTheEquationAlwaysHolds":                            theEquationAlwaysHolds,
	"TestARelaysWordsAreKeptAsOneShortLine":                 aRelaysWordsAreKeptAsOneShortLine,
	"TestARelaysThanksQuoteNobody":                          aRelaysThanksQuoteNobody,
	"TestAnAddressIsFoundWhereARelayQuotesIt":               anAddressIsFoundWhereARelayQuotesIt,
	"TestWhoIsErasedIsQuotedByNobodyAndStillCounted":        whoIsErasedIsQuotedByNobody,
	"TestAnErasedReadersLateOutcomeDoesNotBringTheNameBack": anErasedReadersLateOutcome,

	"TestWhatWasUnderWayIsInDoubt":                              whatWasUnderWayIsInDoubt,
	"TestARowIsTakenOverOnlyWhenItsProcessIsGone":               aRowIsTakenOverOnlyWhenItsProcessIsGone,
	"TestWhoHasTheLockTakesOverAtOnce":                          whoHasTheLockTakesOverAtOnce,
	"TestRecoveryIsCountedPerLedger":                            recoveryIsCountedPerLedger,
	"TestALateOutcomeIsKeptIfNobodyTookTheRow":                  aLateOutcomeIsKept,
	"TestALateOutcomeIsRefusedAndCountedIfSomebodyTookTheRow":   aLateOutcomeIsRefused,
	"TestALateOutcomeThatSaysNothingArrivedIsNotCounted":        aLateOutcomeIsNotCounted,
	"TestTwoProcessesShareARangeAndNobodyIsSentTwice":           twoProcessesShareARange,
	"TestAProcessThatIsKilledLeavesItsRowsToTheOther":           aKilledProcessLeavesItsRows,
	"TestOneProcessHasTheLock":                                  oneProcessHasTheLock,
	"TestOutcomesThatAreSettledAtOnceAreThereAfterTheyWereTold": outcomesAreThere,
}

func nobodyGetsAnEditionTwice(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	d := owed(t, l, evening)[0]
	intend(t, l, d)
	if ok, err := l.Intend(t.Context(), d, evening); ok || err != nil {
		t.Errorf("intended twice: %v, %v", ok, err)
	}
	if n := len(owed(t, l, evening.Add(time.Hour))); n != 0 {
		t.Errorf("%d are owed while the attempt goes on", n)
	}
	settle(t, l, d, accepted(evening))
	if ok, err := l.Intend(t.Context(), d, evening); ok || err != nil {
		t.Errorf("intended after it was sent: %v, %v", ok, err)
	}
	for _, again := range []digest.Settlement{{Step: digest.Pending, At: evening, Due: evening}, accepted(evening)} {
		if err := l.Settle(t.Context(), d, again); !errors.Is(err, digest.ErrTaken) {
			t.Errorf("settled again as %s: got %v, want ErrTaken", again.Step, err)
		}
	}
	if err := l.Settle(t.Context(), digest.Delivery{Key: 99}, accepted(evening)); !errors.Is(err, digest.ErrTaken) {
		t.Errorf("a row that is not there: got %v, want ErrTaken", err)
	}
	for _, step := range []digest.Step{digest.Skipped, digest.Attempting, "odd"} {
		if err := l.Settle(t.Context(), d, digest.Settlement{Step: step, At: evening}); err == nil || errors.Is(err, digest.ErrTaken) {
			t.Errorf("an attempt ended as %s: %v", step, err)
		}
	}
	if n := cutShort(t, l, false); n != 0 {
		t.Errorf("recovered %d: nothing was under way", n)
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: 1, Sent: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func whoLeavesInTheMiddleIsNotSentTo(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	if ok, err := s.List.Unsubscribe(t.Context(), readers[0].PublicID, evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
	removeReader(t, s, readers[1].Address)
	if ok, err := s.List.Suppress(t.Context(), readers[2].Address, subscribers.Manual, evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for _, d := range ds {
		if ok, err := l.Intend(t.Context(), d, evening); ok || err != nil {
			t.Errorf("intended for %d: %v, %v", d.Key, ok, err)
		}
	}
	for i, want := range []string{"unsubscribed", "erased", "suppressed"} {
		receipts, err := s.Book.Receipts(t.Context(), readers[i].ID)
		if diff := cmp.Diff([]digest.Receipt{{
			Edition: opening(0).Edition.ID, Step: digest.Skipped, Reason: want, Variant: digest.Designed, At: evening,
		}}, receipts); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: 3, Skipped: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func sweepSettlesWhoNeedsNoMessage(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	// Another process attempts the second: its rows are left alone.
	l, other := s.Ledger(n), open(t, Options{}).Ledger(n)
	ds := owed(t, l, evening)
	intend(t, l, ds[0])
	intend(t, other, ds[1])
	later := evening.Add(5 * time.Minute)
	settle(t, l, ds[0], deferred(evening, later, "come again"))
	if next := sweep(t, l, digest.Sweeping{Now: evening, GaveUp: evening.Add(-6 * time.Hour)}).Next; !next.Equal(evening) {
		t.Errorf("next due %v, want %v", next, evening)
	}
	intend(t, other, ds[2])
	if next := sweep(t, l, digest.Sweeping{Now: evening}).Next; !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	want := ds[0]
	want.Attempts, want.Due = 1, later
	if diff := cmp.Diff([]digest.Delivery{want}, owed(t, l, later)); diff != "" {
		t.Error(diff)
	}
	// First due at the very time before which we give up.
	if next := sweep(t, l, digest.Sweeping{Now: later, GaveUp: evening}).Next; !next.IsZero() {
		t.Errorf("next due %v, want none", next)
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: 3, Expired: 1, Attempting: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failures, err := s.Book.Failures(t.Context(), n, 10)
	if diff := cmp.Diff([]digest.Failure{{
		Subscriber: readers[0].ID, Address: "reader1@news.example", Step: digest.Expired,
		Code: 451, Enhanced: "4.7.1", Reply: "come again", At: later,
	}}, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func owedGoesThroughTheRangeInOrder(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 7)
	l := s.Ledger(mustOpen(t, s, 0))
	r := digest.Range{Low: readers[1].ID, High: readers[5].ID}
	var got []int64
	var after *digest.Delivery
	for {
		ds, err := l.Owed(t.Context(), r, evening, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		for _, d := range ds {
			got = append(got, d.Key)
		}
		after = &ds[len(ds)-1]
	}
	if diff := cmp.Diff([]int64{readers[1].ID, readers[2].ID, readers[3].ID, readers[4].ID, readers[5].ID}, got); diff != "" {
		t.Error(diff)
	}
	if ds := owed(t, l, evening.Add(-time.Second)); len(ds) != 0 {
		t.Errorf("%d are owed before their time", len(ds))
	}
	if _, err := s.Ledger(99).Owed(t.Context(), r, evening, nil, 2); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("an edition that is not there: got %v, want ErrNotFound", err)
	}
}

func theLongestDueComesFirst(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 6)
	l := s.Ledger(mustOpen(t, s, 0))
	waits := []time.Duration{30, 10, 20, 10, 40, 30}
	for i, d := range owed(t, l, evening) {
		intend(t, l, d)
		settle(t, l, d, deferred(evening, evening.Add(waits[i]*time.Minute), "later"))
	}
	// With every size of a page, nobody is left out and nobody comes twice.
	for limit := 1; limit <= 7; limit++ {
		var got []int64
		var after *digest.Delivery
		for {
			ds, err := l.Owed(t.Context(), digest.Whole(), evening.Add(30*time.Minute), after, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(ds) == 0 {
				break
			}
			for _, d := range ds {
				if want := evening.Add(waits[d.Key-1] * time.Minute); !d.Due.Equal(want) {
					t.Errorf("row %d is due %v, want %v", d.Key, d.Due, want)
				}
				got = append(got, d.Key)
			}
			after = &ds[len(ds)-1]
		}
		if diff := cmp.Diff([]int64{2, 4, 3, 1, 6}, got); diff != "" {
			t.Errorf("%d at a time: %s", limit, diff)
		}
	}
}

func aRepeatIsTheSameMessage(t *testing.T, open Open) {
	s := open(t, Options{})
	addReader(t, s, "Ines@Bücher.example")
	n := mustOpen(t, s, 0)
	before := owed(t, s.Ledger(n), evening)
	ring, err := s.List.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	intend(t, s.Ledger(n), before...)
	if _, err := s.List.Rotate(t.Context(), evening); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{})
	l := s.Ledger(n)
	if n := sweep(t, l, digest.Sweeping{Now: evening.Add(before[0].Lease)}).Recovered; n != 1 {
		t.Fatalf("recovered %d, want 1", n)
	}
	after := owed(t, l, evening)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	d := after[0]
	if d.Address != "Ines@xn--bcher-kva.example" || !d.FirstDue.Equal(evening) || !d.Since.Equal(evening.Add(-time.Hour)) {
		t.Errorf("got %+v", d)
	}
	reader, err := s.List.Subscriber(t.Context(), address(t, "ines@bücher.example"))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); id != reader.PublicID || err != nil {
		t.Errorf("the link leads to %d, %v, want %d", id, err, reader.PublicID)
	}
	if id, edition, err := ring.ReturnPath(d.ReturnPath); id != reader.PublicID || edition != n || err != nil {
		t.Errorf("the return path leads to %d of %d, %v", id, edition, err)
	}
	second := owed(t, s.Ledger(mustOpen(t, s, 1)), evening.AddDate(0, 0, 1))[0]
	if second.MessageID == d.MessageID {
		t.Error("two editions have the same Message-ID")
	}
	if _, err := ring.Link(second.Unsubscribe, subscribers.ToUnsubscribe, evening); err == nil {
		t.Error("the next edition is still signed with the old key")
	}
	if ring, err = s.List.Keyring(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, d := range []digest.Delivery{d, second} {
		if id, err := ring.Link(d.Unsubscribe, subscribers.ToUnsubscribe, evening); id != reader.PublicID || err != nil {
			t.Errorf("edition %d: the link leads to %d, %v", i+1, id, err)
		}
	}
}

// walk is a random walk of six readers through an edition.
type walk struct {
	*rand.Rand
	store   Store
	ledger  Ledger
	number  uint32
	day     int
	readers []subscribers.Subscriber
	now     time.Time
}

func theEquationAlwaysHolds(t *testing.T, open Open) {
	s := open(t, Options{})
	const walks = 100
	for seed := range walks {
		w := &walk{Rand: rand.New(rand.NewPCG(uint64(seed), 0)), store: s, day: seed, now: evening}
		for i := range 6 {
			w.readers = append(w.readers, addReader(t, s, fmt.Sprintf("reader%d@walk%d.example", i, seed)))
		}
		w.number = mustOpen(t, s, seed)
		w.ledger = s.Ledger(w.number)
		for range 1 + w.IntN(25) {
			w.now = w.now.Add(time.Second)
			if err := w.act(t); err != nil {
				t.Fatalf("walk %d: %v", seed, err)
			}
			if got := tally(t, s, seed); !got.Balanced() || got.Opened != len(w.readers) {
				t.Fatalf("walk %d: got %+v", seed, got)
			}
		}
		sweep(t, w.ledger, digest.Sweeping{Now: w.now, Hold: true, GaveUp: w.now.AddDate(0, 0, walks)})
		if err := s.Book.Resume(t.Context(), w.number, w.now); err != nil {
			t.Fatal(err)
		}
		closeEdition(t, s, w.number)
		verified(t, s, w.number)
		for _, r := range w.readers {
			if _, err := s.List.RemoveAll(t.Context(), slices.Values([]subscribers.Address{r.Address}), w.now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// act does one thing that may happen.
func (w *walk) act(t *testing.T) (err error) {
	ends := []digest.Step{digest.Sent, digest.Failed, digest.Expired, digest.Unknown, digest.Pending}
	r := w.readers[w.IntN(len(w.readers))]
	d := digest.Delivery{Key: r.ID, Address: r.Address.Mailbox()}
	yes := w.IntN(2) == 1
	switch w.IntN(8) {
	case 0, 1:
		_, err = w.ledger.Intend(t.Context(), d, w.now)
	case 2, 3:
		// A row at its end refuses; that it does not change is what counts.
		err = w.ledger.Settle(t.Context(), d, digest.Settlement{
			Step: ends[w.IntN(len(ends))], At: w.now, Due: w.now.Add(time.Second), Counted: yes,
		})
		if errors.Is(err, digest.ErrTaken) {
			err = nil
		}
	case 4:
		_, err = w.store.List.Unsubscribe(t.Context(), r.PublicID, w.now)
	case 5:
		_, err = w.store.List.RemoveAll(t.Context(), slices.Values([]subscribers.Address{r.Address}), w.now)
	case 6:
		_, err = w.ledger.Sweep(t.Context(), digest.Sweeping{Range: digest.Whole(), Now: w.now, Hold: yes})
	case 7:
		_, err = w.store.Book.Resolve(t.Context(), w.number, yes, w.now)
	}
	return err
}

func aRelaysWordsAreKeptAsOneShortLine(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0))
	d := owed(t, l, evening)[0]
	intend(t, l, d)
	said := digest.Outcome{
		Class: digest.Permanent, Code: 550, Reply: "no\r\n\x1b[31mway\x00\xff" + strings.Repeat("ü", 600), QueueID: "4\tA",
	}
	settle(t, l, d, digest.Settlement{Step: digest.Failed, At: evening, Outcome: said})
	failures, err := s.Book.Failures(t.Context(), 1, 1)
	if err != nil || len(failures) != 1 {
		t.Fatal(failures, err)
	}
	want := "no   [31mway \ufffd" + strings.Repeat("ü", 486)
	if got := failures[0].Reply; got != want || utf8.RuneCountInString(got) != 500 {
		t.Errorf("got %q, want %q", got, want)
	}
	if r, err := s.Book.Receipt(t.Context(), opening(0).Edition.ID, readers[0].ID); r.QueueID != "4 A" || r.Reply != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}
