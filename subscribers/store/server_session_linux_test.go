package store

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// pair starts a server with a database of ours, and a replica of it.
func pair(t *testing.T) (primary, replica string, s *File) {
	t.Helper()
	one := pgtest.Start(t)
	primary = one.Database(t, "paper")
	s = openServerAt(t, primary, Options{})
	addReaders(t, s, 3)
	other := one.Replica(t)
	other.Follows(t, one)
	return primary, other.URL("paper"), s
}

// What a standby says is old, and each standby has a right to deliver of its own.
func TestAStandbyIsNoDatabase(t *testing.T) {
	t.Parallel()
	_, replica, _ := pair(t)
	err := refusal(t, replica)
	if unreached, ok := errors.AsType[*Unreached](err); !ok || !strings.Contains(unreached.Hint(), "primary") {
		t.Errorf("got %v, want a hint to name the primary", err)
	}
	if !errors.Is(err, digest.ErrAway) {
		t.Errorf("got %v, which nobody would wait for", err)
	}
	if want := "only a standby answers"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q", err, want)
	}
	found, usable := ExamineServer(t.Context(), replica, filepath.Join(t.TempDir(), "vesper"))
	if usable || found[0].Hint != (&Unreached{cause: errStandby}).Hint() {
		t.Errorf("got %+v, want the same hint", found)
	}
	if _, err := openServerEnd(t.Context(), replica, evening); !errors.Is(err, errStandby) {
		t.Errorf("a move's end: got %v, want the same", err)
	}
}

// A name may lead to a standby for a while. What was asked meanwhile is done once it leads to the
// primary again, and not before.
func TestAWayThatLeadsToAStandbyIsWaitedFor(t *testing.T) {
	t.Parallel()
	primary, replica, _ := pair(t)
	proxy, address := before(t, primary)
	s := openServerAt(t, address, Options{})
	proxy.leads(replica)
	s.server.pool.Reset()
	time.AfterFunc(time.Second, func() { proxy.leads(primary) })
	if left, err := s.List().Unsubscribe(t.Context(), 1, evening); err != nil {
		t.Errorf("a reader who leaves: got %v, %v", left, err)
	}
	if _, err := s.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Errorf("a beat: %v", err)
	}
}

// The primary may become read-only under our connections.
func TestAConnectionOverWhichNobodyMayWriteIsGivenUp(t *testing.T) {
	t.Parallel()
	s := openServerAt(t, pgtest.New(t), Options{})
	addReaders(t, s, 1)
	spoil := func() {
		t.Helper()
		// The one that was given back last is taken next.
		if _, err := s.server.pool.Exec(t.Context(), `SET default_transaction_read_only = on`); err != nil {
			t.Fatal(err)
		}
	}
	spoil()
	if _, err := s.List().Unsubscribe(t.Context(), 1, evening); err != nil {
		t.Errorf("a reader who leaves: %v", err)
	}
	spoil()
	if _, err := s.Beat(t.Context(), digest.Beat{Role: "serve"}); err == nil {
		t.Error("a beat was written over a connection that only reads")
	}
	if _, err := s.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Errorf("the next beat: %v", err)
	}
}

// byDefault has all sessions in a database begin with a setting.
func byDefault(t *testing.T, address, setting string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	asks(t, address, "ALTER DATABASE "+strings.TrimPrefix(u.Path, "/")+" SET "+setting)
}

// Where the way to the server falls silent, the server keeps the former connection, and with it the
// right, for half a minute. That is no other machine.
func TestNobodyLosesTheRightToTheirOwnFormerConnection(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	proxy, through := before(t, address)
	s, direct := openServerAt(t, through, Options{}), openServerAt(t, address, Options{})
	lock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	has := func() (backend int64) {
		t.Helper()
		err := missing(direct.read.QueryRow(t.Context(), `SELECT coalesce(max(pid), 0) FROM pg_locks
			WHERE locktype = 'advisory' AND granted
				AND (CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT) = `+paperLock(rightToDeliver)+`
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&backend))
		if err != nil {
			t.Fatal(err)
		}
		return backend
	}
	former := has()
	proxy.silence()
	late := time.After(time.Minute)
	for now := former; now == former || now == 0; now = has() {
		select {
		case <-lock.Lost:
			t.Fatal("it is said to be another machine's")
		case <-late:
			t.Fatal("it was not taken again")
		case <-time.After(100 * time.Millisecond):
		}
	}
	if held, err := direct.Holder(); err != nil || held == nil || held.Role != "serve" {
		t.Errorf("got %v, %v", held, err)
	}
}

// A house may give its users defaults that no session of ours must have.
func TestWhatAUserHasAsDefaultsReachesNoSession(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	setUp := []string{
		"default_transaction_isolation = 'repeatable read'", "statement_timeout = '77s'", "lock_timeout = '78s'",
		"idle_session_timeout = '79s'", "idle_in_transaction_session_timeout = '80s'", "client_encoding = 'LATIN1'",
	}
	for _, set := range setUp {
		byDefault(t, address, set)
	}
	s := openServerAt(t, address, Options{})
	if _, err := s.Lock("serve"); err != nil {
		t.Fatal(err)
	}
	sessions := map[string]conn{"pool": s.read, "right": &transaction{c: s.server.right.conn}}
	for session, c := range sessions {
		for setting, want := range map[string]string{
			"transaction_isolation": "read committed", "statement_timeout": "0", "lock_timeout": "0",
			"idle_session_timeout": "0", "idle_in_transaction_session_timeout": "0", "client_encoding": "UTF8",
		} {
			got := ""
			if err := c.QueryRow(t.Context(), `SELECT current_setting($1)`, setting).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %q, %v; want %q", session, setting, got, err, want)
			}
		}
	}
}

// Behind the gate one sees what the one before has written, whatever the database's default is.
func TestWhoWaitedAtTheGateSeesWhatWasWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	byDefault(t, address, "default_transaction_isolation = 'serializable'")
	one, other := openServerAt(t, address, Options{}), openServerAt(t, address, Options{})
	within, seen, ended := make(chan bool), false, make(chan error, 1)
	go func() {
		<-within
		ended <- other.write.whole(t.Context(), func(ctx context.Context, c conn) (err error) {
			seen, err = has(ctx, c, `SELECT 1 FROM markers WHERE kind = 'desk'`)
			return err
		})
	}()
	err := one.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		within <- true
		for waits := false; !waits; {
			var err error
			waits, err = has(ctx, one.read, `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			if err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, `INSERT INTO markers (kind, made_at) VALUES ('desk', 1)`)
		return err
	})
	if err = errors.Join(err, <-ended); err != nil || !seen {
		t.Errorf("seen: %v, %v", seen, err)
	}
}

// A pooler in transaction mode hands a session on to whoever asks next: two machines would have the one
// right to deliver.
func TestASessionThatOthersHaveIsNone(t *testing.T) {
	config, err := pgx.ParseConfig(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	ours(config)
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if err = beginSession(t.Context(), c.PgConn()); !errors.Is(err, errShared) {
		t.Fatalf("begun by another one: got %v, want errShared", err)
	}
	if hint := (&Unreached{cause: err}).Hint(); !strings.Contains(hint, "whole sessions") {
		t.Errorf("the hint is %q", hint)
	}
	// What a pooler without such a look says to the second one that prepares a statement.
	mixed, ok := errors.AsType[*Unreached](unreached(&pgconn.PgError{Code: "42P05"}))
	if !ok || mixed.Hint() != (&Unreached{cause: err}).Hint() {
		t.Errorf("got %+v, want the same hint", mixed)
	}
}
