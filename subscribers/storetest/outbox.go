package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// Outbox is the letters: a ledger that also writes the messages.
type Outbox interface {
	Ledger
	Compose(d digest.Delivery) (digest.Envelope, error)
	Post(ctx context.Context, l digest.Letter, now time.Time) (int64, error)
	Letter(ctx context.Context, id int64) (digest.PostedLetter, error)
	LettersTo(ctx context.Context, subscriber int64) ([]digest.PostedLetter, error)
}

// outboxPromises are those about letters.
var outboxPromises = map[string]func(*testing.T, Open){
	"TestALetterIsSentOnce":                         aLetterIsSentOnce,
	"TestALetterIsRetriedUntilItExpires":            aLetterIsRetriedUntilItExpires,
	"TestALetterAtItsEndForgetsItsReader":           aLetterAtItsEndForgetsItsReader,
	"TestALetterCutShortIsInDoubt":                  aLetterCutShortIsInDoubt,
	"TestNoLetterIsPostedThatCannotBeSent":          noLetterIsPostedThatCannotBeSent,
	"TestLettersGoOutInTheOrderInWhichTheyAreDue":   lettersGoOutInOrder,
	"TestAnErasedLettersOutcomeIsNobodysFault":      anErasedLettersOutcome,
	"TestALettersLateOutcomeIsKeptOrRefused":        aLettersLateOutcome,
	"TestALetterToNobodyOnTheListIsFoundByItsWords": aLetterIsFoundByItsWords,
}

