//go:build unix

package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// An edition that was opened in a file has no chunks. All machines send what is left of it, not one alone.
func TestAnEditionThatWasMovedIsSharedOut(t *testing.T) {
	s := newHand(t, pgtest.New(t))
	addReaders(t, s.File, 7)
	n := mustOpen(t, s.File, 0).Number
	if err := s.WorkOn(t.Context(), digest.Chunk{Edition: n, Number: 1}, s.crew()); err != nil {
		t.Fatal(err)
	}
	err := s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		err := enterEverybody(ctx, c, evening)
		_, ended := c.Exec(ctx, `DELETE FROM chunks`)
		return errors.Join(err, ended)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second run changes nothing
		if _, err := s.Book().Begin(t.Context(), n, evening); err != nil {
			t.Fatal(err)
		}
		if m, err := s.Muster(t.Context(), n, evening); m.Open != 3 || m.Due != 3 || err != nil {
			t.Errorf("got %+v, %v, want the 5 readers that are left in 3 chunks", m, err)
		}
	}
	s.join(t)
	until(t, s.File, n, "what was moved", closed)
	if len(s.sent) != 7 {
		t.Errorf("sent to %v, want 7 readers once", s.sent)
	}
}

// What somebody has sent again is every machine's, and not only of the one that has the lock.
func TestAllMachinesSendWhatIsSentAgain(t *testing.T) {
	for name, again := range map[string]struct {
		were string
		word func(s *File, n uint32, readers []int64) (int, error)
		want digest.Tally
	}{
		"unknown": {
			`step = 'unknown'`,
			func(s *File, n uint32, _ []int64) (int, error) {
				return s.Book().Resolve(t.Context(), n, true, evening)
			},
			digest.Tally{Opened: 9, Sent: 9, PossibleDuplicates: 9},
		},
		"failed": {
			`step = 'failed', code = 550`,
			func(s *File, n uint32, readers []int64) (int, error) {
				return s.Book().ResendRefused(t.Context(), n, readers, time.Hour, evening)
			},
			digest.Tally{Opened: 9, Sent: 9},
		},
		"suspects": {
			`step = 'pending', suspect = 'address', due_at = due_at + 3600`,
			func(s *File, n uint32, _ []int64) (int, error) {
				return s.Book().ResolveSuspects(t.Context(), n, true, 0, evening)
			},
			digest.Tally{Opened: 9, Sent: 9},
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			holder, one, two := newHand(t, url), newHand(t, url), newHand(t, url)
			addReaders(t, holder.File, 9)
			n := mustOpen(t, holder.File, 0).Number
			change(t, holder.File, `UPDATE editions SET state = 'sending'`)
			leave := holder.join(t)
			until(t, holder.File, n, "closed", closed)
			leave()
			change(t, holder.File, `UPDATE deliveries SET `+again.were)
			change(t, holder.File, `UPDATE chunks SET next_at = (SELECT min(due_at) FROM deliveries WHERE step = 'pending')`)
			if name != "suspects" { // those keep it open
				if err := holder.Book().Close(t.Context(), n, evening); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := again.word(holder.File, n, holder.sent); got != 9 || err != nil {
				t.Fatalf("%d are sent again, %v; want 9", got, err)
			}
			for range 2 { // to look twice makes no second job
				if m, err := holder.Muster(t.Context(), n, evening); m.Open != 5 || m.Due != 5 || len(m.Left) > 0 || err != nil {
					t.Errorf("got %+v, %v, want 5 chunks due", m, err)
				}
			}
			if j, err := holder.Jobs(t.Context()); j.Open != 5 || j.Waiting != 5 || err != nil {
				t.Errorf("got %+v, %v, want 5 jobs for whoever is free", j, err)
			}
			one.join(t)
			two.join(t)
			until(t, holder.File, n, "closed again", closed)
			all := slices.Sorted(slices.Values(append(slices.Clone(one.sent), two.sent...)))
			if len(all) != 9 || len(slices.Compact(all)) != 9 {
				t.Errorf("the others sent to %v, want 9 readers once", all)
			}
			addsUp(t, holder.File, n, again.want)
		})
	}
}

// A chunk whose other messages are due later is open again for what is sent again, and nothing else is.
func TestWhatIsSentAgainOpensItsChunkAlone(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	addReaders(t, h.File, 7)
	n := mustOpen(t, h.File, 0).Number
	for chunk := range int64(3) {
		if err := h.WorkOn(t.Context(), digest.Chunk{Edition: n, Number: chunk + 1}, h.crew()); err != nil {
			t.Fatal(err)
		}
	}
	change(t, h.File, `UPDATE chunks SET next_at = next_at + 3600, due_at = due_at + 3600 WHERE number = 4`)
	if m, err := h.Muster(t.Context(), n, evening); m.Open != 1 || m.Due != 0 || err != nil {
		t.Errorf("got %+v, %v, want one to come", m, err)
	}
	change(t, h.File, `UPDATE deliveries SET step = 'pending', code = 0, due_at = due_at + 1800 WHERE subscriber = $1`,
		h.sent[1])
	change(t, h.File, `UPDATE deliveries SET step = 'pending', code = 0 WHERE subscriber = $1`, h.sent[2])
	m, err := h.Muster(t.Context(), n, evening)
	if m.Open != 2 || m.Due != 1 || !m.Next.Equal(evening) || err != nil {
		t.Errorf("got %+v, %v, want one that is due", m, err)
	}
	h.join(t)
	until(t, h.File, n, "what was sent again", func(m digest.Mustered) bool { return m.Due == 0 })
	if want := append(slices.Clone(h.sent[:6]), h.sent[2]); !slices.Equal(h.sent, want) {
		t.Errorf("sent to %v, want %v", h.sent, want)
	}
}

// A frozen edition begins with its hour, and not when River next looks whose time has come.
func TestWhatIsDueIsWokenAtOnce(t *testing.T) {
	s := byTwos(t)
	addReaders(t, s, 5)
	n := mustOpen(t, s, 0).Number
	for _, at := range []string{"1 hour", "-1 second"} {
		change(t, s, `UPDATE `+s.server.jobs.table()+`
			SET state = 'scheduled', scheduled_at = now() + CAST($1 AS INTERVAL)`, at)
		if _, err := s.Muster(t.Context(), n, evening); err != nil {
			t.Fatal(err)
		}
		if j, err := s.Jobs(t.Context()); j.Waiting != 3 || err != nil {
			t.Errorf("scheduled %s from now: got %+v, %v, want 3 that wait for whoever is free", at, j, err)
		}
	}
}
