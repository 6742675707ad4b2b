package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// weighed has each statement explained before it is made, and keeps how many rows it touched. It
// is undone where it changes anything.
type weighed struct {
	conn
	t       testing.TB
	touched map[string]float64
}

func (w weighed) ofServer() {}

func (w weighed) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	w.weigh(ctx, query, args, true)
	return w.conn.Exec(ctx, query, args...)
}

func (w weighed) Query(ctx context.Context, query string, args ...any) (rows, error) {
	w.weigh(ctx, query, args, false)
	return w.conn.Query(ctx, query, args...)
}

func (w weighed) QueryRow(ctx context.Context, query string, args ...any) row {
	_, changes := w.conn.(*transaction)
	w.weigh(ctx, query, args, changes)
	return w.conn.QueryRow(ctx, query, args...)
}

func (w weighed) weigh(ctx context.Context, query string, args []any, changes bool) {
	w.t.Helper()
	mark := func(statement string) {
		if _, err := w.conn.Exec(ctx, statement); changes && err != nil {
			w.t.Fatal(err)
		}
	}
	if changes {
		mark(`SAVEPOINT weighing`)
		defer mark(`ROLLBACK TO SAVEPOINT weighing`)
	}
	var plan string
	err := w.conn.QueryRow(ctx, `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) `+query, args...).Scan(&plan)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	var all []struct{ Plan planStep }
	if err := json.Unmarshal([]byte(plan), &all); err != nil {
		w.t.Fatal(err)
	}
	w.touched[query] = max(w.touched[query], all[0].Plan.rows())
}

// planStep is a step of a plan, and those below it.
type planStep struct {
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Unjoined float64 `json:"Rows Removed by Join Filter"`
	Plans    []planStep
}

func (s planStep) rows() float64 {
	all := (s.Rows + s.Filtered + s.Unjoined) * s.Loops
	for _, below := range s.Plans {
		all += below.rows()
	}
	return all
}

type weighedWrites struct {
	writes
	w weighed
}

func (w weighedWrites) one(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return w.whole(ctx, do)
}

func (w weighedWrites) whole(ctx context.Context, do func(ctx context.Context, c conn) error) error {
	return w.writes.whole(ctx, func(ctx context.Context, c conn) error {
		return do(ctx, weighed{c, w.w.t, w.w.touched})
	})
}

// weighs gives how many rows each statement of do touched.
func weighs(t testing.TB, s *File, do func()) map[string]float64 {
	t.Helper()
	read, write := s.read, s.write
	w := weighed{read, t, map[string]float64{}}
	s.read, s.write = w, weighedWrites{write, w}
	defer func() { s.read, s.write = read, write }()
	do()
	return w.touched
}

// What a machine asks of its chunk touches rows of that chunk, however many others of the edition
// are pending, and whatever PostgreSQL knows of the ledger: a new edition's number is in no statistics.
func TestAChunkIsAskedForItsOwnRowsAlone(t *testing.T) {
	const chunks, size = 12, 500
	for name, analyze := range map[string]func(s *File){
		"no statistics": func(*File) {},
		"statistics of an edition before": func(s *File) {
			enterAll(t, s, mustOpen(t, s, 1).Number)
			change(t, s, `ANALYZE`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openServerAt(t, pgtest.New(t), Options{Chunk: size})
			addReaders(t, s, chunks*size)
			analyze(s)
			n := mustOpen(t, s, 0).Number
			enterAll(t, s, n)
			touchesFew(t, "the first chunk", weighChunk(t, s, digest.Chunk{Edition: n, Number: 3}), 12*size)
			change(t, s, `ANALYZE`)
			touchesFew(t, "one with statistics", weighChunk(t, s, digest.Chunk{Edition: n, Number: 7}), 12*size)
		})
	}
}

// A frozen edition whose messages were signed ahead begins at its hour without a look at each of its readers:
// nobody else could write meanwhile. Who has joined comes into a chunk.
func TestAFrozenEditionBeginsWithoutALookAtAllItsReaders(t *testing.T) {
	const chunks, size = 6, 100
	s := openServerAt(t, pgtest.New(t), Options{Chunk: size})
	addReaders(t, s, chunks*size)
	for day, comes := range []string{"", "joins@news.example"} {
		o := opening(day)
		o.At, o.Due = o.At.Add(-time.Hour), o.At
		r, err := s.Book().OpenEdition(t.Context(), o)
		if err != nil || !r.Ahead() {
			t.Fatal(r, err)
		}
		enterAll(t, s, r.Number)
		begins := func() {
			if _, err := s.Book().Begin(t.Context(), r.Number, o.Due); err != nil {
				t.Fatal(err)
			}
		}
		if comes == "" {
			for query, rows := range weighs(t, s, begins) {
				if strings.Contains(query, `INSERT INTO chunks`) && rows > size {
					t.Errorf("%.0f rows are touched by\n%s", rows, query)
				}
			}
		} else {
			addReader(t, s, comes)
			begins()
		}
		eachInOneChunk(t, s, r.Number, chunks*size+day)
	}
}

