package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/whole"
)

// TestServeMakesBackupsByTheAgeOfTheNewestAndDeletesOnlyItsOwn: the service is started at
// several times of two weeks.
func TestServeMakesBackupsByTheAgeOfTheNewestAndDeletesOnlyItsOwn(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 3)
	dir := filepath.Join(n.dir, "put by")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	n.write(t, "vesper.toml", n.config(t)+"[backup]\ndir = \"put by\"\nevery = \"24h\"\nkeep = 2\n")
	// Others of the same name and age are nobody's to delete.
	byHand := filepath.Join(dir, "vesper-20291201T000000Z.tar.gz")
	n.asks(t, "backup", byHand)
	n.write(t, "put by/vesper-20291202T000000Z.tar.gz", "no archive")
	foreign := []string{"vesper-20291201T000000Z.tar.gz", "vesper-20291202T000000Z.tar.gz"}
	for _, one := range []struct {
		at   string
		made bool
		want []string
	}{
		{"2030-01-01T09:00:00Z", true, []string{"20300101T0900"}},
		{"2030-01-02T08:59:00Z", false, []string{"20300101T0900"}},
		{"2030-01-02T09:01:00Z", true, []string{"20300101T0900", "20300102T0901"}},
		// Within the hour before a slot it waits.
		{"2030-01-03T17:30:00Z", false, []string{"20300101T0900", "20300102T0901"}},
		{"2030-01-03T20:00:00Z", true, []string{"20300102T0901", "20300103T2000"}},
		// It has waited long enough.
		{"2030-01-05T20:30:00Z", true, []string{"20300103T2000", "20300105T2030"}},
		// The clock was set back.
		{"2030-01-05T09:00:00Z", false, []string{"20300103T2000", "20300105T2030"}},
	} {
		s := n.service(t, clockAt(t, one.at))
		s.says(t, map[bool]string{true: "backup made", false: "serving"}[one.made])
		s.ends(t)
		if !one.made && strings.Contains(s.String(), "backup made") {
			t.Errorf("%s: a backup was made", one.at)
		}
		names, err := filepath.Glob(filepath.Join(dir, "vesper-*.tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			names[i] = filepath.Base(name)
		}
		want := append(slices.Clone(foreign), one.want...)
		if len(names) != len(want) || !slices.EqualFunc(names, want, strings.Contains) {
			t.Errorf("%s: there are %q, want %q", one.at, names, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, workrooms+"*")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// TestABackupThatCantBeMadeBothersNobody: its folder is gone, and the edition goes out.
func TestABackupThatCantBeMadeBothersNobody(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 20)
	n.write(t, "vesper.toml", n.config(t)+"[backup]\ndir = \"not mounted\"\nevery = \"10m\"\n")
	n.written(t, clockAt(t, "2030-01-01T12:00:00Z")())
	first := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
	first.says(t, "can't make a backup")
	first.says(t, "can't write the journal of departures")
	first.ends(t)
	s := n.service(t, clockAt(t, "2030-01-01T17:59:58Z"))
	s.says(t, "edition done")
	s.ends(t)
	if n.box.Count() != 20 {
		t.Errorf("%d copies, want 20", n.box.Count())
	}
	// Who leaves meanwhile is caught up when the folder is there.
	n.asks(t, "subscribers", "suppress", "reader0003@reader.example")
	if err := os.Mkdir(filepath.Join(n.dir, "not mounted"), 0o700); err != nil {
		t.Fatal(err)
	}
	again := n.service(t, clockAt(t, "2030-01-02T09:00:00Z"))
	again.says(t, "backup made")
	again.ends(t)
	beside, err := os.ReadFile(filepath.Join(n.dir, "vesper.db.departures"))
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile(filepath.Join(n.dir, "not mounted", "vesper.db.departures"))
	if err != nil || bytes.Count(there, []byte(" manual ")) != 1 || bytes.Count(beside, []byte(" manual ")) != 1 {
		t.Errorf("%v:\n%s\n%s", err, there, beside)
	}
}

// TestAnAlarmAboutBackupsEndsWhenNoneAreWanted: its folder was taken out of the
// configuration while none could be made.
func TestAnAlarmAboutBackupsEndsWhenNoneAreWanted(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	config := n.config(t)
	n.write(t, "vesper.toml", config+"[backup]\ndir = \"not mounted\"\nevery = \"10m\"\n")
	s := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
	s.says(t, "kind=backup")
	s.ends(t)
	n.write(t, "vesper.toml", config)
	s = n.service(t, clockAt(t, "2030-01-01T12:10:00Z"))
	n.untilWell(t, digest.AlarmBackup)
	s.ends(t)
	s = n.service(t, clockAt(t, "2030-01-01T12:20:00Z"))
	s.says(t, "alarm over")
	s.ends(t)
}

func TestABackupIsDueByTheAgeOfTheNewest(t *testing.T) {
	t.Parallel()
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	const hour, day = time.Hour, 24 * time.Hour
	for _, one := range []struct {
		newest, now time.Duration
		calm, want  bool
	}{
		{-day, 0, true, true},
		{-day + hour, 0, true, false},
		{-day, 0, false, false},
		{-2 * day, 0, false, true},
		{hour, 0, true, false},
		{3 * day, 0, true, true},
	} {
		b := &backups{h: &house{config: config.Default("vesper.toml")}, started: noon, newest: noon.Add(one.newest)}
		if got := b.due(noon.Add(one.now), one.calm); got != one.want {
			t.Errorf("%+v: got %v", one, got)
		}
	}
	b := &backups{h: &house{config: config.Default("vesper.toml")}, started: noon}
	if !b.due(noon, true) || b.due(noon.Add(hour), false) || !b.due(noon.Add(day), false) {
		t.Error("the first one is due at once, and waits a day at most")
	}
}

// TestNoBackupHasItsNameBeforeItIsWhole kills backups at random moments.
func TestNoBackupHasItsNameBeforeItIsWhole(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 5000)
	random, whole := moments(t), 0
	began := time.Now()
	n.run(t, "backup", "first.tar.gz")
	took := time.Since(began)
	for i := range 15 {
		name := fmt.Sprintf("killed%d.tar.gz", i)
		s := launched(t, n.command("backup", name))
		select {
		case <-s.ended:
		case <-time.After(time.Duration(random.Int64N(int64(took)))):
			s.kill()
		}
		<-s.ended
		if _, err := os.Stat(filepath.Join(n.dir, name)); err == nil {
			whole++
			n.run(t, "restore", name, "--dry-run")
		}
	}
	t.Logf("of 15 backups that were killed within %v, %d had their name, and were whole", took, whole)
	// What they left is cleared by the next one.
	n.run(t, "backup", "last.tar.gz")
	if left := n.files(t, workrooms+"*"); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}