func postTo(t testing.TB, s Store, kind digest.LetterKind, to string) int64 {
	t.Helper()
	id, err := s.Outbox.Post(t.Context(), digest.Letter{
		Kind: kind, Address: to, ReturnPath: "bounces+t0k3n@post.example", Bytes: []byte("To: " + to + "\r\n\r\nHello"),
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
	if ok, err := o.Intend(t.Context(), ds[0], evening); ok || err != nil {
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

func aLetterIsRetriedUntilItExpires(t *testing.T, open Open) {
	s := open(t, Options{})
	o := s.Outbox
	id := postTo(t, s, digest.Welcome, "ana@quay.example")
	d := owed(t, o, evening)[0]
	intend(t, o, d)
	later := evening.Add(5 * time.Minute)
	settle(t, o, d, digest.Settlement{
		Step: digest.Pending, At: evening, Due: later, Counted: true, Outcome: digest.Outcome{Class: digest.Transient, Code: 450},
	})
	if n := len(owed(t, o, evening)); n != 0 {
		t.Errorf("%d owed before the time", n)
	}
	if next := sweep(t, o, digest.Sweeping{Now: evening, GaveUp: evening.Add(-time.Hour)}).Next; !next.Equal(later) {
		t.Errorf("next due %v, want %v", next, later)
	}
	if ds := owed(t, o, later); len(ds) != 1 || ds[0].Attempts != 1 || !ds[0].FirstDue.Equal(evening) || !ds[0].Due.Equal(later) {
		t.Errorf("got %+v", ds)
	}
	if next := sweep(t, o, digest.Sweeping{Now: later}).Next; !next.Equal(later) {
		t.Errorf("it gave up although nothing may expire: next due %v, want %v", next, later)
	}
	if next := sweep(t, o, digest.Sweeping{Now: later, GaveUp: evening}).Next; !next.IsZero() {
		t.Errorf("next due %v, want none", next)
	}
	if l := letter(t, s, id); l.Step != digest.Expired || l.Code != 450 {
		t.Errorf("got %+v", l)
	}
}

// ends are the ways of a letter that is under way to its end.
var ends = map[digest.Step]func(t *testing.T, s Store, d digest.Delivery){
	digest.Sent: func(t *testing.T, s Store, d digest.Delivery) { settle(t, s.Outbox, d, accepted(evening)) },
	digest.Failed: func(t *testing.T, s Store, d digest.Delivery) {
		settle(t, s.Outbox, d, failed(evening, "<gone@quay.example>: no such\r\nmailbox"))
	},
	digest.Unknown: func(t *testing.T, s Store, _ digest.Delivery) { cutShort(t, s.Outbox, true) },
	digest.Expired: func(t *testing.T, s Store, _ digest.Delivery) {
		cutShort(t, s.Outbox, false)
		sweep(t, s.Outbox, digest.Sweeping{Now: evening, GaveUp: evening})
	},
	digest.Skipped: func(t *testing.T, s Store, _ digest.Delivery) {
		cutShort(t, s.Outbox, false)
		removeReader(t, s, address(t, "Gone@quay.example"))
	},
}

func aLetterAtItsEndForgetsItsReader(t *testing.T, open Open) {
	s := open(t, Options{})
	for step, end := range ends {
		a := address(t, "gone@quay.example")
		if step != digest.Skipped {
			a = address(t, "gone@quay.example")
		}
		if _, _, err := s.List.Add(t.Context(), subscribers.Subscriber{Address: a, Status: subscribers.Active}, evening); err != nil {
			t.Fatal(err)
		}
		id := postTo(t, s, digest.Confirmation, "gone@quay.example")
		d := owed(t, s.Outbox, evening)[0]
		intend(t, s.Outbox, d)
		end(t, s, d)
		l := letter(t, s, id)
		if l.Step != step || strings.Contains(l.Reply, "gone@") {
			t.Errorf("got %+v, want it %s, naming nobody", l, step)
		}
		if _, err := s.Outbox.Compose(d); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("%s: got %v, want that its words are forgotten", step, err)
		}
		if q, err := s.List.Quotes(t.Context(), a, 0); len(q.Letters) != 0 || err != nil {
			t.Errorf("%s: got %+v, %v, want nothing that names the reader", step, q, err)
		}
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
	if got := letter(t, s, id); got.Step != digest.Pending || got.Reply != "the attempt was cut short; it may have arrived" {
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

func lettersGoOutInOrder(t *testing.T, open Open) {
	s := open(t, Options{})
	o := s.Outbox
	var ids []int64
	for _, to := range []string{"a@quay.example", "b@quay.example", "c@quay.example"} {
		ids = append(ids, postTo(t, s, digest.Report, to))
	}
	first := owed(t, o, evening)[0]
	intend(t, o, first)
	settle(t, o, first, deferred(evening, evening.Add(time.Minute), "later"))
	var got []int64
	var after *digest.Delivery
	for {
		ds, err := o.Owed(t.Context(), digest.Whole(), evening.Add(time.Minute), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		got, after = append(got, ds[0].Key), &ds[0]
	}
	if want := []int64{ids[1], ids[2], ids[0]}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	ds, err := o.Owed(t.Context(), digest.Range{Low: ids[1], High: ids[1]}, evening, nil, 9)
	if len(ds) != 1 || ds[0].Key != ids[1] || err != nil {
		t.Errorf("got %+v, %v, want the one of the range", ds, err)
	}
}

func anErasedLettersOutcome(t *testing.T, open Open) {
	s := open(t, Options{})
	id := postTo(t, s, digest.Proof, "ana@quay.example")
	d := owed(t, s.Outbox, evening)[0]
	intend(t, s.Outbox, d)
	if found, err := s.List.Erase(t.Context(), address(t, "ana@quay.example"), evening); !found || err != nil {
		t.Fatal(found, err)
	}
	for _, end := range []digest.Settlement{accepted(evening), failed(evening, "ana@quay.example unknown")} {
		if err := s.Outbox.Settle(t.Context(), d, end); err != nil {
			t.Errorf("got %v, want no fault", err)
		}
	}
	if l := letter(t, s, id); l.Step != digest.Unknown || l.Reply != "erased while it was under way" {
		t.Errorf("got %+v", l)
	}
}

func aLettersLateOutcome(t *testing.T, open Open) {
	first, second := open(t, Options{Lease: lease}), open(t, Options{Lease: lease})
	for _, to := range []string{"kept@quay.example", "taken@quay.example"} {
		postTo(t, first, digest.Report, to)
	}
	ds := owed(t, first.Outbox, evening)
	intend(t, first.Outbox, ds...)
	if got := sweep(t, second.Outbox, digest.Sweeping{Now: evening.Add(lease)}).Recovered; got != 2 {
		t.Fatalf("recovered %d, want 2", got)
	}
	intend(t, second.Outbox, ds[1])
	late := evening.Add(time.Hour)
	settle(t, first.Outbox, ds[0], accepted(late))
	if err := first.Outbox.Settle(t.Context(), ds[1], accepted(late)); !errors.Is(err, digest.ErrTaken) {
		t.Errorf("got %v, want ErrTaken", err)
	}
	settle(t, second.Outbox, ds[1], accepted(late))
	for _, d := range ds {
		if l := letter(t, second, d.Key); l.Step != digest.Sent {
			t.Errorf("got %+v, want both sent", l)
		}
	}
}

func aLetterIsFoundByItsWords(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	waits, quotes := postTo(t, s, digest.Proof, "Ana@quay.example"), postTo(t, s, digest.Proof, "ben@quay.example")
	for _, d := range owed(t, s.Outbox, evening) {
		if d.Key == quotes {
			intend(t, s.Outbox, d)
			settle(t, s.Outbox, d, failed(evening, "<ben@quay.example> goes on to <ana@quay.example>, who is unknown"))
		}
	}
	q, err := s.List.Quotes(t.Context(), ana, 0)
	if diff := cmp.Diff([]digest.PostedLetter{letter(t, s, waits), letter(t, s, quotes)}, q.Letters); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if l := letter(t, s, quotes); strings.Contains(l.Reply, "ben@") {
		t.Errorf("its own recipient is named: %+v", l)
	}
}
