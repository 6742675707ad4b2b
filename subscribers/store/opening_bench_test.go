package store

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

var openingReaders = flag.Int("opening-readers", 100_000, "how many readers an edition is opened for")

// BenchmarkOpening opens an edition for many readers, whose rows have what those of an import
// have, with a yardstick in the same run: the same rows into a bare table of the same shape, in
// one statement and committed as durably. The peak of memory is the whole process's, less what
// it had before. Ten millions: -opening-readers 10000000 -benchtime 1x, with TMPDIR on a disk
// that has 8 GB.
func BenchmarkOpening(b *testing.B) {
	s := openFile(b, filepath.Join(b.TempDir(), "vesper.db"))
	addMany(b, s, *openingReaders)
	execute(b, s, `UPDATE subscribers SET name = 'A Reader', consent_at = confirmed_at, consent_from = '192.0.2.1',
		source = 'members.csv', source_row = id,
		source_hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'`)
	pragma(b, s, `PRAGMA wal_checkpoint(TRUNCATE)`)
	execute(b, s, `CREATE TABLE bare (edition INTEGER NOT NULL, subscriber INTEGER NOT NULL, variant TEXT NOT NULL,
		step TEXT NOT NULL, due_at INTEGER NOT NULL, first_due_at INTEGER NOT NULL, at INTEGER NOT NULL,
		PRIMARY KEY (edition, subscriber)) STRICT, WITHOUT ROWID`)
	var took, bare time.Duration
	before, day, most := peak(b), 0, 0.0
	for b.Loop() {
		began := cpuTime(b)
		mustOpen(b, s, day)
		took += cpuTime(b) - began
		most = max(most, peak(b))
		b.StopTimer()
		began = cpuTime(b)
		execute(b, s, `INSERT INTO bare SELECT $1, id, variant, 'pending', $2, $2, $2 FROM subscribers`, day, evening.Unix())
		pragma(b, s, `PRAGMA wal_checkpoint(PASSIVE)`)
		bare += cpuTime(b) - began
		day++
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(*openingReaders), "s/million")
	b.ReportMetric(took.Seconds()/float64(b.N)*1e6/float64(*openingReaders), "cpu-s/million")
	b.ReportMetric(float64(took)/float64(bare), "times-bare-cpu")
	b.ReportMetric(most, "MB-peak")
	b.ReportMetric(before, "MB-before")
}

// cpuTime is the processor's time that the process has had.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak gives the most memory that the process has had since the last call, in MB.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == "VmHWM:" {
			kB, err := strconv.Atoi(string(fields[1]))
			if err != nil {
				b.Fatal(err)
			}
			return float64(kB) / 1000
		}
	}
	b.Fatal(fmt.Errorf("no VmHWM in %s", status))
	return 0
}
