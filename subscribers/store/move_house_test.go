//go:build unix

package store

import (
	"path/filepath"
	"testing"
	"time"

	"vesper/subscribers/pgtest"
)

// aHouse fills a file with something in every table, and gives its place. Numbers were given
// in it to rows that are gone.
func aHouse(t *testing.T, path string, readers int) Place {
	t.Helper()
	s := openFile(t, path)
	addMany(t, s, readers)
	addReader(t, s, "ada@news.example")
	number := mustOpen(t, s, 0).Number
	if _, err := s.Book().Begin(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
	for _, d := range owed(t, s, number, evening) {
		if d.Key%3 == 0 {
			continue
		}
		if ok, err := s.Ledger(number).Intend(t.Context(), d, evening, nil); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := s.Ledger(number).Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	at := evening.Unix()
	for _, statement := range []string{
		`INSERT INTO moves (subscriber, asked_at, asked_from, by_whom, address, address_key)
			VALUES (1, 1, '', 'reader', 'é@x.example', 'é@x.example')`,
		`INSERT INTO suppressions VALUES (x'0001ff', 'manual', 5)`,
		`INSERT INTO confirmations (address_hash, sent_at, mailbox_hash) VALUES (x'00', 1, x'')`,
		`INSERT INTO forms VALUES ('v', 'words' || char(10) || '	and more', 4)`,
		`INSERT INTO signups (address, asked_at, asked_from, mailbox_hash, step) VALUES ('', 1, '', x'0a', 'none')`,
		`INSERT INTO slots (name, since, former) VALUES ('evening', 1, '')`,
		`INSERT INTO editions (date, slot, sequence, title, state, entered_at)
			VALUES ('2026-11-01', 'morning', 1, '', 'missed', 7)`,
		`INSERT INTO acts (date, slot, sequence, act, by_whom, reason, at)
			VALUES ('2026-11-01', 'morning', 1, 'hold', 'x', '', 1)`,
		`INSERT INTO proofs (date, slot, sequence, content_hash, at, opening)
			VALUES ('2026-11-01', 'morning', 1, zeroblob(32), 1, '{}')`,
		`INSERT INTO proof_letters VALUES (1, 1)`,
		`INSERT INTO words VALUES ('2026-11-01', 'morning', 1, 'Ещё — “раз”', '', 1)`,
		`INSERT INTO pins VALUES ('evening', 'a', 1, 1)`,
		`INSERT INTO waves VALUES (1, '', 9)`,
		`INSERT INTO passed_over VALUES ('morning', 'a', '2026-11-01', 1, -62135596800, zeroblob(16))`,
		`INSERT INTO feeds VALUES ('u', '', '', '', '', NULL, NULL, NULL, 0, '')`,
		`INSERT INTO stories
			VALUES ('f', 'g', '', '', 'a' || char(0) || CAST(x'ff' AS TEXT), 'passed', '', 1, 1, NULL, zeroblob(16),
				zeroblob(16), '', '', '', '')`,
		`INSERT INTO topics VALUES (zeroblob(32), 't', 1)`,
		`INSERT INTO letters (kind, address, return_path, bytes, step, due_at, first_due_at, at, created_at)
			VALUES ('welcome', 'a@b.example', '', x'410d0a00ff', 'pending', 1, 1, 1, 1),
				('welcome', '', '', x'', 'sent', 1, 1, 1, 1)`,
		`DELETE FROM letters WHERE id = 2`,
		`INSERT INTO reports (door, key, kind, proof, subscriber, edition, address, at, class, cause, rule, status, code,
			diagnostic, state) VALUES ('d', 'k', 'reply', 'admin', 1, 1, '', 1, '', '', '', '', 0, '', 'new')`,
		`INSERT INTO tests (id, address, sent_at) VALUES (9223372036854775807, 'x{token}', 1)`,
		`INSERT INTO mailboxes VALUES ('m', 4294967295, 1)`,
		`INSERT INTO paces VALUES (1, 1, 1)`,
		`INSERT INTO relays VALUES ('r', '', NULL, 8, 1)`,
		`INSERT INTO alarms VALUES ('ref', 'k', '', '', '', '', 1, NULL, NULL, 0)`,
		`INSERT INTO alarm_words VALUES ('ref', 0, 'mail', 0, 1)`,
		`INSERT INTO heartbeats VALUES ('evening', '2026-11-01', 1)`,
		`INSERT INTO restores (made_at, known_to, restored_at, accepted_at) VALUES (1, 1, 1, 1)`,
		`INSERT INTO relocations (moved_at, place, accepted_at) VALUES (1, 'elsewhere', 2)`,
	} {
		execute(t, s, statement)
	}
	execute(t, s, `UPDATE run_reports SET facts = '{}', written_at = $1, heard = 1`, at)
	removeReader(t, s, address(t, "ada@news.example"))
	if err := s.noteSent(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return Place{Path: path}
}

// aServer gives the place of an empty database on a server.
func aServer(t *testing.T) Place {
	t.Helper()
	return Place{Path: filepath.Join(t.TempDir(), "vesper.postgres"), URL: pgtest.New(t)}
}

func moving1(from, to Place) Moving {
	return Moving{From: from, To: to, Options: Options{Program: "test", Now: func() time.Time { return evening }}}
}

func openAt(t *testing.T, p Place, elsewhere bool) (*File, error) {
	t.Helper()
	o := Options{Now: func() time.Time { return evening }, Elsewhere: elsewhere}
	var s *File
	var err error
	if p.onServer() {
		s, err = OpenServer(t.Context(), p.URL, p.Path, o)
	} else {
		s, err = Open(t.Context(), p.Path, o)
	}
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}
