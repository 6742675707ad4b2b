package store

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/subscribers"
)

// cameBack is a report as it came, long enough to fill pages of its own.
func cameBack(key string, reader int64, edition uint32, text string) subscribers.Report {
	r := subscribers.Report{
		Door: subscribers.DoorMail, Kind: subscribers.ReportDelivery, Key: key, Proof: subscribers.ByReturnPath,
		Subscriber: reader, Edition: edition, At: evening, Class: subscribers.ClassCount, Cause: subscribers.MailboxFull,
		Status: "5.2.2", Diagnostic: text, State: subscribers.ReportNew,
		Raw: []byte(strings.Repeat("Received: by a server\r\n", 400) + text + strings.Repeat("\r\nHello.", 2000)),
	}
	if reader == 0 {
		r.Proof, r.State, r.Edition = subscribers.NotProven, subscribers.ReportUnproven, 0
	}
	return r
}

func TestAnErasedAddressIsInNothingThatCameBack(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "vesper.db"))
	ada := address(t, adas)
	first := addReader(t, s, adas)
	other := addReaders(t, s, 1)[0]
	mustOpen(t, s, 0)
	ds := owed(t, s, 1, evening)
	intendAll(t, s, 1, ds)
	for _, d := range ds {
		if d.Key != first.ID {
			continue
		}
		refused := replied(digest.Failed, 550, "5.2.2 <"+strings.ToLower(adas)+">: the mailbox Ada.Quillfeather is full")
		refused.Outcome.Class = digest.Permanent
		if err := s.Ledger(1).Settle(t.Context(), d, refused); err != nil {
			t.Fatal(err)
		}
	}
	hidden := base64.StdEncoding.EncodeToString([]byte("To: " + adas))
	encoded := cameBack("own, encoded", first.ID, 1, hidden)
	encoded.Diagnostic = "the mailbox is full"
	naming := cameBack("naming", 0, 0, "is full")
	naming.Address = strings.ToUpper(adas)
	all := []subscribers.Report{
		cameBack("own", first.ID, 1, "the mailbox ada.quillfeather of "+adas+" is full"),
		encoded,
		cameBack("another's", other.ID, 1, "passed on to "+strings.ToLower(adas)),
		cameBack("quoting", 0, 0, "From: "+adas), naming,
	}
	if n, err := s.List().Record(t.Context(), all); n != len(all) || err != nil {
		t.Fatal(n, err)
	}
	if found := inFiles(t, dir, adas, local, hidden); len(found) != 3 {
		t.Fatalf("before it only %q are in the files", found)
	}
	// A service has the database open as well, and has read.
	service := openFile(t, filepath.Join(dir, "vesper.db"))
	if _, err := service.List().Reports(t.Context(), subscribers.ReportFilter{}); err != nil {
		t.Fatal(err)
	}
	if found, err := s.List().Erase(t.Context(), ada, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	if found := inFiles(t, dir, adas, local, hidden); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}
	left, err := s.List().Reports(t.Context(), subscribers.ReportFilter{})
	if err != nil || len(left) != 4 {
		t.Fatalf("%d reports are left, %v, want 4: the others go on counting", len(left), err)
	}
	for _, r := range left {
		if r.Subscriber == first.ID || r.Address != "" || r.State == subscribers.ReportNew && r.Subscriber == 0 {
			t.Errorf("got %+v", r)
		}
	}
	// What comes late does not bring the address back.
	late := naming
	late.Key = "late"
	gone := cameBack("gone", first.ID, 1, "the mailbox is full")
	gone.Subscriber = 0
	if n, err := s.List().Record(t.Context(), []subscribers.Report{late, gone}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if found := inFiles(t, dir, adas, local, hidden); len(found) > 0 {
		t.Errorf("%q are in the files again", found)
	}
	if found, err := s.List().Erase(t.Context(), ada, evening); found || err != nil {
		t.Errorf("once more: got %v, %v, want that nothing is known", found, err)
	}
	if n := number(t, s, `SELECT count(*) FROM reports WHERE edition = 1`); n != 5 {
		t.Errorf("%d reports count for the edition, want 5", n)
	}
}
