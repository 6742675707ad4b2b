//go:build unix

package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// Steps of a program after this one: two that only add, and one that changes what there is.
var (
	adds = step{
		server: `ALTER TABLE deliveries ADD COLUMN weight BIGINT NOT NULL DEFAULT 1;
			ALTER TABLE subscribers ADD COLUMN nickname TEXT NOT NULL DEFAULT '';
			CREATE TABLE weights (subscriber BIGINT PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE)`,
		adds: true,
	}
	addsMore = step{server: `CREATE TABLE heights (id BIGINT PRIMARY KEY)`, adds: true}
	changes  = step{server: `DROP TABLE pins`}
)

// opens opens a database with a program that knows further steps.
func opens(t *testing.T, url string, further ...step) (*File, error) {
	t.Helper()
	s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{
		Program: "vesper 9, for " + t.Name(), further: further, Now: func() time.Time { return evening },
	})
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func beats(t *testing.T, s *File) (digest.Heard, error) {
	t.Helper()
	return s.Beat(t.Context(), digest.Beat{Role: "serve"})
}

func alters(t *testing.T, s *File, query string) {
	t.Helper()
	if _, err := s.server.pool.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func TestAProgramWorksOnBesideOneThatKnowsAStepMore(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	old := openServerAt(t, url, Options{})
	ada := addReader(t, old, "ada@news.example")
	number := mustOpen(t, old, 0).Number
	if _, err := old.Book().Begin(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
	d := owed(t, old, number, evening)[0]
	if h, err := beats(t, old); h.Newer != "" || err != nil {
		t.Fatalf("got %+v, %v", h, err)
	}
	newer, err := opens(t, url, adds)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := beats(t, newer); h.Machines != 2 || h.Newer != "" || err != nil {
		t.Errorf("the newer one: got %+v, %v", h, err)
	}
	if h, err := beats(t, old); h.Machines != 2 || h.Newer != "vesper 9" || err != nil {
		t.Errorf("the older one: got %+v, %v", h, err)
	}
	// What it has begun it brings to its end, and it begins new things.
	if ok, err := old.Ledger(number).Intend(t.Context(), d, evening, nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := old.Ledger(number).Settle(t.Context(), d, accepted(evening)); err != nil {
		t.Fatal(err)
	}
	addReader(t, old, "grace@news.example")
	if faults, err := newer.Book().Verify(t.Context(), number); len(faults) > 0 || err != nil {
		t.Error(faults, err)
	}
	if err := old.Book().Close(t.Context(), number, evening); err != nil {
		t.Error(err)
	}
	// It may also be started now.
	again := openServerAt(t, url, Options{})
	if program, err := again.Newer(t.Context()); program != "vesper 9" || err != nil {
		t.Errorf("got %q, %v", program, err)
	}
	if all, err := again.Machines(t.Context()); err != nil || len(all) != 2 || !all[0].Older || all[1].Older {
		t.Errorf("got %+v, %v, want that the first one is older", all, err)
	}
	// What must leave nothing out is the newer program's.
	if _, err := old.List().Erase(t.Context(), ada.Address, evening); !errors.Is(err, digest.ErrNewer) {
		t.Errorf("it erases: %v", err)
	}
	if found, err := newer.List().Erase(t.Context(), ada.Address, evening); !found || err != nil {
		t.Errorf("the newer one erases: %v, %v", found, err)
	}
}

func TestAnOlderProgramMovesNoDatabaseThatIsNewer(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	if _, err := opens(t, url, adds); err != nil {
		t.Fatal(err)
	}
	from := Place{Path: filepath.Join(t.TempDir(), "vesper"), URL: url}
	to := Place{Path: filepath.Join(t.TempDir(), "moved.db")}
	_, err := Move(t.Context(), moving1(from, to))
	if !errors.Is(err, digest.ErrNewer) || !strings.Contains(err.Error(), "vesper 9") {
		t.Errorf("got %v", err)
	}
}

func TestAProgramTwoStepsBehindIsRefused(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	old := openServerAt(t, url, Options{})
	if _, err := beats(t, old); err != nil {
		t.Fatal(err)
	}
	if _, err := opens(t, url, adds, addsMore); !errors.Is(err, digest.ErrOlder) {
		t.Fatalf("beside one that lives: %v", err)
	}
	if _, err := opens(t, url, adds); err != nil {
		t.Fatal(err)
	}
	if err := old.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := opens(t, url, adds, addsMore); err != nil {
		t.Fatal(err)
	}
	_, err := opens(t, url)
	if !errors.Is(err, digest.ErrNewer) || !strings.Contains(err.Error(), "vesper 9") {
		t.Errorf("got %v, want the program's name", err)
	}
	if _, err := opens(t, url, adds); err != nil {
		t.Errorf("one step behind: %v", err)
	}
}

func TestAStepThatChangesWaitsForTheEndOfOlderMachines(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	old := openServerAt(t, url, Options{})
	is := func(want error) {
		t.Helper()
		_, err := opens(t, url, changes)
		if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), hostname()) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if _, err := beats(t, old); err != nil {
		t.Fatal(err)
	}
	is(digest.ErrOlder)
	// One that is drained has the readers' pages up.
	alters(t, old, `UPDATE machines SET state = 'draining'`)
	if _, err := old.Beat(t.Context(), digest.Beat{Role: "serve", Drained: true}); err != nil {
		t.Fatal(err)
	}
	is(digest.ErrOlder)
	if program, err := old.Newer(t.Context()); program != "" || err != nil {
		t.Errorf("got %q, %v: nothing was to be changed", program, err)
	}
	// One that was killed is not heard of any more.
	alters(t, old, `UPDATE machines SET beat = beat - interval '6 seconds'`)
	is(nil)
}

// A machine may be stopped meanwhile, or the way to it broken: nobody waited for it.
func TestAnOlderProgramDoesNothingMoreOnceTheDatabaseHasChanged(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	writes, hears := openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	sends := openServerAt(t, url, Options{})
	addReader(t, sends, "ada@news.example")
	number := mustOpen(t, sends, 0).Number
	d := owed(t, sends, number, evening)[0]
	if _, err := opens(t, url, changes); err != nil {
		t.Fatal(err)
	}
	is := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, digest.ErrNewer) {
			t.Errorf("%s: %v, want that it is refused", what, err)
		}
	}
	_, err := hears.Beat(t.Context(), digest.Beat{})
	is("it beats", err)
	_, err = hears.Machines(t.Context())
	is("it reads", err)
	_, _, err = writes.List().Add(t.Context(), activeReader(t, "late@news.example"), evening)
	is("it writes", err)
	_, err = beats(t, sends)
	is("it beats", err)
	_, err = sends.Ledger(number).Intend(t.Context(), d, evening, nil)
	is("it sends", err)
}

