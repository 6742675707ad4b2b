package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"vesper/digest/whole"
)

var importedRows = flag.Int("rows", 20_000, "how many rows the import of TestALongFileIsImportedInFlatMemory has")

// TestALongFileIsImportedInFlatMemory imports a tenth of the rows and all of
// them with the program itself, and exports them. The yardstick reads the same
// file with encoding/csv alone and inserts two cells of it.
func TestALongFileIsImportedInFlatMemory(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	rows := *importedRows
	few, all := newNewsroom(t, 1), newNewsroom(t, 1)
	writeMailchimp(t, filepath.Join(few.dir, "members.csv"), rows/10)
	writeMailchimp(t, filepath.Join(all.dir, "members.csv"), rows)
	_, fewPeak, _ := all.measured(t, rows/10, filepath.Join(few.dir, "members.csv"), "--dry-run")
	planned, planPeak, _ := all.measured(t, rows, "members.csv", "--dry-run")
	_, smallPeak, smallHeap := few.measured(t, rows/10, "members.csv")
	took, peak, heap := all.measured(t, rows, "members.csv")
	again, againPeak, _ := all.measured(t, 0, "members.csv")
	bare := yardstick(t, filepath.Join(all.dir, "members.csv"))
	exported, exportPeak := all.exported(t)
	t.Logf("%d rows: imported in %.1f s, %.0f rows a second; bare csv and inserts %.1f s: ratio %.2f",
		rows, took.Seconds(), float64(rows)/took.Seconds(), bare.Seconds(), took.Seconds()/bare.Seconds())
	t.Logf("peak heap %d MB, of a tenth %d MB; peak of the process with SQLite's cache %d MB, of a tenth %d MB", heap,
		smallHeap, peak, smallPeak)
	t.Logf("dry run %.1f s, peak %d MB (of a tenth %d MB); imported again %.1f s, peak %d MB; exported %.1f s, peak %d MB",
		planned.Seconds(), planPeak, fewPeak, again.Seconds(), againPeak, exported.Seconds(), exportPeak)
	// SQLite's cache is filled by the many and not by the few, to 64 MB.
	if heap > smallHeap+16 || peak > smallPeak+64+16 {
		t.Errorf("ten times the rows took %d MB more of heap, %d MB more in all", heap-smallHeap, peak-smallPeak)
	}
}

// writeMailchimp writes an export of so many invented readers.
func writeMailchimp(t testing.TB, name string, rows int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,"+
		"CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS")
	for i := range rows {
		// Lists are in no order: neighbours in the file are none in the index.
		fmt.Fprintf(w, "reader.%07d@%d.example,First%d,\"Last, %d\",2,2023-04-21 11:16:57,192.0.2.%d,"+
			"2023-04-21 11:18:03,192.0.2.%d,,,,,europe/zurich,CH,ZH,2024-01-05 09:00:00,%d,%x,,\"\"\"Editors\"\"\"\n",
			(i*7919)%10_000_000, i%50, i, i, i%250, i%250, i, i)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// collection is a line of the runtime's of each collection: the heap when it
// began is the most that there was.
var collection = regexp.MustCompile(`(?m)^gc \d+ @.* (\d+)->\d+->\d+ MB`)

// measured imports a file with a process of its own, and gives its time and the
// most memory that it and its heap had, in MB.
func (n *newsroom) measured(t *testing.T, added int, args ...string) (took time.Duration, peak, heap int) {
	t.Helper()
	c := n.command(append([]string{"subscribers", "import", "-o", "json"}, args...)...)
	c.Env = append(os.Environ(), "GODEBUG=gctrace=1")
	var talk bytes.Buffer
	c.Stderr = &talk
	began := time.Now()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took = time.Since(began)
	var done importJSON
	if err := json.Unmarshal(out, &done); err != nil || done.Added != added || done.Rejected != 0 {
		t.Errorf("%s: got %+v, %v, want %d added", strings.Join(args, " "), done, err, added)
	}
	for _, m := range collection.FindAllStringSubmatch(talk.String(), -1) {
		if mb, err := strconv.Atoi(m[1]); err == nil {
			heap = max(heap, mb)
		}
	}
	return took, int(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10), heap
}

func (n *newsroom) exported(t *testing.T) (time.Duration, int64) {
	t.Helper()
	c := n.command("subscribers", "export")
	began := time.Now()
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began), c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
}

func yardstick(t *testing.T, name string) time.Duration {
	t.Helper()
	began := time.Now()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.Exec(`CREATE TABLE readers (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, name TEXT NOT NULL)`)
	check(err)
	r := csv.NewReader(bufio.NewReader(f))
	r.ReuseRecord = true
	_, err = r.Read()
	check(err)
	for more := true; more; {
		tx, err := db.Begin()
		check(err)
		insert, err := tx.Prepare(`INSERT INTO readers (address, name) VALUES (?, ?)`)
		check(err)
		for range 2000 {
			row, err := r.Read()
			if more = !errors.Is(err, io.EOF); !more {
				break
			}
			check(err)
			_, err = insert.Exec(strings.ToLower(row[0]), row[1])
			check(err)
		}
		check(tx.Commit())
	}
	return time.Since(began)
}
