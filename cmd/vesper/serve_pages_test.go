package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"vesper/subscribers"
)

func TestEveningsAreThoseOfTheSchedules(t *testing.T) {
	for schedules, want := range map[[2]string]subscribers.Evenings{
		{"0 18 * * *", ""}:              subscribers.EveryEvening,
		{"0 18 * * 1-5", ""}:            subscribers.MondayToFriday,
		{"0 18 * * 1-5", "0 9 * * 6"}:   subscribers.MondayToFriday | 1<<time.Saturday,
		{"0 18 1 * *", ""}:              subscribers.EveryEvening,
		{"0 9 * * sun", "0 18 * * sun"}: 1 << time.Sunday,
	} {
		n := newNewsroom(t, 0)
		t.Setenv("VESPER_EDITION_SCHEDULE", schedules[0])
		t.Setenv("VESPER_EDITION_2_SCHEDULE", schedules[1])
		t.Setenv("VESPER_EDITION_2_SLOT", map[bool]string{true: "second"}[schedules[1] != ""])
		a := &app{env: os.Getenv, now: time.Now, stderr: io.Discard, configFile: n.dir + "/vesper.toml"}
		h, err := a.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := a.readersPages(h, a.door(h, a.quiet()), a.quiet()).Evenings; got != want {
			t.Errorf("%q: got %s, want %s", schedules, got, want)
		}
		h.close()
	}
}

func TestTheDemoServesEveryPageThatItsMailLinksTo(t *testing.T) {
	n := newNewsroom(t, 1)
	n.openOnly(t)
	a, h := n.house(t, time.Now)
	pages := a.demoPages(h, a.door(h, a.quiet()), n.box)
	for _, path := range []string{"/", "/s", "/e", "/e/" + theEdition} {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, http.NoBody))
		if w.Code != http.StatusOK {
			t.Errorf("%s is answered with %d", path, w.Code)
		}
	}
}
