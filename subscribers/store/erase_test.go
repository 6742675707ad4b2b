package store

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// inFiles gives which of these stand in the bytes of any file of a folder.
func inFiles(t *testing.T, dir string, needles ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		b = bytes.ToLower(b)
		for _, n := range needles {
			if bytes.Contains(b, []byte(strings.ToLower(n))) && !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const (
	adas  = "Ada.Quillfeather@Engine-Room.example"
	local = "ada.quillfeather"
	name  = "Augusta Zyxwould"
)

// letterTo writes a letter as the pages do.
func letterTo(a subscribers.Address, kind digest.LetterKind) digest.Letter {
	text := "To: " + a.Mailbox() + "\r\n\r\n" + strings.Repeat("Hello. ", 2000)
	return digest.Letter{Kind: kind, Address: a.Mailbox(), Bytes: []byte(text)}
}

// signUp has an address asked to confirm, and says whether that was due.
func signUp(t testing.TB, s *File, a subscribers.Address, from string, now time.Time) bool {
	t.Helper()
	is, err := s.List().Facts(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	publicID := is.PublicID
	if is.ID == 0 {
		publicID = rand.Uint64()
	}
	asking := subscribers.Asking{At: now, From: from}
	err = s.List().SignUp(t.Context(), a, asking, publicID, letterTo(a, digest.Confirmation))
	if err != nil && !errors.Is(err, subscribers.ErrMeanwhile) {
		t.Fatal(err)
	}
	return err == nil
}

func confirmReader(t testing.TB, s *File, publicID uint64, from string, now time.Time) bool {
	t.Helper()
	is, err := s.List().FactsOf(t.Context(), publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	err = s.List().Confirm(t.Context(), publicID, from, letterTo(is.Address, digest.Welcome), now)
	if err != nil && !errors.Is(err, subscribers.ErrMeanwhile) {
		t.Fatal(err)
	}
	return err == nil
}

// replied is a settlement with a relay's reply.
func replied(step digest.Step, code int, reply string) digest.Settlement {
	return digest.Settlement{
		Step: step, Due: evening, At: evening, Outcome: digest.Outcome{Code: code, Reply: reply},
	}
}

// pauseNaming pauses an edition with a reason that quotes Ada.
func pauseNaming(t testing.TB, s *File, edition uint32) {
	t.Helper()
	reason := "the relay refuses us: 550 <" + adas + ">"
	if err := s.Book().Pause(t.Context(), edition, digest.PausedAccount, reason, evening); err != nil {
		t.Fatal(err)
	}
}

func settleAs(t testing.TB, s *File, edition uint32, subscriber int64, step digest.Step, reply string) {
	t.Helper()
	for _, d := range owed(t, s, edition, evening.AddDate(0, 0, int(edition))) {
		if d.Key != subscriber {
			continue
		}
		intendAll(t, s, edition, []digest.Delivery{d})
		if err := s.Ledger(edition).Settle(t.Context(), d, replied(step, 550, reply)); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("subscriber %d is not owed edition %d", subscriber, edition)
}

func TestAnErasedAddressIsNowhere(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "vesper.db"))
	ada := address(t, adas)
	addReaders(t, s, 3)
	signUp(t, s, ada, "192.0.2.77", evening)
	for _, d := range owedLetters(t, s, evening) {
		intendLetter(t, s, d)
		wait := replied(digest.Pending, 450, "wait, "+strings.ToUpper(adas))
		if err := s.Outbox().Settle(t.Context(), d, wait); err != nil {
			t.Fatal(err)
		}
	}
	// A letter of a version that took the recipient out in one spelling alone.
	execute(t, s, `UPDATE letters SET reply = $1, quotes = 2`, "wait, "+strings.ToUpper(adas))
	reader, err := s.List().Subscriber(t.Context(), ada)
	if err != nil || !confirmReader(t, s, reader.PublicID, "192.0.2.78", evening) {
		t.Fatal(err)
	}
	execute(t, s, `UPDATE subscribers SET name = $1 WHERE id = $2`, name, reader.ID)
	mustOpen(t, s, 0)
	settleAs(t, s, 1, reader.ID, digest.Failed, "5.1.1 <"+strings.ToLower(adas)+">: no mailbox Ada.Quillfeather here")
	mustOpen(t, s, 1)
	settleAs(t, s, 2, reader.ID, digest.Pending, adas+" is over quota")
	mustOpen(t, s, 2)
	late := owed(t, s, 3, evening.AddDate(0, 0, 3))
	intendAll(t, s, 3, late)
	pauseNaming(t, s, 2)
	welcome := owedLetters(t, s, evening)[1]
	intendLetter(t, s, welcome)

	if found := inFiles(t, dir, adas, local, name, "192.0.2.78"); len(found) != 4 {
		t.Fatalf("before it only %q are in the files", found)
	}
	if found, err := s.List().Erase(t.Context(), ada, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	if found := inFiles(t, dir, adas, local, name, "192.0.2.77", "192.0.2.78"); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}

	// What was on the wire comes to its end without bringing the address back.
	for _, d := range late {
		unknown := replied(digest.Failed, 550, d.Address+" unknown")
		if err := s.Ledger(3).Settle(t.Context(), d, unknown); err != nil {
			t.Error(err)
		}
	}
	if err := s.Outbox().Settle(t.Context(), welcome, replied(digest.Sent, 250, adas+" ok")); err != nil {
		t.Error(err)
	}
	if found, err := s.List().Erase(t.Context(), ada, evening); found || err != nil {
		t.Errorf("once more: got %v, %v, want that nothing is known", found, err)
	}
	if found := inFiles(t, dir, adas, local, name); len(found) > 0 {
		t.Errorf("%q are in the files again", found)
	}
	for i, want := range []digest.Tally{
		{Opened: 4, Failed: 1, Pending: 3},
		{Opened: 4, Skipped: 1, Pending: 3},
		{Opened: 4, Failed: 4},
	} {
		r, err := s.Book().Tallied(t.Context(), opening(i).Edition.ID)
		if r.Tally != want || err != nil || !r.Tally.Balanced() {
			t.Errorf("edition %d: got %+v, %v, want %+v", i+1, r.Tally, err, want)
		}
	}
	if n := number(t, s, `SELECT count(*) FROM deliveries WHERE reply LIKE 'reader_@news.example unknown'`); n != 3 {
		t.Errorf("%d replies are kept of readers who were not erased, want 3", n)
	}
	_, _, err = s.List().Add(t.Context(), activeReader(t, adas), evening)
	if !errors.Is(err, subscribers.ErrSuppressed) {
		t.Errorf("the erased is added again: got %v, want ErrSuppressed", err)
	}
	if n := number(t, s, `SELECT count(*) FROM confirmations`); n != 0 {
		t.Errorf("%d confirmations are left", n)
	}
	if !signUp(t, s, ada, "", evening.Add(time.Hour)) {
		t.Error("the reader can't come back")
	}
}

func TestAnErasedAddressIsQuotedByNobody(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "vesper.db"))
	ada := address(t, adas)
	first := addReader(t, s, adas)
	other := addReaders(t, s, 1)[0]
	mustOpen(t, s, 0)
	settleAs(t, s, 1, first.ID, digest.Failed, "<"+adas+"> unknown")
	settleAs(t, s, 1, other.ID, digest.Failed, "forwarded to "+adas+", who is unknown")
	// A service has the database open as well, and has read.
	service := openFile(t, filepath.Join(dir, "vesper.db"))
	if _, err := service.List().Subscriber(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	// The row of the first is gone when the address is to be forgotten.
	removeReader(t, s, ada)
	postTo(t, s, digest.Proof, ada.Mailbox())
	postTo(t, s, digest.Proof, other.Address.Mailbox())
	pauseNaming(t, s, 1)
	known, err := s.List().Quotes(t.Context(), ada, 0)
	if len(known.Receipts) != 2 || len(known.Letters) != 1 || len(known.Paused) != 1 || err != nil {
		t.Errorf("before it this is known: %+v, %v; want two replies, a letter and an edition", known, err)
	}
	for _, r := range known.Receipts {
		if !mentions(r.Reply, ada) || r.Edition != opening(0).Edition.ID {
			t.Errorf("got %+v", r)
		}
	}
	defer func() {
		known, err := s.List().Quotes(t.Context(), ada, 0)
		if err != nil || len(known.Receipts)+len(known.Letters)+len(known.Paused) > 0 {
			t.Errorf("after it this is known: %+v, %v", known, err)
		}
	}()
	if found, err := s.List().Erase(t.Context(), ada, evening); !found || err != nil {
		t.Errorf("got %v, %v", found, err)
	}
	if found := inFiles(t, dir, adas, local); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}
	nobody := address(t, "nobody@engine-room.example")
	if found, err := s.List().Erase(t.Context(), nobody, evening); found || err != nil {
		t.Errorf("of nobody: got %v, %v", found, err)
	}
	if n := number(t, s, `SELECT count(*) FROM suppressions`); n != 1 {
		t.Errorf("%d suppressions, want one: nobody is suppressed who was not known", n)
	}
}
