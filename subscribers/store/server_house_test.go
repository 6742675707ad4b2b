//go:build unix

package store

import (
	"slices"
	"strings"
	"testing"

	"vesper/subscribers/pgtest"
)

func TestAFileHasNoHouse(t *testing.T) {
	if newFile(t).House() != nil {
		t.Error("it has one")
	}
}

func TestAHouseKnowsWhichFoldersHaveAMarker(t *testing.T) {
	url := pgtest.New(t)
	s, other := openedServer(t, url), openedServer(t, url)
	for _, kind := range []string{"templates", "desk", "desk"} {
		if err := s.House().Mark(t.Context(), kind, evening); err != nil {
			t.Fatal(err)
		}
	}
	got, err := other.House().Marked(t.Context())
	if !slices.Equal(got, []string{"desk", "templates"}) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if a, b := s.House().ID(), other.House().ID(); a != b || len(a) != 16 {
		t.Errorf("the house is %q and %q", a, b)
	}
}

// A user who owns the database and nothing else may ask for it.
func TestTheTimelineIsKnownToAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	asks(t, server.URL("postgres"), `CREATE ROLE paper LOGIN`, `CREATE DATABASE paper OWNER paper`)
	s := openedServer(t, strings.Replace(server.URL("paper"), "postgres@", "paper@", 1))
	house := s.House()
	now, before, err := house.Timelines(t.Context())
	if now.Number != 1 || now.Server == "" || !now.Seen.IsZero() || before.Number != 0 || err != nil {
		t.Fatalf("got %+v, %+v, %v", now, before, err)
	}
	for range 2 {
		if err := house.SawTimeline(t.Context(), now, evening); err != nil {
			t.Fatal(err)
		}
	}
	if now, before, err = house.Timelines(t.Context()); !now.Seen.Equal(evening) || before.Number != 0 || err != nil {
		t.Errorf("got %+v, %+v, %v", now, before, err)
	}
}

// A server that dies and begins anew goes on with its timeline. One that takes another's place
// has one of its own, also to machines that were told of the former one alone.
func TestAReplicaThatTakesOverIsANewTimeline(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	url := server.Database(t, "paper")
	s := openedServer(t, url)
	first, _, err := s.House().Timelines(t.Context())
	if err == nil {
		err = s.House().SawTimeline(t.Context(), first, evening)
	}
	if err != nil {
		t.Fatal(err)
	}
	replica := server.Replica(t)
	asks(t, url, `CREATE TABLE waits (n BIGINT)`)
	replica.Follows(t, server)
	server.Stop()
	replica.Promote(t)
	after := openedServer(t, replica.URL("paper"))
	now, before, err := after.House().Timelines(t.Context())
	if now.Server != first.Server || now.Number != 2 || !now.Seen.IsZero() || before.Number != 1 || err != nil {
		t.Errorf("got %+v, %+v, %v", now, before, err)
	}
}

// openedServer opens the database at a URL until the test ends.
func openedServer(t *testing.T, url string) *File {
	t.Helper()
	s, err := openAt(t, Place{URL: url, Path: t.TempDir() + "/vesper"}, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
