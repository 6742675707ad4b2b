package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers"
	"vesper/subscribers/pgtest"
)

// engines are one database on SQLite and one on PostgreSQL to which the same is done. What is
// drawn by chance in one of them is put into the other, so that all that can be read is equal.
type engines struct {
	*rand.Rand
	t            *testing.T
	file, server *File
	now          time.Time
	// said are the acts so far, for who has to find out why something differs.
	said []string
	// numbers are the editions that were opened, next is the day of the next one.
	numbers []uint32
	next    int
	// hand are messages that are under way.
	hand []inHand
	keys int
	// volume is how many deliveries a volume of the server's ledger has, where that is few.
	volume int64
	// happened counts the acts that were done, by their names, and what came of them.
	happened map[string]int
}

func newEngines(t *testing.T, seed uint64) *engines {
	h := &engines{
		Rand: rand.New(rand.NewPCG(seed, 18)), t: t, now: evening.Add(-48 * time.Hour), happened: map[string]int{},
	}
	o := Options{Now: func() time.Time { return h.now }}
	var err error
	h.file, err = Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.file.Close() })
	// Editions here have few readers, and more than one chunk all the same.
	o.Chunk = 3
	if seed%2 == 1 {
		h.volume = 12
		o.Volume = h.volume
	}
	h.server, err = OpenServer(t.Context(), pgtest.New(t), filepath.Join(t.TempDir(), "vesper"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.server.Close() })
	h.server.core.owner = h.file.core.owner
	h.sameKeys()
	return h
}

// both does something in both databases, and wants the same of both. It gives what SQLite did.
func both[V any](h *engines, what string, do func(s *File) (V, error)) (V, error) {
	h.t.Helper()
	h.said = append(h.said, fmt.Sprintf("%s %s", h.now.Format("01-02 15:04:05"), what))
	name, _, _ := strings.Cut(what, " ")
	a, aErr := do(h.file)
	b, bErr := do(h.server)
	h.happened[name]++
	if kindOf(aErr) != kindOf(bErr) {
		h.fatal("%s: SQLite: %v\nPostgreSQL: %v", what, aErr, bErr)
	}
	if aErr != nil {
		h.happened[name+": "+kindOf(aErr)]++
	}
	h.sameChance()
	if diff := cmp.Diff(a, b, byText); diff != "" {
		h.fatal("%s (-SQLite +PostgreSQL):\n%s", what, diff)
	}
	return a, aErr
}

// does is both for what gives nothing but an error.
func (h *engines) does(what string, do func(s *File) error) error {
	h.t.Helper()
	_, err := both(h, what, func(s *File) (struct{}, error) { return struct{}{}, do(s) })
	return err
}

func (h *engines) fatal(format string, args ...any) {
	h.t.Helper()
	last := h.said[max(0, len(h.said)-12):]
	h.t.Fatalf("after %d acts, the last of which are\n%s\n%s", len(h.said), strings.Join(last, "\n"),
		fmt.Sprintf(format, args...))
}

// byText compares what has fields of its own that nobody else sees.
var byText = cmp.Options{
	cmp.Comparer(func(a, b subscribers.Address) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b subscribers.Keyring) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

// known are the errors by which callers decide. Of others the words count.
var knownErrors = []error{
	digest.ErrExists, digest.ErrReworded, digest.ErrRepinned, digest.ErrRenumbered, digest.ErrNotFound, digest.ErrNobody,
	digest.ErrBehind, digest.ErrRestored, digest.ErrClock, digest.ErrTooOld, digest.ErrStopped, digest.ErrBusy,
	digest.ErrRunning, digest.ErrUnbalanced, digest.ErrTaken, digest.ErrCorrected, digest.ErrUnfit, digest.ErrUnchanged,
	subscribers.ErrMeanwhile, subscribers.ErrSuppressed, subscribers.ErrRetired, context.Canceled,
}

func kindOf(err error) string {
	if err == nil {
		return ""
	}
	for _, known := range knownErrors {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	// The words for what a table does not take are each engine's own.
	file, ok := errors.AsType[sqlite3.Error](err)
	if ok && file.Code == sqlite3.ErrConstraint {
		return "constraint"
	}
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(failed.Code, "23") {
		return "constraint"
	}
	return "other: " + err.Error()
}

// sameKeys gives the server's database the keys of the file's.
func (h *engines) sameKeys() {
	h.t.Helper()
	h.onServer(`DELETE FROM keys`)
	for _, row := range h.rows(h.file, `SELECT id, purpose, secret, created_at, current, retired_at FROM keys`) {
		h.onServer(`INSERT INTO keys (id, purpose, secret, created_at, current, retired_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, row...)
	}
	if err := h.server.loadKeys(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// byItself are the tables whose rows a database numbers by itself. On a server what came to
// nothing leaves a gap.
var byItself = []string{"subscribers", "signups", "editions", "acts", "proofs", "letters", "run_reports", "reports"}

// sameChance gives the server's database what was drawn in the file's since: names of
// readers and keys, and where numbers go on.
func (h *engines) sameChance() {
	h.t.Helper()
	query := `SELECT id, public_id FROM subscribers ORDER BY id`
	of, on := h.rows(h.file, query), h.rows(h.server, query)
	for i, row := range of {
		if i < len(on) && row[0] == on[i][0] && row[1] != on[i][1] {
			h.onServer(`UPDATE subscribers SET public_id = $1 WHERE id = $2`, row[1], row[0])
		}
	}
	for _, row := range h.rows(h.file, `SELECT id, secret FROM keys`) {
		h.onServer(`UPDATE keys SET secret = $2 WHERE id = $1`, row...)
	}
	h.sameVolumes()
	last := map[any]int64{}
	for _, row := range h.rows(h.file, `SELECT name, seq FROM sqlite_sequence`) {
		last[row[0]] = row[1].(int64)
	}
	for _, table := range byItself {
		h.onServer(fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', 'id'), greatest(max(id), $1, 1),
			greatest(max(id), $1) > 0) FROM %[1]s`, table), last[table])
	}
}

// sameVolumes has the file's numbers, too, go on where the next volume of the server's ledger begins.
func (h *engines) sameVolumes() {
	h.t.Helper()
	if h.volume == 0 {
		return
	}
	h.onServer(`UPDATE numbers SET last = last - last % $1 + $1 - 1
		WHERE (SELECT sum(opened) FROM editions WHERE number >= last - last % $1) >= $2`, int64(volumeNumbers), h.volume)
	last := h.rows(h.server, `SELECT last FROM numbers`)[0][0]
	execute(h.t, h.file, `UPDATE numbers SET last = $1 WHERE last < $1`, last)
}

func (h *engines) onServer(query string, args ...any) {
	h.t.Helper()
	if _, err := h.server.server.pool.Exec(h.t.Context(), query, args...); err != nil {
		h.t.Fatal(err)
	}
}

var histories = flag.Int("histories", 4, "how many random histories both engines have")

// TestBothEnginesTellTheSameHistory: whatever is done, in whatever order, all that can be
// read of a database on PostgreSQL is what it is on SQLite.
func TestBothEnginesTellTheSameHistory(t *testing.T) {
	pgtest.New(t)
	whole.NotRaced(t)
	steps := 200
	if *histories > 4 {
		steps = 400
	}
	for seed := range uint64(*histories) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newEngines(t, seed)
			for step := range steps {
				h.act()
				if step%100 == 99 {
					h.agree()
				}
			}
		})
	}
}
