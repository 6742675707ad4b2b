package main

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/subscribers/pgtest"
)

var (
	scaleFile    = flag.String("scale", "", "have TestScale measure, and write its table to this `FILE`")
	scaleReaders = flag.Int("scale-readers", 40000, "how many deliveries each of its rows has")
	scaleOver    = flag.Int("scale-connections", 16, "over how many connections each of its machines sends")
)

// scaleRTT is a round trip to the relay.
const scaleRTT = 10 * time.Millisecond

// TestScale measures how fast one, two and four machines deliver from one PostgreSQL, and what
// that costs it. There are two chunks of an edition for each of them.
func TestScale(t *testing.T) {
	if *scaleFile == "" {
		t.Skip("-scale FILE measures")
	}
	server := pgtest.Start(t)
	table := "| machines | deliveries/s | PostgreSQL's CPU s/10,000 | commits a delivery | WAL bytes a delivery | " +
		"rows written a delivery |\n|---|---|---|---|---|---|\n"
	for _, n := range []int{1, 2, 4} {
		row := scaled(t, server, n)
		t.Log(row)
		table += row + "\n"
	}
	if err := os.WriteFile(*scaleFile, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
}

// scaled measures n machines, from when a tenth is delivered until nine tenths are.
func scaled(t *testing.T, server *pgtest.Server, n int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sink := &mailbox.Sink{RTT: scaleRTT}
	go sink.Serve(t.Context(), l)
	// The limit is the house's, and each machine has its part.
	s := setting{
		port: l.Addr().(*net.TCPAddr).Port, connections: n * *scaleOver, url: server.Database(t, fmt.Sprint("scale", n)),
	}
	room := faultyNewsroom(t, s, manyReaders(*scaleReaders))
	room.openOnly(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var all []*exec.Cmd
	for i := range n {
		c := exec.CommandContext(ctx, "vesper", "serve")
		c.Dir = filepath.Join(room.dir, fmt.Sprint("machine", i))
		if err := os.Mkdir(c.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		(&newsroom{dir: c.Dir}).configure(t, s)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	db := room.database(t)
	defer db.Close()
	takes(t, sink, *scaleReaders/10)
	from := spends(t, server, db, sink)
	takes(t, sink, *scaleReaders*9/10)
	to := spends(t, server, db, sink)
	end()
	for _, c := range all {
		// Each was killed.
		_ = c.Wait()
	}
	many := to.messages - from.messages
	return fmt.Sprintf("| %d | %.0f | %.2f | %.2f | %.0f | %.2f |", n, many/to.at.Sub(from.at).Seconds(),
		(to.cpu-from.cpu)/many*10_000, (to.commits-from.commits)/many, (to.wal-from.wal)/many, (to.rows-from.rows)/many)
}

// takes waits until a sink has taken so many messages.
func takes(t *testing.T, sink *mailbox.Sink, n int) {
	t.Helper()
	late := time.After(10 * time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); sink.Counts().Messages < int64(n); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d of %d messages are taken", sink.Counts().Messages, n)
		}
	}
}

// spending is what was used up to a moment.
type spending struct {
	at                                time.Time
	messages, cpu, commits, wal, rows float64
}

func spends(t *testing.T, server *pgtest.Server, db *sql.DB, sink *mailbox.Sink) spending {
	t.Helper()
	s := spending{cpu: cpuOf(t, server)}
	if err := db.QueryRowContext(t.Context(), `SELECT xact_commit, tup_inserted + tup_updated + tup_deleted,
		pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') FROM pg_stat_database WHERE datname = current_database()`).Scan(
		&s.commits, &s.rows, &s.wal); err != nil {
		t.Fatal(err)
	}
	s.at, s.messages = time.Now(), float64(sink.Counts().Messages)
	return s
}

// cpuOf gives the seconds that a server's processes have worked, those that are over included.
func cpuOf(t *testing.T, server *pgtest.Server) (seconds float64) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(server.Dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(file, []byte("\n"))
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		// One that is over by now has been counted in its parent.
		text, _ := os.ReadFile(path)
		pid, _, _ := strings.Cut(string(text), " ")
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 15 || pid != string(first) && fields[1] != string(first) {
			continue
		}
		for _, ticks := range fields[11:15] {
			n, _ := strconv.ParseFloat(ticks, 64)
			seconds += n / 100
		}
	}
	return seconds
}
