//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// mover is the environment's name for where a process that is going to be killed moves a
// database from and to: two paths and two URLs, a line each.
const mover = "VESPER_TEST_MOVER"

// moveForever moves, says how far it is, and waits to be killed.
func moveForever(ends string) {
	is := strings.Split(ends, "\n")
	how := moving1(Place{Path: is[0], URL: is[1]}, Place{Path: is[2], URL: is[3]})
	how.Told = func(done, _ int64) { fmt.Println(done) }
	if _, err := Move(context.Background(), how); err != nil {
		panic(err)
	}
	fmt.Println("moved")
	select {}
}

// killedMoving has a process move, and kills it after some of its lines.
func killedMoving(t *testing.T, from, to Place, lines int) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), mover+"="+strings.Join([]string{from.Path, from.URL, to.Path, to.URL}, "\n"))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(out); lines > 0 && s.Scan() && s.Text() != "moved"; {
		lines--
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// It was killed, which is known.
	_ = c.Wait()
}

// isThere says whether there is a database that can be opened. One is not made by asking.
func isThere(t *testing.T, p Place) bool {
	t.Helper()
	if !p.onServer() {
		_, err := os.Stat(p.Path)
		return err == nil
	}
	c, err := newServerConn(t, p)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	there, err := tablesIn(t.Context(), &transaction{c: c})
	return there.version != 0 || err != nil
}

// oneIsOfUse wants one of two databases to be usable, or none yet.
func oneIsOfUse(t *testing.T, places ...Place) {
	t.Helper()
	usable := 0
	for _, p := range places {
		if !isThere(t, p) {
			continue
		}
		s, err := openAt(t, p, false)
		if err == nil {
			usable++
			err = s.Close()
		}
		if err != nil && !errors.Is(err, digest.ErrMoved) && !errors.Is(err, digest.ErrUnfinished) {
			t.Fatal(err)
		}
	}
	if usable > 1 {
		t.Fatalf("%d can be used", usable)
	}
}

// Whenever a process is killed that moves a database, never can both be used, and another
// move brings it to its end.
func TestAMoveSurvivesKills(t *testing.T) {
	const readers = 1000
	for range whole.Times(t, 2, 20) {
		dir := t.TempDir()
		from := aHouse(t, filepath.Join(dir, "vesper.db"), readers)
		for _, to := range []Place{aServer(t), {Path: filepath.Join(dir, "back.db")}} {
			killedMoving(t, from, to, 1+rand.IntN(7))
			oneIsOfUse(t, from, to)
			if _, err := Move(t.Context(), moving1(from, to)); err != nil {
				t.Fatal(err)
			}
			from = to
		}
		s, err := openAt(t, from, false)
		if err != nil {
			t.Fatal(err)
		}
		if n := number(t, s, `SELECT count(*) FROM deliveries`); n != readers+1 {
			t.Errorf("%d deliveries", n)
		}
		if err := errors.Join(s.Behind(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
}
