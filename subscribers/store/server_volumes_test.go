//go:build unix

package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// byVolumes opens a new database on a server, in which a volume of the ledger is full with a few deliveries.
func byVolumes(t testing.TB, full int64) *File {
	return openServerAt(t, pgtest.New(t), Options{Chunk: 2, Volume: full})
}

// volumesOf gives the volumes of the ledger with how many rows each has.
func volumesOf(t testing.TB, s *File) (all []string) {
	t.Helper()
	rows, err := s.read.Query(t.Context(), `SELECT c.relname || ' ' ||
			(SELECT count(*) FROM deliveries d WHERE d.tableoid = c.oid)
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = CAST('deliveries' AS regclass) ORDER BY c.relname`)
	if err = each(rows, err, func(scan scanner) error {
		var one string
		err := scan(&one)
		all = append(all, one)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func volumesAre(t testing.TB, s *File, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, volumesOf(t, s)); diff != "" {
		t.Errorf("the ledger has the volumes +, want -\n%s", diff)
	}
}

// sendAll has all who are owed an edition be sent it.
func sendAll(t testing.TB, s *File, number uint32) {
	t.Helper()
	if _, err := s.Book().Begin(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
	for _, d := range owed(t, s, number, evening.AddDate(0, 0, 30)) {
		intendAll(t, s, number, []digest.Delivery{d})
		if err := s.Ledger(number).Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Book().Close(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
}

// everythingAddsUp wants no fault in any edition.
func everythingAddsUp(t testing.TB, s *File, numbers ...uint32) {
	t.Helper()
	for _, n := range numbers {
		if faults, err := s.Book().Verify(t.Context(), n); len(faults) > 0 || err != nil {
			t.Errorf("edition %d: %q, %v", n, faults, err)
		}
	}
}

// A volume begins where the one before is full, and not earlier. What is done to an edition, and what
// a reader is told of, is the same in whichever volume it lies, on a server and back in a file.
func TestALedgerInVolumesIsOneLedger(t *testing.T) {
	server := Place{Path: filepath.Join(t.TempDir(), "vesper.postgres"), URL: pgtest.New(t)}
	s := openServerAt(t, server.URL, Options{Chunk: 2, Volume: 10})
	readers := addReaders(t, s, 5)
	var numbers []uint32
	for day := range 5 {
		numbers = append(numbers, mustOpen(t, s, day).Number)
	}
	if want := []uint32{1, 2, 1000, 1001, 2000}; !slices.Equal(numbers, want) {
		t.Fatalf("the editions have the numbers %d, want %d", numbers, want)
	}
	sendAll(t, s, 2)
	sendAll(t, s, 1000)
	act := digest.Act{
		Edition: opening(3).Edition.ID, Kind: digest.Cancel, By: "maria", Reason: "a wrong name", At: evening,
	}
	if _, _, err := s.Book().Act(t.Context(), act, ""); err != nil {
		t.Fatal(err)
	}
	if done, err := s.Book().Cancel(t.Context(), 1001, evening); !done || err != nil {
		t.Fatal(done, err)
	}
	volumesAre(t, s, "deliveries_0 5", "deliveries_1 10", "deliveries_2 0")
	o := opening(2)
	o.Edition.ID.Sequence, o.Edition.Correction = 2, digest.Correction{Note: "The harbour is closed.", At: o.At}
	for _, variant := range []string{digest.CorrectionDesigned, digest.CorrectionPlain} {
		o.Messages = append(o.Messages, digest.Message{Variant: variant, Subject: "Correction", Bytes: []byte("x")})
	}
	act.Edition, act.Kind, act.At = o.Edition.ID, digest.Correct, o.At
	corrected, err := s.Book().OpenCorrection(t.Context(), o, act)
	if err != nil || corrected.Number != 2001 || corrected.Tally.Opened != 5 {
		t.Fatal(corrected, err)
	}
	found, err := s.List().Erase(t.Context(), readers[1].Address, evening)
	if !found || err != nil {
		t.Fatal(found, err)
	}
	volumesAre(t, s, "deliveries_0 6", "deliveries_1 10", "deliveries_2 6")
	all := append(numbers, corrected.Number)
	everythingAddsUp(t, s, all...)
	before := tellings(t, s, readers[0].ID, readers[1].ID)
	if len(before) != 12 {
		t.Errorf("two readers are told %q", before)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	back, again := Place{Path: filepath.Join(t.TempDir(), "back.db")}, aServer(t)
	for _, way := range [][2]Place{{server, back}, {back, again}} {
		if _, err := Move(t.Context(), moving1(way[0], way[1])); err != nil {
			t.Fatal(err)
		}
		if s, err = openAt(t, way[1], false); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, tellings(t, s, readers[0].ID, readers[1].ID)); diff != "" {
			t.Error(diff)
		}
		everythingAddsUp(t, s, all...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = openServerAt(t, again.URL, Options{Volume: 10})
	volumesAre(t, s, "deliveries_0 10", "deliveries_1 10", "deliveries_2 10")
	if n := mustOpen(t, s, 9).Number; n != 3000 {
		t.Errorf("the next edition has the number %d", n)
	}
}

// tellings gives what these readers are told of all editions.
func tellings(t testing.TB, s *File, ids ...int64) (all []string) {
	t.Helper()
	for _, id := range ids {
		receipts, err := s.Book().Receipts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range receipts {
			all = append(all, fmt.Sprintf("%d %s: %s %s", id, r.Edition, r.Step, r.Reason))
		}
	}
	return all
}

// PostgreSQL does not look for the volume of each message: it is named.
func TestMessagesAreWrittenInTheirVolumeByItsName(t *testing.T) {
	s := byVolumes(t, 1)
	l := s.Ledger(1999)
	for _, statement := range []string{l.intendSQL, l.settleSQL, l.endSQL, l.sentSQL, l.giveBackSQL} {
		if !strings.HasPrefix(statement, "UPDATE deliveries_1 AS deliveries SET ") {
			t.Errorf("%s", statement)
		}
	}
	if !strings.Contains(l.owed, " deliveries_1 AS d ") {
		t.Errorf("%s", l.owed)
	}
}
