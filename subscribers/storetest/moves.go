package storetest

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// movesOf are the wishes of one reader in a test.
type movesOf struct {
	t   *testing.T
	s   Store
	one subscribers.Subscriber
}

func (m movesOf) asks(to string, at time.Time, want error) {
	m.t.Helper()
	move := subscribers.Move{To: address(m.t, to), AskedAt: at, From: "192.0.2.1"}
	letter := &digest.Letter{Kind: digest.Move, Address: to, ReturnPath: "evening@news.example", Bytes: []byte("x")}
	if err := m.s.List.AskMove(m.t.Context(), m.one.PublicID, move, letter); !errors.Is(err, want) {
		m.t.Errorf("asks for %s: %v, want %v", to, err, want)
	}
}

func (m movesOf) confirms(asked, now time.Time, want error) {
	m.t.Helper()
	is := m.reader()
	letter := digest.Letter{Kind: digest.Moved, Address: is.Address.Mailbox(), Bytes: []byte("x")}
	if err := m.s.List.Move(m.t.Context(), m.one.PublicID, asked, "192.0.2.2", letter, now); !errors.Is(err, want) {
		m.t.Errorf("confirms: %v, want %v", err, want)
	}
}

func (m movesOf) back(moved, now time.Time, want bool) {
	m.t.Helper()
	if got, err := m.s.List.MoveBack(m.t.Context(), m.one.PublicID, moved, now); got != want || err != nil {
		m.t.Errorf("back: %v, %v, want %v", got, err, want)
	}
}

func (m movesOf) reader() subscribers.Subscriber {
	m.t.Helper()
	is, err := m.s.List.Reader(m.t.Context(), m.one.PublicID)
	if err != nil {
		m.t.Fatal(err)
	}
	return is
}

func (m movesOf) isAt(want string) {
	m.t.Helper()
	if is := m.reader(); is.Address.String() != want || is.Status != subscribers.Active || is.ID != m.one.ID {
		m.t.Errorf("the reader is %+v, want at %s", is, want)
	}
}

func aReaderMovesToAnotherAddress(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	at := evening
	m.asks("new@news.example", at, nil)
	m.isAt("old@news.example")
	// An edition that is being sent goes to one of the two, and to the reader once.
	number := mustOpen(t, s, 0)
	l := s.Ledger(number)
	m.confirms(at.Add(time.Second), at.Add(time.Hour), subscribers.ErrMeanwhile) // another wish
	m.confirms(at, at.Add(subscribers.MoveWithin), subscribers.ErrMeanwhile)
	m.confirms(at, at.Add(time.Hour), nil)
	m.isAt("new@news.example")
	if ds := owed(t, l, evening); len(ds) != 1 || ds[0].Address != "new@news.example" {
		t.Errorf("owed %+v", ds)
	}
	m.confirms(at, at.Add(2*time.Hour), subscribers.ErrMeanwhile)
	moved := at.Add(time.Hour)
	m.back(moved.Add(time.Second), moved.Add(time.Hour), false)
	m.back(moved, moved.Add(subscribers.UndoMoveWithin), false)
	// Whoever has the link moves on: the first address gets all back, and the second nothing.
	m.asks("other@news.example", at.Add(3*time.Hour), nil)
	m.confirms(at.Add(3*time.Hour), at.Add(4*time.Hour), nil)
	m.isAt("other@news.example")
	m.back(moved, at.Add(5*time.Hour), true)
	m.isAt("old@news.example")
	m.back(at.Add(4*time.Hour), at.Add(6*time.Hour), false)
	m.back(moved, at.Add(6*time.Hour), true) // twice is as good as once
	m.asks("third@news.example", at.Add(7*time.Hour), subscribers.ErrMeanwhile)
	m.isAt("old@news.example")
}

