//go:build unix

package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// openTransaction begins a transaction of somebody else's, and runs a statement in it.
func openTransaction(t testing.TB, s *File, statement string) (end func(how string)) {
	t.Helper()
	c, err := s.server.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end = func(how string) {
		t.Helper()
		if _, err := c.Exec(context.WithoutCancel(t.Context()), how); err != nil {
			t.Error(err)
		}
		c.Release()
	}
	for _, query := range []string{`BEGIN`, `SET LOCAL lock_timeout = '5s'`, statement} {
		if _, err := c.Exec(t.Context(), query); err != nil {
			end(`ROLLBACK`)
			t.Fatalf("%s: %v", query, err)
		}
	}
	return end
}

const (
	aLongReader  = `SELECT count(*) FROM deliveries, editions, edition_messages`
	anOpenIntent = `UPDATE deliveries SET owner = 'another' WHERE edition = 1 AND subscriber = 1
		AND EXISTS (SELECT 1 FROM editions WHERE number = 1)`
	anEntered = `INSERT INTO deliveries (edition, subscriber, variant, step, due_at, first_due_at, at)
		VALUES (1, 99, 'designed', 'pending', 1, 1, 1)`
)

// Neither a backup that reads everything for hours nor messages of another edition that are under
// way keep an edition from being opened that begins a volume, and it keeps none of them.
func TestANewVolumeOfTheLedgerWaitsForNobody(t *testing.T) {
	s := byVolumes(t, 5)
	addReaders(t, s, 5)
	mustOpen(t, s, 0)
	sendAll(t, s, 1)
	for _, statement := range []string{aLongReader, anOpenIntent, anEntered} {
		defer openTransaction(t, s, statement)(`ROLLBACK`)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := s.Book().OpenEdition(ctx, opening(1))
	if err != nil || r.Number != 1000 {
		t.Fatalf("got %d, %v", r.Number, err)
	}
	err = s.write.whole(ctx, func(ctx context.Context, c conn) error {
		if err := makeVolume(ctx, c, 7); err != nil {
			return err
		}
		for _, statement := range []string{
			aLongReader, strings.ReplaceAll(anOpenIntent, `subscriber = 1`, `subscriber = 2`),
			strings.ReplaceAll(anEntered, `99`, `98`),
		} {
			openTransaction(t, s, statement)(`ROLLBACK`)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The control: the other way to make a volume would wait for them.
	_, err = s.server.pool.Exec(ctx, `SET lock_timeout = '50ms';
		CREATE TABLE other PARTITION OF deliveries FOR VALUES FROM (90000) TO (91000)`)
	if !errors.Is(said(err), digest.ErrBusy) {
		t.Errorf("got %v, want that it waits", err)
	}
}

// What a volume of the ledger promises is what the first one does.
func TestEachVolumeOfTheLedgerPromisesTheSame(t *testing.T) {
	s := byVolumes(t, 1)
	addReaders(t, s, 1)
	mustOpen(t, s, 0)
	mustOpen(t, s, 1)
	of := func(volume string) (all []string) {
		rows, err := s.read.Query(t.Context(), `
			SELECT pg_get_constraintdef(oid) AS line FROM pg_constraint WHERE conrelid = CAST($1 AS regclass)
			UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = CAST($1 AS regclass)
			UNION ALL SELECT CAST(reloptions AS TEXT) FROM pg_class WHERE oid = CAST($1 AS regclass)
			UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = CAST($1 AS regclass) AND NOT tgisinternal
			ORDER BY line`, volume)
		if err = each(rows, err, func(scan scanner) error {
			var one string
			err := scan(&one)
			all = append(all, strings.ReplaceAll(one, volume, "deliveries_N"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	first, next := of("deliveries_0"), of("deliveries_1")
	if diff := cmp.Diff(first, next); diff != "" || len(first) < 10 {
		t.Errorf("%d promises\n%s", len(first), diff)
	}
}

// An opening that comes to nothing leaves no volume, and no number is given for it.
func TestAnOpeningThatFailsLeavesNoVolume(t *testing.T) {
	s := byVolumes(t, 5)
	addReaders(t, s, 5)
	mustOpen(t, s, 0)
	o := opening(1)
	o.Messages = append(o.Messages, o.Messages[0])
	if _, err := s.Book().OpenEdition(t.Context(), o); err == nil {
		t.Fatal("it was opened")
	}
	volumesAre(t, s, "deliveries_0 0")
	if n := mustOpen(t, s, 1).Number; n != 1000 {
		t.Errorf("got number %d", n)
	}
}

// Who may make no tables is told so when a volume is full, and before, by an examination. Who may as one
// of those who own the ledger makes it for all of them.
func TestWhoMayMakeNoVolumeIsTold(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t, "paper")
	s := openServerAt(t, url, Options{Volume: 5})
	addReaders(t, s, 5)
	mustOpen(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	asks(t, url, `CREATE ROLE paper LOGIN`, `GRANT ALL ON ALL TABLES IN SCHEMA public TO paper`,
		`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO paper`, `GRANT USAGE ON SCHEMA public_river TO paper`,
		`GRANT ALL ON ALL TABLES IN SCHEMA public_river TO paper`,
		`GRANT ALL ON ALL SEQUENCES IN SCHEMA public_river TO paper`)
	theirs := strings.Replace(url, "postgres@", "paper@", 1)
	s = openServerAt(t, theirs, Options{Volume: 5})
	if _, err := s.Book().OpenEdition(t.Context(), opening(1)); !errors.Is(err, digest.ErrNoRight) {
		t.Errorf("got %v, want ErrNoRight", err)
	}
	volumesAre(t, s, "deliveries_0 0")
	found, usable := ExamineServer(t.Context(), theirs, filepath.Join(t.TempDir(), "vesper"))
	i := slices.IndexFunc(found, func(f digest.Finding) bool { return f.Name == "tables" })
	if i < 0 || found[i].Result != digest.Fail || !usable {
		t.Errorf("got %+v, %t", found, usable)
	}
	asks(t, url, `CREATE ROLE desk LOGIN IN ROLE postgres`)
	theirs = strings.Replace(url, "postgres@", "desk@", 1)
	if n := mustOpen(t, openServerAt(t, theirs, Options{Volume: 5}), 1).Number; n != 1000 {
		t.Errorf("got number %d", n)
	}
	owner := ""
	if err := s.read.QueryRow(t.Context(), `SELECT tableowner FROM pg_tables WHERE tablename = 'deliveries_1'`).
		Scan(&owner); err != nil || owner != "postgres" {
		t.Errorf("it belongs to %s, %v", owner, err)
	}
	found, _ = ExamineServer(t.Context(), theirs, filepath.Join(t.TempDir(), "vesper"))
	if slices.ContainsFunc(found, func(f digest.Finding) bool { return f.Name == "tables" }) {
		t.Errorf("got %+v", found)
	}
}

// What a relay said of an erased reader is taken out of the volumes that it stood in, and no other
// one is read for that.
func TestAnErasedAddressIsCleanedOutOfItsVolumes(t *testing.T) {
	s := byVolumes(t, 2)
	readers := addReaders(t, s, 2)
	for day := range 3 {
		mustOpen(t, s, day)
	}
	d := owed(t, s, 1000, evening.AddDate(0, 0, 30))[0]
	intendAll(t, s, 1000, []digest.Delivery{d})
	said := replied(digest.Failed, 550, "<"+d.Address+">: gone")
	if err := s.Ledger(1000).Settle(t.Context(), d, said); err != nil {
		t.Fatal(err)
	}
	if found, err := s.List().Erase(t.Context(), readers[0].Address, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	cleaned := ""
	if err := s.read.QueryRow(t.Context(), `SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables
		WHERE relname LIKE 'deliveries%' AND last_vacuum IS NOT NULL`).Scan(&cleaned); err != nil {
		t.Fatal(err)
	}
	if cleaned != "deliveries_1" {
		t.Errorf("cleaned: %q", cleaned)
	}
}

// Two machines that find a volume full at the same moment begin one together.
func TestTwoOpeningsBeginOneVolume(t *testing.T) {
	s := byVolumes(t, 10)
	addReaders(t, s, 5)
	mustOpen(t, s, 0)
	mustOpen(t, s, 1)
	opened := make(chan uint32, 2)
	for day := 2; day <= 3; day++ {
		other := openServerAt(t, s.server.pool.Config().ConnString(), Options{Volume: 10})
		go func() {
			r, err := other.Book().OpenEdition(t.Context(), opening(day))
			if err != nil {
				t.Error(err)
			}
			opened <- r.Number
		}()
	}
	got := []uint32{<-opened, <-opened}
	if slices.Sort(got); !slices.Equal(got, []uint32{1000, 1001}) {
		t.Errorf("the editions have the numbers %d", got)
	}
}

// A backup has all volumes, and who goes on with it begins the next.
func TestABackupOfAServerHasAllVolumes(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	s := openServerAt(t, server.Database(t, "paper"), Options{Volume: 5})
	addReaders(t, s, 5)
	for day := range 3 {
		sendAll(t, s, mustOpen(t, s, day).Number)
	}
	s = openServerAt(t, server.Restored(t, "paper", "again"), Options{Volume: 5})
	volumesAre(t, s, "deliveries_0 5", "deliveries_1 5", "deliveries_2 5")
	everythingAddsUp(t, s, 1, 1000, 2000)
	if n := mustOpen(t, s, 3).Number; n != 3000 {
		t.Errorf("got number %d", n)
	}
	sendAll(t, s, 3000)
	volumesAre(t, s, "deliveries_0 5", "deliveries_1 5", "deliveries_2 5", "deliveries_3 5")
}
