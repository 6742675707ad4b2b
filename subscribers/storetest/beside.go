package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// Beside are the small parts of a store, with all that it must do with them.
type Beside interface {
	Place(ctx context.Context, mailbox string, validity uint32) (uint32, error)
	KeepPlace(ctx context.Context, mailbox string, validity, uid uint32) error

	Sent(ctx context.Context, number uint64, address string, now time.Time) error
	CameBack(ctx context.Context, number uint64, door, failed string, now time.Time) error
	Test(ctx context.Context, number uint64) (subscribers.Test, error)
	Last(ctx context.Context, address string, now time.Time) (subscribers.Test, error)

	Topic(ctx context.Context, webhook [sha256.Size]byte) (string, error)
	Confirm(ctx context.Context, webhook [sha256.Size]byte, topic string, now time.Time) (string, error)
}

// besidePromises are those about the small parts. A name is that of a test.
var besidePromises = map[string]func(*testing.T, Open){
	"TestAMailboxIsReadOnFromItsPlace":            aMailboxIsReadOnFromItsPlace,
	"TestATestOfTheWayBackIsKept":                 aTestOfTheWayBackIsKept,
	"TestAWebhookKeepsTheTopicThatAskedFirst":     aWebhookKeepsTheTopicThatAskedFirst,
	"TestHowFastEditionsWereSentAddsUp":           howFastEditionsWereSentAddsUp,
	"TestHowItStandsWithTheRelaysIsTheLastWord":   howItStandsWithTheRelaysIsTheLastWord,
	"TestReadersAreCountedByZoneAndByMoment":      readersAreCountedByZoneAndByMoment,
	"TestWhatAnEditionLeftOutIsCounted":           whatAnEditionLeftOutIsCounted,
	"TestAnAdminsWordMovesAReaderAtOnce":          anAdminsWordMovesAReaderAtOnce,
	"TestTheHashOfAnEditionIsWhatItWasOpenedWith": theHashIsWhatItWasOpenedWith,
}

func aMailboxIsReadOnFromItsPlace(t *testing.T, open Open) {
	s := open(t, Options{})
	const box, most = "ada@mail.example/INBOX", 1<<32 - 1
	for _, is := range []struct{ keepValidity, keep, ask, want uint32 }{
		{1, 7, 1, 7}, {1, 9, 2, 0}, {most, most, most, most}, {most, most, 1, 0},
	} {
		if err := s.Beside.KeepPlace(t.Context(), box, is.keepValidity, is.keep); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Beside.Place(t.Context(), box, is.ask); got != is.want || err != nil {
			t.Errorf("%+v: got %d, %v", is, got, err)
		}
	}
}

func aTestOfTheWayBackIsKept(t *testing.T, open Open) {
	s := open(t, Options{})
	const to = "bounces+{token}@news.example"
	ctx, late := t.Context(), evening.Add(subscribers.TestWithin+time.Second)
	last := func(now time.Time, want subscribers.Test) {
		t.Helper()
		got, err := s.Beside.Last(ctx, to, now)
		if want == (subscribers.Test{}) {
			if !errors.Is(err, digest.ErrNotFound) {
				t.Errorf("got %+v, %v, want none", got, err)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	// Two of the same second: the one that came back says more than the one that is over.
	const first, second = uint64(1), uint64(1<<63 + 5)
	for _, n := range []uint64{first, second} {
		if err := s.Beside.Sent(ctx, n, to, evening); err != nil {
			t.Fatal(err)
		}
	}
	last(evening, subscribers.Test{})
	last(late, subscribers.Test{Address: to, Sent: evening})
	came := evening.Add(time.Second)
	for range 2 {
		if err := s.Beside.CameBack(ctx, second, "imap", "", came); err != nil {
			t.Fatal(err)
		}
		came = came.Add(time.Second)
	}
	want := subscribers.Test{Address: to, Sent: evening, Came: evening.Add(time.Second), Door: "imap"}
	last(evening, want)
	last(late, want)
	got, err := s.Beside.Test(ctx, second)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func aWebhookKeepsTheTopicThatAskedFirst(t *testing.T, open Open) {
	s := open(t, Options{})
	one, other := sha256.Sum256([]byte("ses/one")), sha256.Sum256([]byte("ses/other"))
	if is, err := s.Beside.Topic(t.Context(), one); is != "" || err != nil {
		t.Errorf("got %q, %v", is, err)
	}
	for _, c := range []struct {
		webhook    [sha256.Size]byte
		asks, want string
	}{{one, "arn:1", "arn:1"}, {one, "arn:2", "arn:1"}, {one, "arn:1", "arn:1"}, {other, "arn:2", "arn:2"}} {
		if is, err := s.Beside.Confirm(t.Context(), c.webhook, c.asks, evening); is != c.want || err != nil {
			t.Errorf("%s asks: got %q, %v, want %q", c.asks, is, err, c.want)
		}
	}
}

func howFastEditionsWereSentAddsUp(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	one, two := mustOpen(t, s, 0), mustOpen(t, s, 1)
	for _, run := range []struct {
		number uint32
		pace   digest.RunPace
	}{
		{one, digest.RunPace{Messages: 10, Took: time.Second}},
		{two, digest.RunPace{Messages: 5, Took: time.Minute}},
		{one, digest.RunPace{Messages: 1, Took: time.Millisecond}},
	} {
		if err := s.Book.Paced(t.Context(), run.number, run.pace); err != nil {
			t.Fatal(err)
		}
	}
	of, err := s.Book.PaceOf(t.Context(), one)
	if want := (digest.RunPace{Messages: 11, Took: 1001 * time.Millisecond}); of != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", of, err, want)
	}
	all, err := s.Book.Pace(t.Context())
	if want := (digest.RunPace{Messages: 16, Took: 61001 * time.Millisecond}); all != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", all, err, want)
	}
}

func howItStandsWithTheRelaysIsTheLastWord(t *testing.T, open Open) {
	s := open(t, Options{})
	former := []digest.RelayState{{Name: "old.example:25", Connections: 1, Seen: evening}}
	now := []digest.RelayState{
		{Name: "a.example:25", Connections: 2, Seen: evening},
		{Name: "b.example:25", Down: "it answers nothing", RetryAt: evening.Add(time.Minute), Seen: evening},
	}
	for _, all := range [][]digest.RelayState{former, now, now} {
		if err := s.Book.SetRelays(t.Context(), all); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Book.Relays(t.Context())
	if diff := cmp.Diff(now, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
