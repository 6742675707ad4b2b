package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"vesper/subscribers"
)

// CountByStatus gives how many readers are on the list in each status.
func (s *List) CountByStatus(ctx context.Context) (map[subscribers.Status]int, error) {
	all, err := countBy[subscribers.Status](ctx, s.read, `SELECT status, count(*) FROM subscribers GROUP BY status`)
	if err != nil {
		return nil, fmt.Errorf("count the subscribers: %w", err)
	}
	return all, nil
}

// CountByReason gives how many addresses are suppressed for each reason, whether
// or not they are on the list. An address may be for several.
func (s *List) CountByReason(ctx context.Context) (map[string]int, error) {
	all, err := countBy[string](ctx, s.read, `SELECT reason, count(*) FROM suppressions GROUP BY reason`)
	if err != nil {
		return nil, fmt.Errorf("count the suppressions: %w", err)
	}
	return all, nil
}

// countBy reads rows of a word and a number.
func countBy[K ~string](ctx context.Context, q conn, query string) (map[K]int, error) {
	all := map[K]int{}
	rows, err := q.Query(ctx, query)
	err = each(rows, err, func(scan scanner) error {
		var word K
		var n int
		err := scan(&word, &n)
		all[word] = n
		return err
	})
	return all, err
}

// Numbers counts the whole list, with the months of a time zone. Readers who change
// meanwhile are counted as they were or as they are.
func (s *List) Numbers(ctx context.Context, zone *time.Location) (subscribers.Numbers, error) {
	n, err := s.count(ctx, zone)
	if err != nil {
		return n, fmt.Errorf("count the list: %w", err)
	}
	return n, nil
}

// countedIDs is how many ids are read at once.
const countedIDs = 4096

// count reads the table once, a part at a time and several at once. Of each part SQLite
// gives what is counted as a few long texts: to take a million rows one by one costs
// many times as much.
func (s *core) count(ctx context.Context, zone *time.Location) (subscribers.Numbers, error) {
	all := subscribers.NewCensus(zone)
	var last int64
	if err := s.read.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM subscribers`).Scan(&last); err != nil {
		return subscribers.Numbers{}, err
	}
	var next atomic.Int64
	workers := min(reads, runtime.GOMAXPROCS(0))
	type part struct {
		census *subscribers.Census
		err    error
	}
	parts := make(chan part, workers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range workers {
		go func() {
			p := part{census: subscribers.NewCensus(zone)}
			for p.err == nil {
				from := next.Add(countedIDs) - countedIDs
				if from >= last {
					break
				}
				p.err = s.countPart(ctx, p.census, from, &next)
			}
			parts <- p
		}()
	}
	var err error
	for range workers {
		p := <-parts
		if p.err != nil && err == nil {
			err = p.err
			cancel()
		}
		all.Add(p.census)
	}
	return all.Numbers(), err
}

// countPart counts those whose ids come after one. Where there are none it moves next on
// to those that come then: many may have been removed.
func (s *core) countPart(ctx context.Context, c *subscribers.Census, after int64, next *atomic.Int64) error {
	found := 0
	rows, err := s.read.Query(ctx, `SELECT count(*), string_agg(CAST(created_at AS TEXT), ' '),
		string_agg(CAST(confirmed_at AS TEXT), ' '),
			string_agg(CAST(left_at AS TEXT), ' '), string_agg(status, ' ') FILTER (WHERE status <> 'active'),
			string_agg(address_key, ' ') FILTER (WHERE status = 'active')
		FROM subscribers WHERE id > $1 AND id <= $2`, after, after+countedIDs)
	err = each(rows, err, func(scan scanner) error {
		var created, confirmed, left, statuses, addresses sql.RawBytes
		if err := scan(&found, &created, &confirmed, &left, &statuses, &addresses); err != nil {
			return err
		}
		for word := range words(statuses) {
			c.Standing(subscribers.Status(word), 1)
		}
		active := 0
		for address := range words(addresses) {
			c.Domain(address, 1)
			active++
		}
		if active > 0 {
			c.Standing(subscribers.Active, active)
		}
		return cmp.Or(times(created, c.Added), times(confirmed, c.Confirmed), times(left, c.Left))
	})
	if err != nil || found > 0 {
		return err
	}
	var there sql.NullInt64
	if err := s.read.QueryRow(ctx, `SELECT min(id) FROM subscribers WHERE id > $1`, after).Scan(&there); err != nil {
		return err
	}
	for is := next.Load(); there.Valid && there.Int64-1 > is; is = next.Load() {
		if next.CompareAndSwap(is, there.Int64-1) {
			break
		}
	}
	return nil
}

// words gives the words of a text that has one space between them.
func words(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(text) > 0 {
			word := text
			if at := bytes.IndexByte(text, ' '); at >= 0 {
				word, text = text[:at], text[at+1:]
			} else {
				text = nil
			}
			if !yield(word) {
				return
			}
		}
	}
}

// times calls do with each of the numbers in a text.
func times(text []byte, do func(int64)) error {
	for word := range words(text) {
		n, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil {
			return err
		}
		do(n)
	}
	return nil
}

// ActiveAt gives how many of those who are on the list now had confirmed and not left at each
// of these moments, which stand in their order. Who was removed or erased since is in none.
func (s *List) ActiveAt(ctx context.Context, moments []time.Time) ([]int, error) {
	active := make([]int, len(moments)+1)
	from := func(seconds int64) int {
		i, _ := slices.BinarySearchFunc(moments, seconds, func(t time.Time, s int64) int { return cmp.Compare(t.Unix(), s) })
		return i
	}
	rows, err := s.read.Query(ctx, `SELECT confirmed_at, left_at FROM subscribers WHERE confirmed_at IS NOT NULL`)
	err = each(rows, err, func(scan scanner) error {
		var confirmed, left sql.NullInt64
		err := scan(&confirmed, &left)
		active[from(confirmed.Int64)]++
		if left.Valid {
			active[from(max(left.Int64, confirmed.Int64))]--
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how the list grew: %w", err)
	}
	for i := range active[1:] {
		active[i+1] += active[i]
	}
	return active[:len(moments)], nil
}
