package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// ends are the ways of a letter that is under way to its end.
var ends = map[digest.Step]func(t *testing.T, s Store, d digest.Delivery){
	digest.Sent: func(t *testing.T, s Store, d digest.Delivery) { settle(t, s.Outbox, d, accepted(evening)) },
	digest.Failed: func(t *testing.T, s Store, d digest.Delivery) {
		settle(t, s.Outbox, d, failed(evening, "<gone@quay.example>: no such\r\nmailbox"))
	},
	digest.Unknown: func(t *testing.T, s Store, _ digest.Delivery) { cutShort(t, s.Outbox, true) },
	digest.Expired: func(t *testing.T, s Store, _ digest.Delivery) {
		cutShort(t, s.Outbox, false)
		sweep(t, s.Outbox, digest.Sweeping{Now: evening, TooOld: evening})
	},
	digest.Skipped: func(t *testing.T, s Store, _ digest.Delivery) {
		cutShort(t, s.Outbox, false)
		removeReader(t, s, address(t, "Gone@quay.example"))
	},
}

func aLetterAtItsEndForgetsItsReader(t *testing.T, open Open) {
	s := open(t, Options{})
	for step, end := range ends {
		gone := subscribers.Subscriber{Address: address(t, "gone@quay.example"), Status: subscribers.Active}
		if _, _, err := s.List.Add(t.Context(), gone, evening); err != nil {
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
		if q, err := s.List.Quotes(t.Context(), gone.Address, 0); len(q.Letters) != 0 || err != nil {
			t.Errorf("%s: got %+v, %v, want nothing that names the reader", step, q, err)
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
	want := []digest.PostedLetter{letter(t, s, waits), letter(t, s, quotes)}
	if diff := cmp.Diff(want, q.Letters); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if l := letter(t, s, quotes); strings.Contains(l.Reply, "ben@") {
		t.Errorf("its own recipient is named: %+v", l)
	}
}

// A letter that a relay has put off waits for its time, and those behind others for their turn.
func lettersAreStuck(t *testing.T, open Open) {
	s := open(t, Options{})
	stuck := func(then time.Time, want int) {
		t.Helper()
		n, since, err := s.Outbox.Stuck(t.Context(), then)
		if n != want || err != nil || n > 0 && !since.Equal(evening) {
			t.Errorf("at %s: got %d since %s, %v, want %d", then, n, since, err, want)
		}
	}
	stuck(evening, 0)
	for _, to := range []string{"a@quay.example", "b@quay.example"} {
		postTo(t, s, digest.Goodbye, to)
	}
	stuck(evening.Add(-time.Second), 0)
	stuck(evening, 2)
	first, at := owed(t, s.Outbox, evening)[0], evening.Add(time.Minute)
	intend(t, s.Outbox, first)
	settle(t, s.Outbox, first, deferred(at, at.Add(time.Hour), "later"))
	stuck(evening, 0)
	stuck(at, 1)
}
