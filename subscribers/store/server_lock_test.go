package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// cutOff ends the connection that has the right to deliver, as a network would.
func cutOff(t *testing.T, s *File) {
	t.Helper()
	_, err := s.server.pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND (CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT) = `+paperLock(rightToDeliver))
	if err != nil {
		t.Fatal(err)
	}
}

// machines opens one database on two machines.
func machines(t *testing.T) (one, other *File) {
	t.Helper()
	url := pgtest.New(t)
	open := func() *File {
		s, err := OpenServer(t.Context(), url, filepath.Join(t.TempDir(), "vesper"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return open(), open()
}

func TestWhoStandsByOutlivesItsConnections(t *testing.T) {
	t.Parallel()
	one, other := machines(t)
	if _, err := one.Lock("serve"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Holder(); err != nil {
		t.Fatal(err)
	}
	if _, err := one.server.pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'vesper' AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Lock("serve"); !errors.As(err, new(*digest.HeldError)) {
		t.Errorf("got %v, want who has it", err)
	}
}

// A machine's service keeps its place while it stands by, and a command beside it still asks who has the right.
func TestAMachineHasOneServiceAlsoWhereItStandsBy(t *testing.T) {
	t.Parallel()
	one, other := machines(t)
	right, err := one.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	leave, err := other.Service()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Service(); err != nil {
		t.Errorf("on another machine: got %v", err)
	}
	var held *digest.HeldError
	if _, err := other.Service(); !errors.As(err, &held) || held.Role != "serve" || held.PID != os.Getpid() {
		t.Errorf("a second one: got %v", err)
	}
	if _, err := other.Lock("send"); !errors.As(err, &held) || held.Host == "" {
		t.Errorf("a send while another machine sends: got %v, want that one", err)
	}
	if err := right.Unlock(); err != nil {
		t.Fatal(err)
	}
	if right, err = other.Lock("send"); err != nil {
		t.Fatalf("a send beside a service that stands by: got %v", err)
	}
	if err := errors.Join(right.Unlock(), leave()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Service(); err != nil {
		t.Errorf("after the first one: got %v", err)
	}
}

func TestTheRightToDeliverOutlivesItsConnection(t *testing.T) {
	t.Parallel()
	one, other := machines(t)
	lock, err := one.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	cutOff(t, one)
	var held *digest.HeldError
	for late := time.Now().Add(20 * time.Second); held == nil; {
		if held, err = other.Holder(); err != nil || time.Now().After(late) {
			t.Fatalf("it was not taken again: %v", err)
		}
	}
	if held.Role != "serve" || held.Host == "" {
		t.Errorf("got %+v", held)
	}
	select {
	case <-lock.Lost:
		t.Error("it is said to be lost")
	default:
	}
}

func TestWhoseRightAnotherMachineHasTakenHearsOfIt(t *testing.T) {
	t.Parallel()
	one, other := machines(t)
	lock, err := one.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	var taken *Lock
	for late := time.Now().Add(20 * time.Second); taken == nil; {
		// Now and then the first one is quicker.
		cutOff(t, one)
		var held *digest.HeldError
		if taken, err = other.Lock("serve"); err != nil && !errors.As(err, &held) || time.Now().After(late) {
			t.Fatalf("the other one did not come to it: %v", err)
		}
	}
	select {
	case <-lock.Lost:
	case <-time.After(20 * time.Second):
		t.Error("the first one was not told")
	}
}
