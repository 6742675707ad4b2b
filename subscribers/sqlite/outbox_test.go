package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// letters is the whole outbox as a range.
var letters = whole(0)

func activeReader(t testing.TB, s string) subscribers.Subscriber {
	return subscribers.Subscriber{Address: address(t, s), Status: subscribers.Active}
}

func mustPost(t testing.TB, s *Store, kind digest.LetterKind, to string) int64 {
	t.Helper()
	id, err := s.Post(t.Context(), digest.Letter{
		Kind: kind, Address: to, ReturnPath: "bounces+t0k3n@post.example", Bytes: []byte("To: " + to + "\r\n\r\nHello"),
	}, evening)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func owedLetters(t testing.TB, s *Store, now time.Time) []digest.Delivery {
	t.Helper()
	ds, err := s.Outbox().Owed(t.Context(), letters, now, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func intendLetter(t testing.TB, s *Store, d digest.Delivery) {
	t.Helper()
	if ok, err := s.Outbox().Intend(t.Context(), d, evening); !ok || err != nil {
		t.Fatalf("intend letter %d: %v, %v", d.Subscriber, ok, err)
	}
}

func TestALetterIsSentOnce(t *testing.T) {
	s := newStore(t)
	o := s.Outbox()
	id := mustPost(t, s, digest.Confirmation, "ana@quay.example")
	ds := owedLetters(t, s, evening)
	want := []digest.Delivery{{Subscriber: id, Variant: "confirmation", Address: "ana@quay.example", FirstDue: evening}}
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
	intendLetter(t, s, ds[0])
	if ok, err := o.Intend(t.Context(), ds[0], evening); ok || err != nil {
		t.Errorf("intended twice: %v, %v", ok, err)
	}
	if n := len(owedLetters(t, s, evening)); n != 0 {
		t.Errorf("%d are owed while the attempt goes on", n)
	}
	if err := o.Settle(t.Context(), ds[0], accepted(evening)); err != nil {
		t.Fatal(err)
	}
	if err := o.Settle(t.Context(), ds[0], accepted(evening)); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("settled twice: %v", err)
	}
	if err := o.Settle(t.Context(), ds[0], digest.Settlement{Step: digest.Skipped}); err == nil {
		t.Error("an attempt ended as skipped")
	}
	if _, err := o.Compose(ds[0]); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("composed a letter at its end: %v", err)
	}
}

func TestALetterIsRetriedUntilItExpires(t *testing.T) {
	s := newStore(t)
	o := s.Outbox()
	mustPost(t, s, digest.Welcome, "ana@quay.example")
	d := owedLetters(t, s, evening)[0]
	intendLetter(t, s, d)
	later := evening.Add(5 * time.Minute)
	err := o.Settle(t.Context(), d, digest.Settlement{
		Step: digest.Pending, At: evening, Due: later, Counted: true, Outcome: digest.Outcome{Class: digest.Transient, Code: 450},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(owedLetters(t, s, evening)); n != 0 {
		t.Errorf("%d owed before the time", n)
	}
	if next, err := o.Sweep(t.Context(), letters, evening, evening.Add(-time.Hour)); !next.Equal(later) || err != nil {
		t.Errorf("next due %v, %v, want %v", next, err, later)
	}
	if ds := owedLetters(t, s, later); len(ds) != 1 || ds[0].Attempts != 1 || !ds[0].FirstDue.Equal(evening) {
		t.Errorf("got %+v", ds)
	}
	if next, err := o.Sweep(t.Context(), letters, later, evening); !next.IsZero() || err != nil {
		t.Errorf("next due %v, %v, want none", next, err)
	}
	if got := text(t, s, `SELECT step || ' ' || code FROM letters`); got != "expired 450" {
		t.Errorf("got %s", got)
	}
}

func TestALetterAtItsEndForgetsItsReader(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, s *Store, d digest.Delivery) error{
		"sent": func(t *testing.T, s *Store, d digest.Delivery) error {
			return s.Outbox().Settle(t.Context(), d, accepted(evening))
		},
		"failed": func(t *testing.T, s *Store, d digest.Delivery) error {
			return s.Outbox().Settle(t.Context(), d, digest.Settlement{Step: digest.Failed, At: evening, Outcome: digest.Outcome{
				Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: "<gone@quay.example>: no such\r\nmailbox",
			}})
		},
		"unknown": func(t *testing.T, s *Store, _ digest.Delivery) error {
			_, err := s.Recover(t.Context(), digest.Range{}, true, evening)
			return err
		},
		"expired": func(t *testing.T, s *Store, d digest.Delivery) error {
			if _, err := s.Recover(t.Context(), letters, false, evening); err != nil {
				return err
			}
			_, err := s.Outbox().Sweep(t.Context(), letters, evening, evening)
			return err
		},
		"skipped": func(t *testing.T, s *Store, d digest.Delivery) error {
			if _, err := s.Recover(t.Context(), letters, false, evening); err != nil {
				return err
			}
			_, err := s.Remove(t.Context(), address(t, "Gone@quay.example"), evening)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vesper.db")
			s := openStore(t, path)
			if _, _, err := s.Add(t.Context(), activeReader(t, "gone@quay.example"), evening); err != nil {
				t.Fatal(err)
			}
			mustPost(t, s, digest.Confirmation, "gone@quay.example")
			d := owedLetters(t, s, evening)[0]
			intendLetter(t, s, d)
			if err := end(t, s, d); err != nil {
				t.Fatal(err)
			}
			if got := text(t, s, `SELECT step FROM letters WHERE address = '' AND return_path = '' AND bytes = x''`); got != name {
				t.Errorf("it is %s, want %s", got, name)
			}
			if strings.Contains(text(t, s, `SELECT reply FROM letters`), "gone@") {
				t.Error("the reply names the reader")
			}
			execute(t, s, `DELETE FROM subscribers`)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "gone@quay") {
				t.Errorf("the file still names the reader (%v)", err)
			}
		})
	}
}

func TestALetterCutShortIsInDoubt(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	intendAll(t, s, owed(t, s, mustOpen(t, s, 0).Number, evening))
	mustPost(t, s, digest.Proof, "desk@post.example")
	intendLetter(t, s, owedLetters(t, s, evening)[0])
	if n, err := s.Recover(t.Context(), whole(1), false, evening); n != 1 || err != nil {
		t.Errorf("recovered %d of the edition, %v, want 1", n, err)
	}
	if n, err := s.Recover(t.Context(), digest.Range{}, false, evening); n != 1 || err != nil {
		t.Errorf("recovered %d of all, %v, want the letter", n, err)
	}
	if n := count(t, s, `SELECT doubts FROM letters WHERE step = 'pending'`); n != 1 {
		t.Errorf("got %d doubts, want 1", n)
	}
}

func TestNoLetterIsPostedThatCannotBeSent(t *testing.T) {
	s := newStore(t)
	good := digest.Letter{Kind: digest.Report, Address: "desk@post.example", Bytes: []byte("x")}
	if _, err := s.Post(t.Context(), good, evening); err != nil {
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
		if _, err := s.Post(t.Context(), l, evening); err == nil {
			t.Errorf("%s: posted", name)
		}
	}
}