func TestWhoeverComesFirstTakesTheStep(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	openServerAt(t, url, Options{})
	var told atomic.Int64
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{
				further: []step{adds, addsMore}, Upgraded: func(from, to int, before string) {
					told.Add(1)
					if from != firstOnServer || to != newest()+2 || before != "" {
						t.Errorf("from %d to %d, %q", from, to, before)
					}
				},
			})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
	if n := told.Load(); n != 1 {
		t.Errorf("%d took the steps, want one", n)
	}
}

func TestAStepThatFailsLeavesTheDatabaseAsItWas(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	old := openServerAt(t, url, Options{})
	if _, err := opens(t, url, adds, step{server: `DROP TABLE nobody`}); err == nil {
		t.Fatal("it was opened")
	}
	if there, err := tablesIn(t.Context(), old.read); there != (tables{newest(), newest()}) || err != nil {
		t.Errorf("got %+v, %v", there, err)
	}
	if part, err := has(t.Context(), old.read, `SELECT 1 FROM pg_class WHERE relname = 'weights'`); part || err != nil {
		t.Errorf("a part of it is there: %v, %v", part, err)
	}
}

// A statement that changes a table waits for who reads it, and everybody who sends for that.
func TestTheSendingGoesOnWhileAStepWaitsForAReader(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	url := pgtest.New(t)
	old := openServerAt(t, url, Options{})
	addReaders(t, old, 8)
	number := mustOpen(t, old, 0).Number
	all := owed(t, old, number, evening)
	reads, err := old.reads.hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := reads.QueryRow(t.Context(), `SELECT count(*) FROM deliveries`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := opens(t, url, adds)
		ended <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, d := range all {
		if ok, err := old.Ledger(number).Intend(ctx, d, evening, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
		<-time.After(200 * time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	if err := reads.close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// River of a newer program may have brought its own tables further.
func TestAnOlderRiverGoesOnWithTheTablesOfANewerOne(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	s := openServerAt(t, url, Options{})
	for _, query := range []string{
		`INSERT INTO ` + s.server.jobs.schema + `.river_migration (line, version) VALUES ('main', 99)`,
		`ALTER TABLE ` + s.server.jobs.table() + ` ADD COLUMN later TEXT NOT NULL DEFAULT ''`,
	} {
		alters(t, s, query)
	}
	again := openServerAt(t, url, Options{})
	if err := makeJobs(t.Context(), again.server.pool); err != nil {
		t.Error(err)
	}
	addReaders(t, again, 3)
	mustOpen(t, again, 0)
	ctx, stop := context.WithCancel(t.Context())
	worked := make(chan digest.Chunk, 1)
	var ended sync.WaitGroup
	work := func(_ context.Context, c digest.Chunk) (digest.Worked, error) {
		select {
		case worked <- c:
		default:
		}
		return digest.Worked{Over: true}, nil
	}
	ended.Go(func() {
		if err := again.Join(ctx, Crew{AtOnce: 1, Log: slog.New(slog.DiscardHandler), Work: work}); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-worked:
	case <-time.After(time.Minute):
		t.Error("no job was worked on")
	}
	stop()
	ended.Wait()
}

// Only a step brings River's tables up: a River that has new ones comes with a step, which may be empty.
func TestANewRiverComesWithAStep(t *testing.T) {
	const river, version = 8, 5
	s := openServerAt(t, pgtest.New(t), Options{})
	m, err := rivermigrate.New(riverpgxv5.New(s.server.pool), &rivermigrate.Config{Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	all := m.AllVersions()
	if is := all[len(all)-1].Version; is != river || newest() < version {
		t.Errorf("River has version %d of its tables, and %d came with version %d: add a step, and say so here",
			is, river, version)
	}
}
