package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vesper/digest"
	"vesper/subscribers"
)

// many is more rows than stores take in one transaction.
const many = 5000

var (
	byString = cmp.Comparer(func(a, b subscribers.Address) bool { return a.String() == b.String() })
	// sameReader compares readers of two stores, which give IDs of their own.
	sameReader = cmp.Options{byString, cmpopts.IgnoreFields(subscribers.Subscriber{}, "ID", "PublicID")}
)

func active(a subscribers.Address) subscribers.Subscriber {
	return subscribers.Subscriber{Address: a, Status: subscribers.Active}
}

// rows gives readers as rows of an import.
func rows(all ...subscribers.Subscriber) []subscribers.Row {
	var made []subscribers.Row
	for _, s := range all {
		made = append(made, subscribers.Row{Subscriber: s})
	}
	return made
}

// barred gives an address that must not be mailed.
func barred(a subscribers.Address, reasons ...string) subscribers.Subscriber {
	return subscribers.Subscriber{Address: a, Suppressions: reasons}
}

func add(t testing.TB, s Store, one subscribers.Subscriber) subscribers.Subscriber {
	t.Helper()
	is, _, err := s.List.Add(t.Context(), one, evening)
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func suppress(t testing.TB, s Store, a subscribers.Address, reason string, at time.Time) bool {
	t.Helper()
	changed, err := s.List.Suppress(t.Context(), a, reason, at)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func unsubscribe(t testing.TB, s Store, publicID uint64, at time.Time) bool {
	t.Helper()
	changed, err := s.List.Unsubscribe(t.Context(), publicID, at)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func facts(t testing.TB, s Store, a subscribers.Address) subscribers.Facts {
	t.Helper()
	is, err := s.List.Facts(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// status gives the status of an address, "" where it has no row.
func status(t testing.TB, s Store, a subscribers.Address) subscribers.Status {
	t.Helper()
	r, err := s.List.Subscriber(t.Context(), a)
	if err != nil && !errors.Is(err, digest.ErrNotFound) {
		t.Fatal(err)
	}
	return r.Status
}

func everybody(t testing.TB, s Store) []subscribers.Subscriber {
	t.Helper()
	var all []subscribers.Subscriber
	for r, err := range s.List.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// letterTo writes a letter of a usual length.
func letterTo(a subscribers.Address, kind digest.LetterKind) digest.Letter {
	text := "To: " + a.Mailbox() + "\r\n\r\n" + strings.Repeat("Hello. ", 2000)
	return digest.Letter{Kind: kind, Address: a.Mailbox(), Bytes: []byte(text)}
}

// signUp does what a door does with a sign-up, and says whether a letter was posted.
func signUp(t testing.TB, s Store, a subscribers.Address, from string, now time.Time) bool {
	t.Helper()
	q := subscribers.Asking{At: now, From: from}
	for {
		is := facts(t, s, a)
		if _, refused := is.Ask(q); refused != subscribers.NotRefused {
			return false
		}
		publicID := is.PublicID
		if is.ID == 0 {
			publicID = drawID()
		}
		err := s.List.SignUp(t.Context(), a, q, publicID, letterTo(a, digest.Confirmation))
		if err == nil {
			return true
		}
		if !errors.Is(err, subscribers.ErrMeanwhile) {
			t.Fatal(err)
		}
	}
}

// confirmReader does what a door does with a link, and says whether it did anything.
func confirmReader(t testing.TB, s Store, publicID uint64, from string, now time.Time) bool {
	t.Helper()
	is, err := s.List.FactsOf(t.Context(), publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := is.Confirm(from, now); !ok {
		return false
	}
	if err := s.List.Confirm(t.Context(), publicID, from, letterTo(is.Address, digest.Welcome), now); err != nil {
		t.Fatal(err)
	}
	return true
}
