package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
)

// drill is a month of a newsroom that ends in a crash.
type drill struct {
	*newsroom
	// backup was made in the middle of an edition. Left are the readers who have left since,
	// come those who came later, back the one who left and came back.
	backup     string
	left, come []string
	back       string
	middle     string
	madeAt     time.Time
}

// day gives a moment of a day of the month.
func day(n int, clock string) string { return fmt.Sprintf("2030-01-%02dT%sZ", n, clock) }

// headline is that of a day's only story.
func headline(n int) string { return fmt.Sprintf("News of day %d", n) }

// at sets the newsroom's clock and writes the day's story.
func (d *drill) at(t *testing.T, n int, clock string) {
	t.Helper()
	d.clock = clockAt(t, day(n, clock))
	d.story(t, fmt.Sprintf("story%02d.txt", n), headline(n), d.clock().Add(-time.Hour))
}

// crashed plays the month: an edition each day, a backup in the middle of that of the 15th,
// readers who leave in every way after it, and a kill -9 in the middle of the last one.
func crashed(t *testing.T) *drill {
	t.Helper()
	const readers = 60
	d := &drill{newsroom: newNewsroom(t, readers), backup: filepath.Join(t.TempDir(), "backup.tar.gz")}
	pages := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	fast := strings.NewReplacer("127.0.0.1:0", pages, "127.0.0.1:8025", pages).Replace(d.config(t)) +
		"[backup]\ndir = \"put by\"\nevery = \"900h\"\n"
	slow := strings.Replace(fast, `tls = "none"`, "tls = \"none\"\nrate = 1", 1)
	d.write(t, "vesper.toml", fast)
	for _, name := range []string{"put by", "desk"} {
		if err := os.MkdirAll(filepath.Join(d.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	os.Remove(filepath.Join(d.dir, "desk", "orlanda.txt"))
	d.clock = clockAt(t, day(1, "12:00:00"))
	first := d.tells(t)
	first.says(t, "msg=serving")
	first.kill()
	for n := 1; n <= 29; n++ {
		if n%7 == 6 {
			continue // no news
		}
		d.at(t, n, "18:00:00")
		if n == 15 {
			d.backUp(t, readers, slow, fast)
		}
		d.run(t, "edition", "send", "--yes", "--force", "--date", day(n, "")[:10])
		if n >= 16 {
			d.leaves(t, n, pages)
		}
	}
	d.write(t, "vesper.toml", slow)
	d.at(t, 30, "17:59:59")
	before := d.box.Count()
	s := d.startService(t)
	if err := d.box.Wait(t.Context(), before+3); err != nil {
		t.Fatal(err)
	}
	s.kill()
	d.write(t, "vesper.toml", fast)
	return d
}

// backUp makes the backup while the edition is being sent slowly, which is left off then. What
// is restored from it sends fast.
func (d *drill) backUp(t *testing.T, readers int, slow, fast string) {
	t.Helper()
	before := d.box.Count()
	d.middle = day(15, "")[:10] + "-evening"
	d.write(t, "vesper.toml", slow)
	s := launched(t, d.command("edition", "send", "--yes", "--force", "--date", day(15, "")[:10]))
	if err := d.box.Wait(t.Context(), before+3); err != nil {
		t.Fatal(err)
	}
	d.write(t, "vesper.toml", fast)
	d.madeAt = d.clock()
	d.run(t, "backup", d.backup)
	if n := d.box.Count() - before; n >= readers {
		t.Fatalf("%d of %d readers had the edition when the backup was made", n, readers)
	}
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-s.ended
}

// leaves has somebody leave, in another way each day.
func (d *drill) leaves(t *testing.T, n int, pages string) {
	t.Helper()
	reader := fmt.Sprintf("reader%04d@reader.example", n)
	switch n {
	case 16:
		d.run(t, "subscribers", "erase", reader)
	case 17:
		d.run(t, "subscribers", "remove", reader)
	case 18:
		d.run(t, "subscribers", "suppress", reader)
	case 19:
		// The reader, by one click.
		s := d.startService(t)
		link := d.linkOf(t, reader)
		for oneClick(t.Context(), link) != nil && t.Context().Err() == nil {
			<-time.After(20 * time.Millisecond) // until the service is there
		}
		s.kill()
	case 21:
		d.run(t, "subscribers", "suppress", reader)
		d.run(t, "subscribers", "unsuppress", reader)
		d.back = reader
		return
	case 22:
		d.come = append(d.come, "late@reader.example")
		d.run(t, "subscribers", "add", "late@reader.example")
		return
	case 23:
		d.run(t, "subscribers", "add", "short@reader.example")
		d.run(t, "subscribers", "erase", "short@reader.example")
		return
	default:
		return
	}
	d.left = append(d.left, reader)
}

// linkOf gives the link to leave by of the last message to a reader.
func (d *drill) linkOf(t *testing.T, reader string) string {
	t.Helper()
	all := d.copies(t)[reader]
	m := listUnsubscribe.FindStringSubmatch(string(all[len(all)-1]))
	if m == nil {
		t.Fatal("the message has no link to leave by")
	}
	return m[1]
}

// restored restores the backup in another folder, on the day after the crash, and gives what
// is said.
func (d *drill) restored(t *testing.T, args ...string) (*newsroom, string) {
	t.Helper()
	n := &newsroom{dir: t.TempDir(), box: d.box, port: d.port, clock: clockAt(t, day(31, "12:00:00"))}
	backup := filepath.Join(n.dir, "backup.tar.gz")
	text, err := os.ReadFile(d.backup)
	if err == nil {
		err = os.WriteFile(backup, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := n.command(append([]string{"restore", "backup.tar.gz", "--to", "."}, args...)...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitHeld {
		t.Fatalf("restore: %v, want exit status %d\n%s", err, exitHeld, out)
	}
	if err := os.MkdirAll(filepath.Join(n.dir, "desk"), 0o700); err != nil {
		t.Fatal(err)
	}
	return n, string(out)
}

// goesOn runs the restored newsroom over the next evening, and gives what was mailed.
func (d *drill) goesOn(t *testing.T, n *newsroom) []mailbox.Message {
	t.Helper()
	before := d.box.Count()
	n.story(t, "story31.txt", headline(31), n.clock().Add(-time.Hour))
	n.clock = clockAt(t, day(31, "18:00:01"))
	held := n.tells(t)
	held.says(t, "held: nothing is sent until you run")
	held.kill()
	if d.box.Count() != before {
		t.Fatalf("%d messages were sent before it was accepted", d.box.Count()-before)
	}
	n.clock = clockAt(t, day(31, "12:30:00"))
	has(t, n.run(t, "restore", "--accept"), "accepted: Vesper continues with the state of 2030-01-15T18:0")
	n.clock = clockAt(t, day(31, "17:59:58"))
	going := n.tells(t)
	going.says(t, "edition done")
	going.kill()
	return d.box.Messages()[before:]
}

// TestARestoreDrill restores what a crash has left, in another folder, with the journal and
// without.
func TestARestoreDrill(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	d := crashed(t)
	everybody := numberedReaders(60)
	t.Run("with the journal", func(t *testing.T) {
		n, said := d.restored(t, "--journal", filepath.Join(d.dir, "put by", "vesper.db.departures"))
		has(t, said, "it has the state of 2030-01-15T18:0", "4 departures, 1 erasure replayed from 1 journal",
			"who left after 2030-01-30T", "edition "+d.middle+" was being sent then, and is paused")
		want := slices.DeleteFunc(slices.Clone(everybody), func(r string) bool { return slices.Contains(d.left, r) })
		onlyThese(t, d.goesOn(t, n), want)
		d.isForgotten(t, n, d.left[0])
		if e := n.sums(t, d.middle); e.State != "paused" {
			t.Errorf("the edition of the backup is %s", e.State)
		}
		// The numbers of editions that were sent since are not used again.
		if e := n.sums(t, day(31, "")[:10]+"-evening"); e.LedgerNumber < 100 {
			t.Errorf("the new edition has ledger number %d", e.LedgerNumber)
		}
	})
	t.Run("without it", func(t *testing.T) {
		n, said := d.restored(t)
		has(t, said, "0 departures, 0 erasures replayed from 0 journals",
			"there is no journal: who left after 2030-01-15T18:0")
		// Nobody knows who left. No old edition is sent all the same.
		onlyThese(t, d.goesOn(t, n), everybody)
	})
	t.Run("in its own place", func(t *testing.T) {
		n := &newsroom{dir: d.dir, box: d.box, port: d.port, clock: clockAt(t, day(31, "12:00:00"))}
		if err := n.command("restore", d.backup).Run(); err == nil {
			t.Error("it is not held")
		}
		want := slices.DeleteFunc(slices.Clone(everybody), func(r string) bool { return slices.Contains(d.left, r) })
		onlyThese(t, d.goesOn(t, n), want)
	})
}

// onlyThese looks whether these readers got the edition of the 31st, each once, and nobody
// got anything else.
func onlyThese(t *testing.T, all []mailbox.Message, want []string) {
	t.Helper()
	var got []string
	for _, m := range all {
		got = append(got, m.To)
		source, err := m.Source()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), headline(31)) || !strings.Contains(string(source), "Date: Thu, 31 Jan 2030") {
			t.Errorf("%s got %q, which is old", m.To, m.Subject)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%d got it, want %d: %q", len(got), len(want), got)
	}
}

// isForgotten looks for an erased reader in the bytes of the database.
func (d *drill) isForgotten(t *testing.T, n *newsroom, reader string) {
	t.Helper()
	for _, name := range n.files(t, "vesper.db*") {
		text, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(text), strings.TrimSuffix(reader, "@reader.example")+"@") {
			t.Errorf("%s has who was erased, %v", name, err)
		}
	}
}
