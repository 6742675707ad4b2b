package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers"
)

// mailed gives the addresses that an edition would go to.
func mailed(t testing.TB, s *File) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for one, err := range s.List().Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if one.Status == subscribers.Active {
			all[one.Address.Key()] = true
		}
	}
	return all
}

// journalOf gives what a journal of a database has, from one departure on.
func journalOf(t testing.TB, s *File) func([]byte) (subscribers.History, error) {
	return func(key []byte) (subscribers.History, error) {
		if string(key) != string(s.JournalKey()) {
			t.Error("another key than that of the database")
		}
		all, err := s.List().Departures(t.Context(), 0, 1<<30)
		h := subscribers.History{Departures: all, Read: 1}
		if len(all) > 0 {
			h.Last, h.To = all[len(all)-1].ID, all[len(all)-1].At
		}
		return h, err
	}
}

// past does random things to a list.
type past struct {
	*testing.T
	s     *File
	draw  *rand.Rand
	now   time.Time
	names []string
}

func (h *past) address() subscribers.Address {
	return address(h.T, h.names[h.draw.IntN(len(h.names))])
}

// does one thing, at a time of its own.
func (h *past) does() {
	h.now = h.now.Add(time.Minute)
	ctx, list, a := h.Context(), h.s.List(), h.address()
	is, err := list.Facts(ctx, a)
	if err != nil {
		h.Fatal(err)
	}
	switch h.draw.IntN(12) {
	case 0, 1, 2, 3:
		_, _, _ = list.Add(ctx, activeReader(h.T, a.String()), h.now) // who is barred is not added
	case 4, 5:
		_, err = list.Unsubscribe(ctx, is.PublicID, h.now)
	case 6:
		_, err = list.Remove(ctx, a, nil, h.now)
	case 7:
		_, err = list.Erase(ctx, a, h.now)
	case 8:
		_, err = list.Suppress(ctx, a, subscribers.Reasons[h.draw.IntN(len(subscribers.Reasons))], h.now)
	case 9:
		_, _ = list.Unsuppress(ctx, a, h.now)
	case 10:
		if is.ID != 0 {
			p := is.Preferences
			p.PausedUntil = []string{"", "2026-12-24", "2027-01-01"}[h.draw.IntN(3)]
			err = list.Prefer(ctx, is.PublicID, p)
		}
	case 11:
		h.comesBack(a)
	}
	if err != nil {
		h.Fatal(err)
	}
}

// comesBack signs a reader up anew, who confirms at once.
func (h *past) comesBack(a subscribers.Address) {
	ctx, list := h.Context(), h.s.List()
	h.now = h.now.Add(8 * 24 * time.Hour)
	is, err := list.Facts(ctx, a)
	if err != nil {
		h.Fatal(err)
	}
	q := subscribers.Asking{At: h.now, From: "192.0.2.1"}
	public := is.PublicID
	if is.ID == 0 {
		public = h.draw.Uint64()
	}
	letter := digest.Letter{Kind: digest.Confirmation, Address: a.Mailbox(), Bytes: []byte("x")}
	if _, no := is.Ask(q); no != subscribers.NotRefused {
		return
	}
	if err := list.SignUp(ctx, a, q, public, letter); err != nil {
		h.Fatal(err)
	}
	letter.Kind = digest.Welcome
	if err := list.Confirm(ctx, public, "192.0.2.1", letter, h.now.Add(time.Minute)); err != nil {
		h.Fatal(err)
	}
	h.now = h.now.Add(time.Minute)
}

// Whatever happened since a backup, and whichever backup it is: with the journal nobody is
// a reader who is none in the database that was lost. Nobody else is missing but those who
// came back after they had left before the backup.
func TestNobodyWhoLeftIsAReaderAgainWhicheverBackupIsRestored(t *testing.T) {
	whole.NotRaced(t)
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	for seed := range uint64(seeds) {
		dir := t.TempDir()
		s := openFile(t, filepath.Join(dir, "vesper.db"))
		h := &past{T: t, s: s, draw: rand.New(rand.NewPCG(seed, 7)), now: evening}
		for i := range 8 {
			h.names = append(h.names, fmt.Sprintf("reader%d@news.example", i))
		}
		type copied struct {
			path   string
			at     time.Time
			mailed map[string]bool
		}
		var copies []copied
		for i := range 60 {
			if i%6 == 0 {
				path := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
				emptyFile(t, path)
				at := h.now
				if err := s.Backup(t.Context(), path, nil); err != nil {
					t.Fatal(err)
				}
				copies = append(copies, copied{path, at, mailed(t, s)})
			}
			h.does()
		}
		live := mailed(t, s)
		for i, c := range copies {
			to := filepath.Join(dir, fmt.Sprintf("restored%d", i), "vesper.db")
			now := h.now.Add(time.Hour)
			done, err := Restore(t.Context(), to, c.path, Restoring{
				MadeAt: c.at, Journals: journalOf(t, s), Now: func() time.Time { return now },
			})
			if err != nil {
				t.Fatalf("seed %d, copy %d: %v", seed, i, err)
			}
			back := openFile(t, to)
			got := mailed(t, back)
			want := maps.Clone(c.mailed)
			maps.DeleteFunc(want, func(a string, _ bool) bool { return !live[a] })
			for a := range got {
				if !live[a] {
					t.Errorf("seed %d, copy %d: %s is a reader again", seed, i, a)
				}
			}
			for a := range want {
				if !got[a] && !erasedSince(t, s, back, a, c.path) {
					t.Errorf("seed %d, copy %d: %s is missing", seed, i, a)
				}
			}
			if done.Gap || !done.Held {
				t.Errorf("seed %d, copy %d: %+v", seed, i, done)
			}
			theSame(t, s, back)
			if left := len(c.mailed) - len(got); done.Left != left {
				t.Errorf("seed %d, copy %d: %d left, it says %d", seed, i, left, done.Left)
			}
			if err := back.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// erasedSince says whether an address was erased since the copy was made: whoever came back
// after that is another row.
func erasedSince(t *testing.T, s, back *File, a, copied string) bool {
	t.Helper()
	old := openFile(t, copied)
	defer old.Close()
	last, err := old.List().LastDeparture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.List().Departures(t.Context(), last, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(d subscribers.Departure) bool {
		return d.Kind == subscribers.Erased && string(d.Hash) == string(back.hidden(a))
	})
}

// theSame looks whether two databases have the same departures: journals go on after them.
func theSame(t *testing.T, a, b *File) {
	t.Helper()
	x, err := a.List().Departures(t.Context(), 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.List().Departures(t.Context(), 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(x) != fmt.Sprint(y) {
		t.Errorf("the departures differ: %d and %d", len(x), len(y))
	}
}