func nobodyMovesWhereTheyMustNot(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	at := evening
	if _, err := s.List.Suppress(t.Context(), address(t, "barred@news.example"), subscribers.Manual, at); err != nil {
		t.Fatal(err)
	}
	m.asks("barred@news.example", at, subscribers.ErrMeanwhile)
	m.asks("OLD@news.example", at, subscribers.ErrMeanwhile)
	m.asks("new@news.example", at, nil)
	m.asks("new@news.example", at, subscribers.ErrMeanwhile) // within a second
	// What is said against it before it is confirmed counts.
	if _, err := s.List.Suppress(t.Context(), address(t, "new@news.example"), subscribers.ByReader, at); err != nil {
		t.Fatal(err)
	}
	m.confirms(at, at.Add(time.Minute), subscribers.ErrMeanwhile)
	m.isAt("old@news.example")
	// No more than three in a day, one where none may be mailed among them; and no mailbox is
	// asked twice in a day, whoever asks.
	wish := subscribers.Move{To: address(t, "barred@news.example"), AskedAt: at.Add(time.Hour)}
	if err := s.List.AskMove(t.Context(), m.one.PublicID, wish, nil); err != nil {
		t.Error(err)
	}
	m.asks("next@news.example", at.Add(2*time.Hour), nil)
	m.asks("fourth@news.example", at.Add(3*time.Hour), subscribers.ErrMeanwhile)
	o := movesOf{t, s, addReader(t, s, "another@news.example")}
	o.asks("next@news.example", at.Add(3*time.Hour), subscribers.ErrMeanwhile)
	// Who has left is not moved.
	if _, err := s.List.Unsubscribe(t.Context(), m.one.PublicID, at.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.confirms(at.Add(2*time.Hour), at.Add(5*time.Hour), subscribers.ErrMeanwhile)
}

// whoMovesToWhereTheyAreAlreadyIsThereOnce: of the two rows the old one leaves, and can take
// that back. A sign-up that waits there gives way to the reader with all that they chose.
func whoMovesToWhereTheyAreAlreadyIsThereOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	other := addReader(t, s, "new@news.example")
	m.asks("new@news.example", evening, nil)
	m.confirms(evening, evening.Add(time.Hour), nil)
	if is := m.reader(); is.Status != subscribers.Unsubscribed || is.Address.String() != "old@news.example" {
		t.Errorf("the old row is %+v", is)
	}
	if is, err := s.List.Reader(t.Context(), other.PublicID); err != nil || is.Status != subscribers.Active {
		t.Errorf("the other row is %+v, %v", is, err)
	}
	m.back(evening.Add(time.Hour), evening.Add(2*time.Hour), true)
	m.isAt("old@news.example")

	o := movesOf{t, s, addReader(t, s, "first@news.example")}
	waits := subscribers.Subscriber{Address: address(t, "waits@news.example"), Status: subscribers.Unconfirmed}
	if _, _, err := s.List.Add(t.Context(), waits, evening); err != nil {
		t.Fatal(err)
	}
	o.asks("waits@news.example", evening, nil)
	o.confirms(evening, evening.Add(time.Hour), nil)
	o.isAt("waits@news.example")
}

// whoHasAReadersLinkGetsNothingByIt: whatever moves they ask for and confirm, in whatever order,
// and though they take the reader off the list there.
func whoHasAReadersLinkGetsNothingByIt(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	first, second := evening, evening.Add(time.Second)
	m.asks("x@news.example", first, nil)
	m.asks("y@news.example", second, nil)
	away := evening.Add(time.Hour)
	m.confirms(second, away, nil)
	m.confirms(first, away, subscribers.ErrMeanwhile) // each has a second of its own
	m.confirms(first, away.Add(time.Second), nil)
	m.isAt("x@news.example")
	if _, err := s.List.Unsubscribe(t.Context(), m.one.PublicID, away.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m.back(away, away.Add(time.Hour), true)
	}
	m.isAt("old@news.example")
	m.back(away.Add(time.Second), away.Add(2*time.Hour), false)
	m.confirms(first, away.Add(2*time.Hour), subscribers.ErrMeanwhile)
	m.isAt("old@news.example")
}

// nobodyKeepsAReaderFromTheirFormerAddress: not by signing it up. Where it is on the list again,
// nothing goes to the other address.
func nobodyKeepsAReaderFromTheirFormerAddress(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	at, moved := evening, evening.Add(time.Hour)
	m.asks("new@news.example", at, nil)
	m.confirms(at, moved, nil)
	again := subscribers.Subscriber{Address: address(t, "old@news.example"), Status: subscribers.Unconfirmed}
	if _, _, err := s.List.Add(t.Context(), again, at); err != nil {
		t.Fatal(err)
	}
	m.back(moved, at.Add(2*time.Hour), true)
	m.isAt("old@news.example")

	o := movesOf{t, s, addReader(t, s, "first@news.example")}
	o.asks("second@news.example", at, nil)
	o.confirms(at, moved, nil)
	addReader(t, s, "first@news.example")
	o.back(moved, at.Add(2*time.Hour), true)
	if is := o.reader(); is.Status != subscribers.Unsubscribed || is.Address.String() != "second@news.example" {
		t.Errorf("the other address is %+v", is)
	}
}

func aMoveIsForgottenWithItsAddresses(t *testing.T, open Open) {
	s := open(t, Options{})
	m := movesOf{t, s, addReader(t, s, "old@news.example")}
	m.asks("new@news.example", evening, nil)
	m.confirms(evening, evening.Add(time.Hour), nil)
	if found, err := s.List.Erase(t.Context(), address(t, "old@news.example"), evening); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	m.isAt("new@news.example")
	m.back(evening.Add(time.Hour), evening.Add(2*time.Hour), false)
	m.asks("third@news.example", evening.Add(3*time.Hour), nil)
	if _, err := s.List.Expire(t.Context(), evening.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.confirms(evening.Add(3*time.Hour), evening.Add(4*time.Hour), subscribers.ErrMeanwhile)
}
