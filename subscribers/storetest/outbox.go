package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// Outbox is the letters: a ledger that also writes the messages.
type Outbox interface {
	Ledger
	Compose(d digest.Delivery) (digest.Envelope, error)
	Post(ctx context.Context, l digest.Letter, now time.Time) (int64, error)
	Letter(ctx context.Context, id int64) (digest.PostedLetter, error)
	LettersTo(ctx context.Context, subscriber int64) ([]digest.PostedLetter, error)
	Last(ctx context.Context) (int64, error)
	Stuck(ctx context.Context, then time.Time) (letters int, since time.Time, err error)
	LettersAfter(ctx context.Context, id int64) ([]digest.PostedLetter, error)
}

// outboxPromises are those about letters.
var outboxPromises = map[string]func(*testing.T, Open){
	"TestALetterIsSentOnce":                         aLetterIsSentOnce,
	"TestWhoPostsFindsThoseLettersAgain":            whoPostsFindsLettersAgain,
	"TestALetterIsRetriedUntilItExpires":            aLetterIsRetriedUntilItExpires,
	"TestALetterAtItsEndForgetsItsReader":           aLetterAtItsEndForgetsItsReader,
	"TestALetterCutShortIsInDoubt":                  aLetterCutShortIsInDoubt,
	"TestNoLetterIsPostedThatCannotBeSent":          noLetterIsPostedThatCannotBeSent,
	"TestLettersGoOutInTheOrderInWhichTheyAreDue":   lettersGoOutInOrder,
	"TestAnErasedLettersOutcomeIsNobodysFault":      anErasedLettersOutcome,
	"TestLettersAreStuckWhereNoRelayAnswers":        lettersAreStuck,
	"TestALettersLateOutcomeIsKeptOrRefused":        aLettersLateOutcome,
	"TestALetterToNobodyOnTheListIsFoundByItsWords": aLetterIsFoundByItsWords,
}

