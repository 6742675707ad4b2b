package store

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"vesper/digest"
)

// victim is the environment's name for the database of a process that is going
// to be killed.
const victim = "VESPER_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(opener); path != "" {
		openForever(path)
	}
	if path := os.Getenv(victim); path != "" {
		sendForever(path)
	}
	if ends := os.Getenv(mover); ends != "" {
		moveForever(ends)
	}
	if path := os.Getenv(holder); path != "" {
		holdLock(path)
	}
	// Most of these tests wait for the disk.
	flag.Set("test.parallel", "4")
	os.Exit(m.Run())
}

// sendForever settles every delivery of the open edition, on eight connections'
// worth of goroutines, and says each on stdout once it is told to be durable.
func sendForever(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		panic(err)
	}
	if err := beCareless(ctx, s); err != nil {
		panic(err)
	}
	ds, err := s.Ledger(1).Owed(ctx, digest.Whole(), evening, nil, 1_000_000)
	if err != nil {
		panic(err)
	}
	next := make(chan digest.Delivery)
	for range 8 {
		go func() {
			for d := range next {
				if ok, err := s.Ledger(1).Intend(ctx, d, evening, nil); err != nil || !ok {
					panic(fmt.Sprint(ok, err))
				}
				if err := s.Ledger(1).Settle(ctx, d, accepted(evening)); err != nil {
					panic(err)
				}
				fmt.Printf("%d\n", d.Key)
			}
		}()
	}
	for _, d := range ds {
		next <- d
	}
	// Whoever was to kill it was too slow and waits for more lines than there are rows.
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(err)
	}
	select {}
}

// careless is the environment's word for a victim that does not wait for the
// disk: synchronous=NORMAL.
const careless = "VESPER_TEST_CARELESS"

// beCareless makes s what the DSN protects it from, if the environment says so.
// Either way the WAL is checkpointed often, so that cuts meet that too.
func beCareless(ctx context.Context, s *File) error {
	pragma := `PRAGMA wal_autocheckpoint = 40`
	if os.Getenv(careless) != "" {
		pragma += `; PRAGMA synchronous = NORMAL`
	}
	_, err := s.writer.conn.ExecContext(ctx, pragma)
	return err
}

func TestAKilledProcessLosesNothing(t *testing.T) {
	const size, kills = 3000, 4
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addMany(t, s, size)
	mustOpen(t, s, 0)
	told := map[int64]bool{}
	for range kills {
		killAfter(t, path, 150, told)
		if got := text(t, s, `PRAGMA integrity_check`); got != "ok" {
			t.Fatalf("integrity check: %s", got)
		}
		for id := range told {
			if number(t, s, `SELECT count(*) FROM deliveries WHERE step = 'sent' AND subscriber = ?`, id) != 1 {
				t.Fatalf("subscriber %d was told to be sent and isn't", id)
			}
		}
		if doubts := recoverAll(t, s, 1, false); doubts > 8 {
			t.Errorf("%d in doubt, want at most one per connection", doubts)
		}
		if got := tally(t, s); !got.Balanced() || got.Attempting != 0 {
			t.Errorf("got %+v", got)
		}
	}
}

// killAfter starts a process that sends, and kills it when it has said so many.
func killAfter(t *testing.T, path string, lines int, told map[int64]bool, environment ...string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(append(os.Environ(), victim+"="+path), environment...)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(out)
	for n := 1; scan.Scan(); n++ {
		id, err := strconv.ParseInt(strings.TrimSpace(scan.Text()), 10, 64)
		if err != nil {
			continue
		}
		told[id] = true
		if n == lines {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the process ended by itself")
	}
}
