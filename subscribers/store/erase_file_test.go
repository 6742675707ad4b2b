package store

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// The database is not written anew because a namesake is on the list.
func TestANamesakeIsNoTraceOfTheErased(t *testing.T) {
	s := newFile(t)
	ada, other := address(t, adas), address(t, "Ada.Quillfeather@elsewhere.example")
	for _, a := range []subscribers.Address{ada, other} {
		r := subscribers.Subscriber{Address: a, Name: name, Status: subscribers.Active}
		if _, _, err := s.List().Add(t.Context(), r, evening); err != nil {
			t.Fatal(err)
		}
	}
	postTo(t, s, digest.Welcome, other.Mailbox())
	// Relays quote the namesake: in a reply of that reader's own, which no index has,
	// and of another's, which one has.
	third := addReader(t, s, "third@engine-room.example")
	mustOpen(t, s, 0)
	namesake, err := s.List().Subscriber(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	settleAs(t, s, 1, namesake.ID, digest.Failed, "<"+other.Mailbox()+"> unknown")
	settleAs(t, s, 1, third.ID, digest.Failed, "goes on to <"+other.Mailbox()+">, who is unknown")
	if found, err := s.List().Erase(t.Context(), ada, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	for _, trace := range traces(ada, ada.String(), name) {
		found, err := s.countBytes([][]byte{trace})
		if err != nil {
			t.Fatal(err)
		}
		live, err := s.countRows(t.Context(), string(trace))
		if found[0] != live || live == 0 || err != nil {
			t.Errorf("%s is in the file %d times, in rows %d times (%v)", trace, found[0], live, err)
		}
	}
	if left, err := s.leftBehind(t.Context(), traces(ada, ada.String(), name)); left || err != nil {
		t.Errorf("got %v, %v, want that nothing outlives its row", left, err)
	}
	// What no row has is a trace, beside a namesake too.
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(adas); err != nil {
		t.Fatal(err)
	}
	if left, err := s.leftBehind(t.Context(), traces(ada, ada.String(), name)); !left || err != nil {
		t.Errorf("a copy that no row has is not found (%v)", err)
	}
}

func TestOccurrencesAreCountedAcrossWindows(t *testing.T) {
	for shift := range 40 {
		text := strings.Repeat(".", 1<<20-20+shift) + "ada@quay" + strings.Repeat("-", 1<<20) + "ada@quay, and ada@sea"
		got, err := countIn(strings.NewReader(text), [][]byte{[]byte("ada@"), []byte("ada@quay"), []byte("bo@")})
		if diff := cmp.Diff([]int{3, 2, 0}, got); diff != "" || err != nil {
			t.Errorf("shifted by %d: %v %s", shift, err, diff)
		}
	}
}

func TestScrubbing(t *testing.T) {
	a := address(t, "Ines@bücher.example")
	for text, want := range map[string]string{
		"<ines@XN--BCHER-KVA.example>: gone":  "<…>: gone",
		"INES@BÜCHER.EXAMPLE and ines@b.test": "… and …@b.test",
		"no mailbox ines":                     "no mailbox …",
		"Inessa, lines":                       "Inessa, lines",
		"250 ok":                              "250 ok",
		"\xff ines\xff":                       "\xff …\xff",
	} {
		if got := scrub(text, a, true); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
