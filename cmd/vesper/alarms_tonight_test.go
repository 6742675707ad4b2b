package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

// TestAnEditionThatWouldNotGoIsAnAlarmWithinTheHour: as "vesper status" ends with 1, and
// not as long as there is time for articles.
func TestAnEditionThatWouldNotGoIsAnAlarmWithinTheHour(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 3)
	article := filepath.Join(n.dir, "desk", "orlanda.txt")
	text, err := os.ReadFile(article)
	if err == nil {
		err = os.Remove(article)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.write(t, "vesper.toml", n.config(t)+"[alarms]\ncommand = [\"sh\", \"-c\", \"cat >>facts\"]\n")
	finds := func(at, want string) {
		t.Helper()
		a := &app{env: none, now: clockAt(t, at), stderr: &heard{}, configFile: filepath.Join(n.dir, "vesper.toml")}
		h, err := a.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		got, err := a.tonightAlarms(h)(t.Context())
		if err != nil || kindsOf(got) != want {
			t.Errorf("at %s: got %+v, %v, want %q", at, got, err, want)
		}
	}
	begins := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
	begins.says(t, "msg=serving")
	begins.ends(t)
	finds("2030-01-01T17:44:00Z", "")
	finds("2030-01-01T17:45:10Z", "not_ready evening")
	finds("2030-01-01T18:00:30Z", "") // it is being decided
	s := n.service(t, clockAt(t, "2030-01-01T17:46:00Z"))
	s.says(t, "alarm told")
	s.ends(t)
	facts, err := os.ReadFile(filepath.Join(n.dir, "facts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"event":"began","kind":"not_ready","about":"evening","edition":"2030-01-01-evening"`,
		"the edition of 2030-01-01 18:00 would not go: 0 articles",
	} {
		if !strings.Contains(string(facts), want) {
			t.Errorf("%q is not in %s", want, facts)
		}
	}
	var out strings.Builder
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &heard{}, env: none, now: clockAt(t, "2030-01-01T17:47:00Z")}
	if code := a.execute(t.Context(), []string{"--config", filepath.Join(n.dir, "vesper.toml"), "status"}); code != exitFailed {
		t.Errorf("status ends with %d\n%s", code, &out)
	}
	// Somebody writes one.
	at := clockAt(t, "2030-01-01T17:48:00Z")()
	writeFile(t, article, string(text))
	if err := os.Chtimes(article, at, at); err != nil {
		t.Fatal(err)
	}
	s = n.service(t, clockAt(t, "2030-01-01T17:49:00Z"))
	s.says(t, "msg=serving")
	n.untilWell(t, digest.AlarmNotReady)
	s.ends(t)
	s = n.service(t, clockAt(t, "2030-01-01T17:55:00Z"))
	s.says(t, "alarm over")
	s.says(t, "over=true")
	s.ends(t)
}

// untilWell waits until an alarm is on that seems to be well.
func (n *newsroom) untilWell(t *testing.T, kind digest.AlarmKind) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	for well := 0; well == 0; {
		err := db.QueryRowContext(t.Context(),
			"SELECT count(*) FROM alarms WHERE kind = ? AND over_at IS NULL AND well_at IS NOT NULL", kind).Scan(&well)
		if err = errors.Join(err, t.Context().Err()); err != nil {
			t.Fatal(err)
		}
	}
}
