package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// guests intends these rows one after another, each over a connection of its own, and gives
// what each heard: whether it was told to send, and how it ended.
func guests(t *testing.T, s *File, ds []digest.Delivery) (sends []bool, ends []error) {
	t.Helper()
	// The commit waits for all of them: it is as if they had begun.
	for i, d := range ds {
		s.writer.hands.begin(handful{"deliveries", d.Key}, int64(i+1))
	}
	results, looks := make([]chan error, len(ds)), make([]chan bool, len(ds))
	for i, d := range ds {
		d.Connection, d.Ordinal = int64(i+1), 1
		results[i], looks[i] = make(chan error, 1), make(chan bool, 1)
		s.Ledger(1).IntendInTurn(t.Context(), d, evening, func(taken bool) { looks[i] <- taken },
			func(err error) { results[i] <- err })
	}
	for i, r := range results {
		ends = append(ends, <-r)
		select {
		case taken := <-looks[i]:
			sends = append(sends, taken)
		default:
			sends = append(sends, false)
		}
	}
	return sends, ends
}

// The commit is one for all connections.
func TestIntentsOfManyConnectionsAreDoneAtOnceAndShareACommit(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 8)
	ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
	restingWriter(t, s)
	// However slow this machine is.
	s.writer.door.mu.Lock()
	s.writer.company = time.Minute
	s.writer.door.mu.Unlock()
	before := s.Stats()
	sends, ends := guests(t, s, ds)
	for i := range ds {
		if !sends[i] || ends[i] != nil {
			t.Errorf("intent %d: sends %t, %v", i, sends[i], ends[i])
		}
	}
	after := s.Stats()
	if writes, commits := after.Writes-before.Writes, after.Commits-before.Commits; writes != 8 || commits != 1 {
		t.Errorf("%d writes in %d commits, want 8 in one", writes, commits)
	}
}

// restingWriter waits until the writer has nothing to do.
func restingWriter(t *testing.T, s *File) {
	t.Helper()
	if err := s.Book().Started(t.Context(), map[string]string{"evening": "days"}, evening); err != nil {
		t.Fatal(err)
	}
	for open := false; !open; {
		s.writer.door.mu.Lock()
		open = s.writer.open
		s.writer.door.mu.Unlock()
	}
}

func TestAGuestWhoFailsFailsAlone(t *testing.T) {
	for undoes, fail := range map[string]bool{"ABORT": false, "ROLLBACK": true} {
		t.Run(undoes, func(t *testing.T) {
			s := newFile(t)
			addReaders(t, s, 3)
			ds := owed(t, s, mustOpen(t, s, 0).Number, evening)
			trigger := fmt.Sprintf(`CREATE TRIGGER fault BEFORE UPDATE ON deliveries WHEN NEW.subscriber = %d
				BEGIN SELECT RAISE(%s, 'fault'); END`, ds[1].Key, undoes)
			if err := s.write.one(t.Context(), statement(trigger)); err != nil {
				t.Fatal(err)
			}
			restingWriter(t, s)
			_, ends := guests(t, s, ds[:2])
			if ends[1] == nil || (ends[0] != nil) != fail {
				t.Errorf("got %v", ends)
			}
			// Who hears of another's fault hears of no message but his own.
			for i, end := range ends {
				if end != nil && (strings.Count(end.Error(), "intend ") != 1 ||
					!strings.Contains(end.Error(), fmt.Sprintf(" %d:", ds[i].Key))) {
					t.Errorf("intent %d hears %q", i, end)
				}
			}
			want := digest.Tally{Opened: 3, Pending: 2, Attempting: 1}
			if fail {
				// What is undone, nobody may take for durable.
				want = digest.Tally{Opened: 3, Pending: 3}
			}
			if got := tally(t, s); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if ok, err := s.Ledger(1).Intend(t.Context(), ds[2], evening, nil); !ok || err != nil {
				t.Errorf("the writer is stuck: %t, %v", ok, err)
			}
		})
	}
}