// All who have joined are entered at once, each in one chunk.
func TestManyWhoHaveJoinedAFrozenEditionAreEnteredAtOnce(t *testing.T) {
	const readers, joins = 600, 300
	s := openServerAt(t, pgtest.New(t), Options{Chunk: 10})
	addReaders(t, s, readers)
	o := opening(0)
	o.At, o.Due = o.At.Add(-time.Hour), o.At
	r, err := s.Book().OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	enterAll(t, s, r.Number)
	for i := range joins {
		addReader(t, s, fmt.Sprintf("joins%d@news.example", i))
	}
	begun, err := s.Book().Begin(t.Context(), r.Number, o.Due)
	if err != nil {
		t.Fatal(err)
	}
	if want := readers + joins; begun.Tally.Opened != want {
		t.Errorf("%d are opened, want %d", begun.Tally.Opened, want)
	}
	eachInOneChunk(t, s, r.Number, readers+joins)
}

// eachInOneChunk checks that so many readers are in an edition's chunks, each of them once.
func eachInOneChunk(t *testing.T, s *File, number uint32, want int) {
	t.Helper()
	var all, each int
	err := s.read.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT id)
		FROM chunks CROSS JOIN LATERAL unnest(ids) AS r (id) WHERE edition = $1`, number).Scan(&all, &each)
	if all != want || each != want || err != nil {
		t.Errorf("%d readers are in chunks, %d of them once, %v; want %d", all, each, err, want)
	}
}

// Who has joined a frozen edition of which nothing is signed is looked for among all readers once.
func TestWhoHasJoinedIsFoundByOneLookAtEachReader(t *testing.T) {
	const readers = 600
	s := openServerAt(t, pgtest.New(t), Options{Chunk: 100})
	addReaders(t, s, readers)
	o := opening(0)
	o.At, o.Due = o.At.Add(-time.Hour), o.At
	r, err := s.Book().OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	joins := addReader(t, s, "joins@news.example")
	var all []int64
	touched := weighs(t, s, func() { all, err = s.Book().joined(t.Context(), r.ID, r.Number) })
	touchesFew(t, "who has joined", touched, 20*readers)
	if len(all) != 1 || all[0] != joins.ID || err != nil {
		t.Errorf("got %v, %v, want reader %d", all, err, joins.ID)
	}
}

// Which chunks have something to send again is asked by the rows of their readers, each once, also where
// all the edition is due.
func TestChunksAreOpenedAgainByTheirOwnRows(t *testing.T) {
	const chunks, size = 12, 500
	s := openServerAt(t, pgtest.New(t), Options{Chunk: size})
	addReaders(t, s, chunks*size)
	n := mustOpen(t, s, 0).Number
	enterAll(t, s, n)
	change(t, s, `UPDATE deliveries SET step = 'failed' WHERE subscriber <= (SELECT high FROM chunks WHERE number = 5)`)
	asked := func(which string, want int) {
		t.Helper()
		touchesFew(t, which, weighs(t, s, func() {
			if all, err := s.chunksThatOwe(t.Context(), n, evening); len(all) != want || err != nil {
				t.Errorf("%s: got %v, %v, want %d", which, all, err, want)
			}
		}), 6*chunks*size)
	}
	asked("no statistics", 7)
	change(t, s, `ANALYZE`)
	asked("statistics", 7)
	change(t, s, `UPDATE deliveries SET step = 'pending'`)
	asked("all of it", 12)
}

func touchesFew(t *testing.T, which string, touched map[string]float64, most float64) {
	t.Helper()
	heaviest := 0.0
	for query, rows := range maps.All(touched) {
		heaviest = max(heaviest, rows)
		if rows > most {
			t.Errorf("%s touched %.0f rows, want %.0f at most:\n%s", which, rows, most, query)
		}
	}
	t.Logf("%s: %d statements, %.0f rows at most", which, len(touched), heaviest)
}

func enterAll(t testing.TB, s *File, number uint32) {
	t.Helper()
	change(t, s, enter(stepNow, reasonNow, atIfChanged, `w.edition = $2`), evening.Unix(), number)
	change(t, s, `UPDATE chunks SET entered_at = due_at WHERE edition = $1`, number)
}

// weighChunk does with a chunk what a machine does, until all of it is too old.
func weighChunk(t *testing.T, s *File, c digest.Chunk) map[string]float64 {
	t.Helper()
	return weighs(t, s, func() {
		q := s.Chunk(c)
		sweeping := digest.Sweeping{Range: digest.Whole(), Now: evening}
		sweep := func() {
			if _, err := q.Sweep(t.Context(), sweeping); err != nil {
				t.Fatal(err)
			}
		}
		sweep()
		all, err := q.Owed(t.Context(), digest.Whole(), evening, nil, 100)
		if err != nil || len(all) != 100 {
			t.Fatal(len(all), err)
		}
		if _, err := q.Owed(t.Context(), digest.Whole(), evening, &all[99], 100); err != nil {
			t.Fatal(err)
		}
		change(t, s, `UPDATE deliveries SET step = 'attempting', owner = $1, lease_until = $2, connection = 1,
			ordinal = 1 WHERE edition = $3 AND subscriber = $4`, s.owner, evening.Add(time.Hour).Unix(), c.Edition,
			all[0].Key)
		sweep()
		change(t, s, `UPDATE subscribers SET status = 'unsubscribed' WHERE id = $1`, all[1].Key)
		sweep()
		if _, err := s.giveBackChunk(t.Context(), c, digest.Worked{}, nil); err != nil {
			t.Fatal(err)
		}
		sweeping.TooOld = evening
		sweep()
		if next, err := s.giveBackChunk(t.Context(), c, digest.Worked{}, nil); err != nil || !next.IsZero() {
			t.Fatalf("its next message is due at %v, %v", next, err)
		}
	})
}
