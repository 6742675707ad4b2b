package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/subscribers"
)

// list is a database of departures.
type list struct {
	mu  sync.Mutex
	all []subscribers.Departure
}

func (l *list) leaves(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		id := int64(len(l.all)) + 1
		l.all = append(l.all, subscribers.Departure{
			ID: id, Kind: subscribers.Complaint, At: evening.Add(time.Duration(id) * time.Second), Hash: []byte{byte(id), 7},
		})
	}
}

func (l *list) Departures(_ context.Context, after int64, limit int) ([]subscribers.Departure, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := min(int(after), len(l.all))
	return l.all[from:min(from+limit, len(l.all))], nil
}

func (l *list) LastDeparture(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.all)), nil
}

var (
	evening = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	key     = []byte("a key of a database")
)

func newJournal(t testing.TB, l *list) *File {
	t.Helper()
	return &File{
		Path: filepath.Join(t.TempDir(), "vesper.db.departures"), Key: key, Source: l,
		Now: func() time.Time { return evening.Add(time.Hour) },
	}
}

func follow(t testing.TB, j *File, beat bool) {
	t.Helper()
	if err := j.Follow(t.Context(), beat); err != nil {
		t.Fatal(err)
	}
}

// has gives what a journal has, which must be all departures up to n.
func has(t testing.TB, j *File, n int) subscribers.History {
	t.Helper()
	h, err := Read(key, j.Path)
	if err != nil || len(h.Departures) != n || h.Last != int64(n) {
		t.Fatalf("%d departures up to %d, %v, want %d", len(h.Departures), h.Last, err, n)
	}
	for i, d := range h.Departures {
		if d.ID != int64(i)+1 || d.Kind != subscribers.Complaint || d.Hash[0] != byte(d.ID) {
			t.Errorf("departure %d is %+v", i+1, d)
		}
	}
	return h
}

func TestAJournalCatchesUpAndSaysHowFarItIs(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	follow(t, j, true)
	if h := has(t, j, 0); !h.To.Equal(evening.Add(time.Hour)) {
		t.Errorf("it is known up to %s", h.To)
	}
	l.leaves(2500) // more than are read at once
	follow(t, j, false)
	if h := has(t, j, 2500); h.Damaged != 0 {
		t.Errorf("%d lines are damaged", h.Damaged)
	}
	before, _ := os.Stat(j.Path)
	follow(t, j, false)
	if after, _ := os.Stat(j.Path); after.Size() != before.Size() || after.Mode().Perm() != 0o600 {
		t.Error("it was written to in vain, or others can read it")
	}
}

// Wherever the last line was torn, nothing is lost or made up.
func TestATornLineIsWrittenAnew(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	l.leaves(3)
	follow(t, j, false)
	whole, err := os.ReadFile(j.Path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(j.Path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if h, err := Read(key, j.Path); err != nil || h.Damaged != 0 {
			t.Fatalf("cut at %d: %+v, %v", cut, h, err)
		}
		follow(t, j, true)
		has(t, j, 3)
	}
}

// A file in the middle of which something is damaged has the rest.
func TestDamageIsCounted(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	l.leaves(3)
	follow(t, j, true)
	text, _ := os.ReadFile(j.Path)
	damaged := bytes.Replace(text, []byte("\n2 "), []byte("\n9 "), 1)
	if err := os.WriteFile(j.Path, append(damaged, bytes.Repeat([]byte("x"), 5000)...), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := Read(key, j.Path)
	if err != nil || h.Damaged != 1 || len(h.Departures) != 2 || h.Last != 3 {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestAJournalOfAnotherDatabaseIsLeftAlone(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	l.leaves(3)
	follow(t, j, true)
	other := *j
	other.Key = []byte("another")
	if err := other.Follow(t.Context(), true); err == nil || !strings.Contains(err.Error(), "another database's") {
		t.Errorf("got %v", err)
	}
	if h, err := Read(other.Key, j.Path); err != nil || len(h.Departures) > 0 || h.Damaged != 4 {
		t.Errorf("got %+v, %v", h, err)
	}
	has(t, j, 3)
}

// A database that was put back without its journal does not write over what it has.
func TestAJournalThatKnowsMoreThanTheDatabaseIsKept(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	l.leaves(5)
	follow(t, j, true)
	for name, change := range map[string]func(){
		"fewer":  func() { l.all = l.all[:2] },
		"others": func() { l.all = nil; l.leaves(9); l.all[len(l.all)-1].Kind = subscribers.Removed },
	} {
		change()
		before, _ := os.ReadFile(j.Path)
		err := j.Follow(t.Context(), false)
		if name == "others" {
			// The line that both have is the same.
			if err != nil {
				t.Error(err)
			}
			continue
		}
		aside, ok := errors.AsType[*AsideError](err)
		if !ok {
			t.Fatalf("%s: got %v", name, err)
		}
		if kept, _ := os.ReadFile(aside.Kept); string(kept) != string(before) {
			t.Errorf("%s: it is not as it was", name)
		}
		has(t, j, len(l.all))
	}
}

func TestSeveralProcessesAddToOneJournal(t *testing.T) {
	l := &list{}
	j := newJournal(t, l)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				l.leaves(1)
				if err := j.Follow(t.Context(), false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(j.Path)
	if n := bytes.Count(text, []byte(" complaint ")); n != 160 || err != nil {
		t.Errorf("%d lines, %v", n, err)
	}
	has(t, j, 160)
}

// One that can't be reached holds up nobody, and is caught up.
func TestAJournalThatCantBeReachedIsCaughtUp(t *testing.T) {
	l := &list{}
	near, far := newJournal(t, l), newJournal(t, l)
	far.Path = filepath.Join(t.TempDir(), "not mounted", "journal")
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		k := &Keeper{Files: []*File{near, far}, Log: slog.New(slog.NewTextHandler(&said, nil))}
		ctx, stop := context.WithCancel(t.Context())
		departed := make(chan struct{})
		var serving sync.WaitGroup
		serving.Go(func() { k.Serve(ctx, departed) })
		for range 3 {
			l.leaves(1)
			departed <- struct{}{}
			synctest.Wait()
		}
		has(t, near, 3)
		if err := os.Mkdir(filepath.Dir(far.Path), 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(looks + time.Second)
		synctest.Wait()
		has(t, far, 3)
		stop()
		serving.Wait()
		if n := strings.Count(said.String(), "can't write"); n != 1 || !strings.Contains(said.String(), "again") {
			t.Errorf("it says %s", &said)
		}
	})
}

func FuzzAJournalOfAnybody(f *testing.F) {
	l := &list{}
	j := newJournal(f, l)
	l.leaves(3)
	if err := j.Follow(context.Background(), true); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(j.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-30])
	f.Add([]byte("1 2026-11-22T18:00:00Z complaint - - 0000000000000000\n"))
	f.Add(bytes.Repeat([]byte("9"), 3000))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := lines(bytes.NewReader(b), func(text string, _ bool) {
			if d, ok := parse(key, text); ok && d.Kind != known && line(key, d) != text+"\n" {
				t.Errorf("%q is read as %+v", text, d)
			}
			// What anybody writes is signed by nobody: so that is done here.
			if d, ok := parse(key, strings.TrimSuffix(signed(key, text), "\n")); ok {
				again, ok := parse(key, strings.TrimSuffix(line(key, d), "\n"))
				if !ok || fmt.Sprint(again) != fmt.Sprint(d) {
					t.Errorf("%+v is written and read as %+v", d, again)
				}
			}
		}); err != nil {
			t.Error(err)
		}
	})
}
