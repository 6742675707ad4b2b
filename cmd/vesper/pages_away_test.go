package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"vesper/subscribers/pgtest"
)

func TestReadersHearWithinSecondsThatTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	n := faultyNewsroom(t, setting{port: freePort(t), url: server.Database(t, "paper")}, manyReaders(1))
	a, h := n.house(t, time.Now)
	pages := inTime(a.readersPages(h, a.door(h, a.quiet()), a.quiet()).Handler())
	server.Stop()
	for _, path := range []string{"/e", "/e/" + theEdition} {
		began, w := time.Now(), httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, http.NoBody))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s is answered with %d, %v", path, w.Code, w.Header())
		}
		if took := time.Since(began); took > 2*pageWithin {
			t.Errorf("%s took %v, want %v", path, took, pageWithin)
		}
	}
}
