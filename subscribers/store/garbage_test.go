package store

import (
	"testing"
	"time"

	"vesper/digest"
)

func TestToReadWhoIsOwedMakesLittleGarbage(t *testing.T) {
	// A string has the address and the Message-ID, another one the tokens.
	const few, many, most = 100, 600, 2.1
	s := newFile(t)
	addMany(t, s, many)
	l := s.Ledger(mustOpen(t, s, 0).Number)
	objects := func(rows int) float64 {
		return testing.AllocsPerRun(3, func() {
			if all, err := l.Owed(t.Context(), digest.Whole(), evening, nil, rows); err != nil || len(all) != rows {
				t.Fatalf("got %d rows and %v, want %d", len(all), err, rows)
			}
		})
	}
	if got := (objects(many) - objects(few)) / (many - few); got > most {
		t.Errorf("a row costs %.1f allocations, want %.1f at most", got, most)
	}
}

func TestTheParametersOfAMessageMakeLittleGarbage(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0).Number)
	d := digest.Delivery{Key: 70_000, Connection: 16, Ordinal: 5_000}
	sent := accepted(evening.Add(time.Second))
	// What differs from message to message: the row's key twice, and the queue's name.
	const most = 3
	got := testing.AllocsPerRun(100, func() {
		l.intention(d, evening.Add(time.Second))
		l.sending(d, sent, reply{text: "2.0.0 Ok: queued", queueID: "4bRkX"})
	})
	if got > most {
		t.Errorf("they cost %.1f allocations, want %d at most", got, most)
	}
}

func TestParametersThatAreKeptAreThoseThatWereAsked(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 1)
	l := s.Ledger(mustOpen(t, s, 0).Number)
	for i := range int64(4) {
		at := evening.Add(time.Duration(i/2) * time.Second)
		_, args := l.intention(digest.Delivery{Key: i, Connection: 3, Ordinal: i / 2}, at)
		want := []any{s.owner, at.Add(s.lease).Unix(), at.Unix(), int64(3), i / 2, i}
		for n, w := range want {
			if args[n] != w {
				t.Errorf("message %d, parameter %d: got %v, want %v", i, n+1, args[n], w)
			}
		}
	}
}