func postTo(t testing.TB, s Store, kind digest.LetterKind, to string) int64 {
	t.Helper()
	id, err := s.Outbox.Post(t.Context(), digest.Letter{
		Kind: kind, Address: to, ReturnPath: "bounces+t0k3n@post.example",
		Bytes: []byte("To: " + to + "\r\n\r\nHello"),
	}, evening)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// letter gives what has become of one.
func letter(t testing.TB, s Store, id int64) digest.PostedLetter {
	t.Helper()
	l, err := s.Outbox.Letter(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func aLetterIsSentOnce(t *testing.T, open Open) {
	s := open(t, Options{Lease: lease})
	o := s.Outbox
	id := postTo(t, s, digest.Confirmation, "ana@quay.example")
	ds := owed(t, o, evening)
	want := []digest.Delivery{{
		Key: id, Variant: "confirmation", Address: "ana@quay.example", Due: evening, FirstDue: evening, Lease: lease,
	}}
	if diff := cmp.Diff(want, ds); diff != "" {
		t.Fatal(diff)
	}
	e, err := o.Compose(ds[0])
	wantEnvelope := digest.Envelope{
		Delivery: ds[0], From: "bounces+t0k3n@post.example", To: "ana@quay.example",
		Data: []byte("To: ana@quay.example\r\n\r\nHello"),
	}
	if diff := cmp.Diff(wantEnvelope, e); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	intend(t, o, ds[0])
	if ok, err := o.Intend(t.Context(), ds[0], evening, nil); ok || err != nil {
		t.Errorf("intended twice: %v, %v", ok, err)
	}
	if n := len(owed(t, o, evening)); n != 0 {
		t.Errorf("%d are owed while the attempt goes on", n)
	}
	settle(t, o, ds[0], accepted(evening))
	if err := o.Settle(t.Context(), ds[0], accepted(evening)); !errors.Is(err, digest.ErrTaken) {
		t.Errorf("settled twice: %v", err)
	}
	if err := o.Settle(t.Context(), ds[0], digest.Settlement{Step: digest.Skipped}); err == nil {
		t.Error("an attempt ended as skipped")
	}
	if _, err := o.Compose(ds[0]); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("composed a letter at its end: %v", err)
	}
	if diff := cmp.Diff(digest.PostedLetter{
		Kind: digest.Confirmation, Step: digest.Sent, Code: 250, Reply: "ok", Created: evening, At: evening,
	}, letter(t, s, id)); diff != "" {
		t.Error(diff)
	}
	if _, err := o.Letter(t.Context(), 99); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func whoPostsFindsLettersAgain(t *testing.T, open Open) {
	s := open(t, Options{})
	o := s.Outbox
	if last, err := o.Last(t.Context()); last != 0 || err != nil {
		t.Errorf("an empty outbox: %d, %v", last, err)
	}
	postTo(t, s, digest.Confirmation, "ana@quay.example")
	last, err := o.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []digest.LetterKind{digest.Welcome, digest.Goodbye} {
		postTo(t, s, kind, "ben@quay.example")
	}
	letters, err := o.LettersAfter(t.Context(), last)
	if len(letters) != 2 || err != nil || letters[0].Kind != digest.Welcome || letters[1].Kind != digest.Goodbye {
		t.Errorf("got %+v, %v", letters, err)
	}
}

func aLetterIsRetriedUntilItExpires(t *testing.T, open Open) {
	s := open(t, Options{})
	o := s.Outbox
	id := postTo(t, s, digest.Welcome, "ana@quay.example")
	d := owed(t, o, evening)[0]
	intend(t, o, d)
	later := evening.Add(5 * time.Minute)
	settle(t, o, d, digest.Settlement{
		Step: digest.Pending, At: evening, Due: later, Counted: true,
		Outcome: digest.Outcome{Class: digest.Transient, Code: 450},
	})
	if n := len(owed(t, o, evening)); n != 0 {
		t.Errorf("%d owed before the time", n)
	}
	if next := sweep(t, o, digest.Sweeping{Now: evening, TooOld: evening.Add(-time.Hour)}).Next; !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	d.Attempts, d.Due, d.Deferred = 1, later, evening
	if diff := cmp.Diff([]digest.Delivery{d}, owed(t, o, later)); diff != "" {
		t.Error(diff)
	}
	if next := sweep(t, o, digest.Sweeping{Now: later}).Next; !next.Equal(later) {
		t.Errorf("it gave up although nothing may expire: next due %v, want %v", next, later)
	}
	if next := sweep(t, o, digest.Sweeping{Now: later, TooOld: evening}).Next; !next.IsZero() {
		t.Errorf("next due %v, want none", next)
	}
	if l := letter(t, s, id); l.Step != digest.Expired || l.Code != 450 {
		t.Errorf("got %+v", l)
	}
}

func aLetterCutShortIsInDoubt(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0))
	intend(t, l, owed(t, l, evening)...)
	id := postTo(t, s, digest.Proof, "desk@post.example")
	intend(t, s.Outbox, owed(t, s.Outbox, evening)[0])
	if n := cutShort(t, l, false); n != 1 {
		t.Errorf("recovered %d of the edition, want 1", n)
	}
	if got := letter(t, s, id); got.Step != digest.Attempting {
		t.Errorf("the edition's sweep made the letter %s", got.Step)
	}
	if n := cutShort(t, s.Outbox, false); n != 1 {
		t.Errorf("recovered %d letters, want 1", n)
	}
	got := letter(t, s, id)
	if got.Step != digest.Pending || got.Reply != "the attempt was cut short; it may have arrived" {
		t.Errorf("got %+v", got)
	}
	if ds := owed(t, s.Outbox, evening); len(ds) != 1 || ds[0].Key != id {
		t.Errorf("got %+v, want the letter again", ds)
	}
}

func noLetterIsPostedThatCannotBeSent(t *testing.T, open Open) {
	s := open(t, Options{})
	good := digest.Letter{Kind: digest.Report, Address: "desk@post.example", Bytes: []byte("x")}
	if _, err := s.Outbox.Post(t.Context(), good, evening); err != nil {
		t.Errorf("the null return path: %v", err)
	}
	for name, spoil := range map[string]func(l *digest.Letter){
		"no address":           func(l *digest.Letter) { l.Address = "" },
		"two commands":         func(l *digest.Letter) { l.Address = "a@b.example\r\nDATA" },
		"a parameter":          func(l *digest.Letter) { l.Address = "a@b.example> NOTIFY=NEVER" },
		"an odd return path":   func(l *digest.Letter) { l.ReturnPath = "a@b.example>\n" },
		"no bytes":             func(l *digest.Letter) { l.Bytes = nil },
		"a kind nobody writes": func(l *digest.Letter) { l.Kind = "advert" },
	} {
		l := good
		spoil(&l)
		if _, err := s.Outbox.Post(t.Context(), l, evening); err == nil {
			t.Errorf("%s: posted", name)
		}
	}
}
