package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// ofAnEdition are the tables with rows of an edition, its own row the last.
var ofAnEdition = []string{"deliveries", "edition_messages", "edition_articles", "web_views", "editions"}

// Of SQLite alone: no table has a trace of an opening that failed.
func TestAnOpeningThatFailsLeavesNoRow(t *testing.T) {
	for name, spoil := range map[string]func(o *digest.Opening){
		"two messages of a variant": func(o *digest.Opening) { o.Messages[1].Variant = digest.Designed },
		"no designed message":       func(o *digest.Opening) { o.Messages = o.Messages[1:] },
		"an article twice":          func(o *digest.Opening) { o.Edition.Articles[1].ID = o.Edition.Articles[0].ID },
	} {
		t.Run(name, func(t *testing.T) {
			s := newFile(t)
			addReaders(t, s, 3)
			o := opening(0)
			spoil(&o)
			if r, err := s.Book().OpenEdition(t.Context(), o); err == nil {
				t.Fatalf("opened %+v", r)
			}
			for _, table := range ofAnEdition {
				if n := number(t, s, `SELECT count(*) FROM `+table); n != 0 {
					t.Errorf("%s has %d rows, want none", table, n)
				}
			}
		})
	}
}

// Of SQLite alone: not even rows that are deleted give their numbers free.
func TestNumbersOfDeletedEditionsAreNotReused(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 1)
	for day := range 3 {
		if r := mustOpen(t, s, day); r.Number != uint32(day+1) {
			t.Errorf("got number %d, want %d", r.Number, day+1)
		}
	}
	for _, table := range ofAnEdition {
		execute(t, s, `DELETE FROM `+table)
	}
	if r := mustOpen(t, s, 3); r.Number != 4 {
		t.Errorf("got number %d, want 4", r.Number)
	}
}

// done gives an edition for three that is sent and done.
func done(t *testing.T) *File {
	t.Helper()
	s := newFile(t)
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0).Number
	if _, err := s.Book().Begin(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	ds := owed(t, s, n, evening)
	intendAll(t, s, n, ds)
	for _, d := range ds {
		if err := s.Ledger(n).Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Book().Close(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	return s
}

// Of SQLite alone: a row that another hand took away.
func TestAnEditionThatLostAReaderIsNotDone(t *testing.T) {
	s := done(t)
	execute(t, s, `UPDATE editions SET state = 'sending', done_at = NULL, opened = opened + 1,
		sent = NULL, failed = NULL, expired = NULL, skipped = NULL, unknown = NULL, doubts = NULL`)
	if err := s.Book().Close(t.Context(), 1, evening); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("got %v, want ErrUnbalanced", err)
	}
	execute(t, s, `UPDATE editions SET opened = opened - 1`)
	if err := s.Book().Close(t.Context(), 1, evening.Add(time.Minute)); err != nil {
		t.Error(err)
	}
}

// Of SQLite alone: what another hand may do to the file.
func TestVerifyFindsWhatDoesNotHold(t *testing.T) {
	const content = "its messages or its web view were changed after it was opened"
	for damage, want := range map[string][]string{
		`SELECT 1`: nil,
		`DELETE FROM deliveries WHERE subscriber = 1`: {
			"it was opened for 3 recipients, but there are 2",
			"its total of sent is stored as 3, but there are 2",
		},
		`UPDATE deliveries SET step = 'failed' WHERE subscriber = 2`: {
			"its total of sent is stored as 3, but there are 2",
			"its total of failed is stored as 0, but there are 1",
		},
		`UPDATE deliveries SET step = 'pending' WHERE subscriber = 3`: {
			"it is done, but 1 of its recipients are not sent yet",
			"its total of sent is stored as 3, but there are 2",
		},
		`UPDATE editions SET doubts = 7`: {
			"its total of possible duplicates is stored as 7, but there are 0",
		},
		`UPDATE edition_messages SET bytes = x'00' WHERE variant = 'plain'`: {content},
		`UPDATE edition_messages SET subject = 'Buy now'`:                   {content},
		`DELETE FROM edition_messages WHERE variant = 'plain'`:              {content},
		`UPDATE web_views SET bytes = x'00'`:                                {content},
		`DELETE FROM web_views`:                                             {content},
		`UPDATE editions SET content_hash = zeroblob(32)`:                   {content},
	} {
		s := done(t)
		execute(t, s, damage)
		got, err := s.Book().Verify(t.Context(), 1)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", damage, err, diff)
		}
	}
}

// Of SQLite alone: no verb cancels an edition yet.
func TestACancelledEditionIsNotSentAgain(t *testing.T) {
	s := done(t)
	execute(t, s, `UPDATE editions SET state = 'cancelled', done_at = NULL`)
	if _, err := s.Book().Resolve(t.Context(), 1, true, evening); err == nil {
		t.Error("a cancelled edition is sent again")
	}
	if n, err := s.Book().Resolve(t.Context(), 1, false, evening); n != 0 || err != nil {
		t.Errorf("got %d, %v, want none that are unknown", n, err)
	}
}

// Of SQLite alone: the checks of the schema, whoever writes.
func TestTheSchemaRefusesWhatNoEditionCanBe(t *testing.T) {
	s := done(t)
	mustOpen(t, s, 1)
	for _, statement := range []string{
		`UPDATE editions SET state = 'paused' WHERE number = 2`,
		`UPDATE editions SET pause = 'desk' WHERE number = 2`,
		`UPDATE editions SET state = 'paused', pause = 'bored' WHERE number = 2`,
		`UPDATE editions SET sent = 0, failed = 0, expired = 0, skipped = 0, unknown = 0, doubts = 0 WHERE number = 2`,
		`UPDATE editions SET sent = NULL, failed = NULL, expired = NULL, skipped = NULL, unknown = NULL, doubts = NULL
			WHERE number = 1`,
		`UPDATE editions SET failed = NULL WHERE number = 1`,
		`UPDATE editions SET recovered = -1`,
		`UPDATE deliveries SET quotes = 1 WHERE step = 'sent'`,
		`INSERT INTO words VALUES ('2026-11-22', 'evening', 1, '', '', 0)`,
		`INSERT INTO words VALUES ('2026-11-22', 'evening', 1, 'a' || char(10), '', 0)`,
		`INSERT INTO words VALUES ('22.11.2026', 'evening', 1, 'a', '', 0)`,
	} {
		if _, err := s.writer.conn.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("it took %s", statement)
		}
	}
}
