package store

import (
	"database/sql"
	"runtime"
	"testing"

	"vesper/digest"
)

func TestWhateverAColumnHasComesBackFromAPage(t *testing.T) {
	texts := []string{
		"", " ", "7 ", "ines@reader.example", `"a b"@reader.example`, "zoë@müller.example", "two\nlines", "5 12345",
	}
	server, err := openAt(t, aServer(t), false)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*File{"file": newFile(t), "server": server} {
		for _, text := range texts {
			var p page
			query := asPage(`FROM (SELECT CAST($1 AS TEXT) AS a, CAST($2 AS BIGINT) AS n) AS one,
				(SELECT 1 UNION ALL SELECT 2) AS two LIMIT 2`,
				`n`, withLength(`a`), `NULL`, `n`)
			if err := s.read.QueryRow(t.Context(), query, text, int64(-42)).Scan(&p.rest); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			rows := 0
			for ; p.more(); rows++ {
				var first, last int64
				var none sql.NullInt64
				var got string
				if err := p.scan(&first, &got, &none, &last); err != nil {
					t.Fatalf("%s: %q: %v", name, text, err)
				}
				if first != -42 || got != text || none.Valid || last != -42 {
					t.Errorf("%s: got %d, %q, %v and %d, want %q between two of -42", name, first, got, none, last, text)
				}
			}
			if rows != 2 {
				t.Errorf("%s: %q: got %d rows, want 2", name, text, rows)
			}
		}
	}
}

func TestADamagedPageIsAnError(t *testing.T) {
	for _, rest := range []string{"", " ", "x ", "1 ", "1 5 abc ", "1 -1 abc ", "1 3 abcd ", "1 3 abc 2", "1 3 abc 2x "} {
		p := page{rest}
		var n, m int64
		var text string
		if err := p.scan(&n, &text, &m); err == nil {
			t.Errorf("%q: got %d, %q and %d, want an error", rest, n, text, m)
		}
	}
}

func TestNothingOfADeliveryIsPartOfAPage(t *testing.T) {
	s := newFile(t)
	addMany(t, s, 500)
	l := s.Ledger(mustOpen(t, s, 0).Number)
	var kept []string
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 40 {
		all, err := l.Owed(t.Context(), digest.Whole(), evening, nil, 500)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, all[len(kept)].Address)
	}
	if grown := int64(heap() - before); grown > 1<<20 {
		t.Errorf("%d addresses, each of another page, keep %d octets in memory", len(kept), grown)
	}
	runtime.KeepAlive(kept)
}

func BenchmarkOwed(b *testing.B) {
	const rows = 500
	s := newFile(b)
	addMany(b, s, rows)
	l := s.Ledger(mustOpen(b, s, 0).Number)
	b.ReportAllocs()
	for b.Loop() {
		if all, err := l.Owed(b.Context(), digest.Whole(), evening, nil, rows); err != nil || len(all) != rows {
			b.Fatal(len(all), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}
