package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// Ledger is what is sent from: see deliver.Ledger.
type Ledger interface {
	Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error)
	Owed(
		ctx context.Context, r digest.Range, now time.Time, after *digest.Delivery, limit int,
	) ([]digest.Delivery, error)
	Intend(ctx context.Context, d digest.Delivery, now time.Time, decided func(taken bool)) (bool, error)
	Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error
}

// ledgerPromises are those about the deliveries of an edition.
var ledgerPromises = map[string]func(*testing.T, Open){
	"TestNobodyGetsAnEditionTwice":                          nobodyGetsAnEditionTwice,
	"TestWhoLeavesInTheMiddleIsNotSentTo":                   whoLeavesInTheMiddleIsNotSentTo,
	"TestAnIntentSaysAtOnceWhetherItHolds":                  anIntentSaysAtOnceWhetherItHolds,
	"TestSweepSettlesWhoNeedsNoMessage":                     sweepSettlesWhoNeedsNoMessage,
	"TestOwedGoesThroughTheRangeInOrder":                    owedGoesThroughTheRangeInOrder,
	"TestTheLongestDueComesFirst":                           theLongestDueComesFirst,
	"TestSuspectsComeBehindTheOthers":                       suspectsComeBehindTheOthers,
	"TestWhoWasRefusedFailsAtTheEndWithWhatTheRelaySaid":    whoWasRefusedFailsAtTheEnd,
	"TestReadersWhoWereSentToLatelyAreKnown":                readersWhoWereSentToLatelyAreKnown,
	"TestARepeatIsTheSameMessage":                           aRepeatIsTheSameMessage,
	"TestTheEquationAlwaysHolds":                            theEquationAlwaysHolds,
	"TestARelaysWordsAreKeptAsOneShortLine":                 aRelaysWordsAreKeptAsOneShortLine,
	"TestARelaysThanksQuoteNobody":                          aRelaysThanksQuoteNobody,
	"TestAnAddressIsFoundWhereARelayQuotesIt":               anAddressIsFoundWhereARelayQuotesIt,
	"TestWhoIsErasedIsQuotedByNobodyAndStillCounted":        whoIsErasedIsQuotedByNobody,
	"TestAnErasedReadersLateOutcomeDoesNotBringTheNameBack": anErasedReadersLateOutcome,

	"TestWhatWasUnderWayIsInDoubt":                              whatWasUnderWayIsInDoubt,
	"TestTheThirdDoubtIsTheLast":                                theThirdDoubtIsTheLast,
	"TestWhatAProcessDiedOfGoesBehindTheOthers":                 whatAProcessDiedOfGoesBehind,
	"TestWhatThreeProcessesDiedOfFails":                         whatThreeProcessesDiedOfFails,
	"TestNoMoreThanOneProcessAnHourDiesOfARow":                  noMoreThanOneAnHourDies,
	"TestARowIsTakenOverOnlyWhenItsProcessIsGone":               aRowIsTakenOverOnlyWhenItsProcessIsGone,
	"TestWhoHasTheLockTakesOverAtOnce":                          whoHasTheLockTakesOverAtOnce,
	"TestRecoveryIsCountedPerLedger":                            recoveryIsCountedPerLedger,
	"TestOfOneConnectionOnlyTheFirstIsInDoubt":                  ofOneConnectionOnlyTheFirstIsInDoubt,
	"TestRowsOfOneConnectionAreTakenOverTogether":               rowsOfOneConnectionAreTakenOverTogether,
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
	if ok, err := l.Intend(t.Context(), d, evening, nil); ok || err != nil {
		t.Errorf("intended twice: %v, %v", ok, err)
	}
	if n := len(owed(t, l, evening.Add(time.Hour))); n != 0 {
		t.Errorf("%d are owed while the attempt goes on", n)
	}
	settle(t, l, d, accepted(evening))
	if ok, err := l.Intend(t.Context(), d, evening, nil); ok || err != nil {
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
		err := l.Settle(t.Context(), d, digest.Settlement{Step: step, At: evening})
		if err == nil || errors.Is(err, digest.ErrTaken) {
			t.Errorf("an attempt ended as %s: %v", step, err)
		}
	}
	if n := cutShort(t, l, false); n != 0 {
		t.Errorf("recovered %d: nothing was under way", n)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 1, Sent: 1})
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
		if ok, err := l.Intend(t.Context(), d, evening, nil); ok || err != nil {
			t.Errorf("intended for %d: %v, %v", d.Key, ok, err)
		}
	}
	for i, want := range []string{"unsubscribed", "erased", "suppressed"} {
		receipts, err := s.Book.Receipts(t.Context(), readers[i].ID)
		if diff := cmp.Diff([]digest.Receipt{{
			Edition: Opening(0).Edition.ID, Step: digest.Skipped, Reason: want, Variant: digest.Designed, At: evening,
		}}, receipts); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	wantTally(t, s, 0, digest.Tally{Opened: 3, Skipped: 3})
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
	next := sweep(t, l, digest.Sweeping{Now: evening, TooOld: evening.Add(-6 * time.Hour)}).Next
	if !next.Equal(evening) {
		t.Errorf("next due %v, want %v", next, evening)
	}
	intend(t, other, ds[2])
	if next := sweep(t, l, digest.Sweeping{Now: evening}).Next; !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	want := ds[0]
	want.Attempts, want.Due, want.Deferred = 1, later, evening
	if diff := cmp.Diff([]digest.Delivery{want}, owed(t, l, later)); diff != "" {
		t.Error(diff)
	}
	// First due at the very time from which on it would be young enough.
	if swept := sweep(t, l, digest.Sweeping{Now: later, TooOld: evening}); !swept.Next.IsZero() || swept.TooOld != 1 {
		t.Errorf("got %+v, want one too old and none due", swept)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 3, Expired: 1, Attempting: 2})
	failures, err := s.Book.Failures(t.Context(), n, 10)
	if diff := cmp.Diff([]digest.Failure{{
		Subscriber: readers[0].ID, Address: "reader1@news.example", Step: digest.Expired,
		Code: 451, Enhanced: "4.7.1", Reply: "edition too old: come again", At: later,
	}}, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
