package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// SQLite leaves copies of rows behind that it moved to another page. This makes
// many of them, and looks for one that outlived its row.
func TestErasureFindsWhatADeletionLeaves(t *testing.T) {
	whole.NotRaced(t)
	for seed := range whole.Fewer(10) {
		s := newFile(t)
		all := leaveCopies(t, s, rand.New(rand.NewPCG(uint64(seed), 0)))
		left := outlived(t, s, all)
		if len(left) == 0 {
			continue
		}
		t.Logf("seed %d: %d of %d deleted rows are still in the file", seed, len(left), len(all))
		if _, err := s.List().Erase(t.Context(), address(t, left[0]), evening); err != nil {
			t.Fatal(err)
		}
		if left := outlived(t, s, all); len(left) > 0 {
			t.Errorf("%q are in the file", left)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if n := number(t, s, `SELECT count(*) FROM subscribers`); n != len(all) {
			t.Errorf("%d readers are left, want %d", n, len(all))
		}
		return
	}
	t.Skip("this SQLite leaves no copies")
}

// leaveCopies enters readers with rows of many lengths, lengthens some and deletes
// every other one. It gives those who are gone.
func leaveCopies(t *testing.T, s *File, random *rand.Rand) []string {
	t.Helper()
	pragma(t, s, `PRAGMA synchronous = OFF`)
	word := func() string {
		b := make([]byte, 6+random.IntN(18))
		for i := range b {
			b[i] = byte('a' + random.IntN(26))
		}
		return string(b)
	}
	var all, gone []string
	for range 4 {
		for range 1000 {
			all = append(all, fmt.Sprintf("%s@%s.example", word(), word()))
			row := activeReader(t, all[len(all)-1])
			row.Name = strings.Repeat(word(), random.IntN(40))
			if _, _, err := s.List().Add(t.Context(), row, evening); err != nil {
				t.Fatal(err)
			}
		}
		for range 500 {
			execute(t, s, `UPDATE subscribers SET tags = json_array($1) WHERE address_key = $2`,
				strings.Repeat(word(), random.IntN(100)), all[random.IntN(len(all))])
		}
	}
	for i, a := range all {
		if i%2 == 0 {
			gone = append(gone, a)
			execute(t, s, `DELETE FROM subscribers WHERE address_key = $1`, a)
		}
	}
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	return gone
}

// outlived gives which of these addresses, each at a domain of its own, are in the
// database file.
func outlived(t *testing.T, s *File, all []string) []string {
	t.Helper()
	locals := map[string]string{}
	for _, a := range all {
		local, domain, _ := strings.Cut(a, "@")
		locals[domain] = local
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i, c := range b {
		if c != '@' {
			continue
		}
		domain, _, _ := strings.Cut(string(b[i+1:min(i+40, len(b))]), ".example")
		if local, ok := locals[domain+".example"]; ok && bytes.HasSuffix(b[:i], []byte(local)) {
			found = append(found, local+"@"+domain+".example")
		}
	}
	return found
}

// The address is erased however its letters are composed, and however the row has
// them.
func TestAnAddressIsErasedInAnySpelling(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "vesper.db"))
	const given, named = "Rene\u0301e.Quillfeather@quay.example", "ren\u00e9e.quillfeather@QUAY.example"
	r := addReader(t, s, given)
	mustOpen(t, s, 0)
	settleAs(t, s, 1, r.ID, digest.Failed, "<"+given+"> unknown")
	postTo(t, s, digest.Proof, r.Address.Mailbox())
	known, err := s.List().Quotes(t.Context(), address(t, named), 0)
	if len(known.Receipts) != 1 || len(known.Letters) != 1 || err != nil {
		t.Errorf("known before: %+v, %v", known, err)
	}
	if found, err := s.List().Erase(t.Context(), address(t, named), evening); !found || err != nil {
		t.Fatal(found, err)
	}
	if found := inFiles(t, dir, given, named, "Quillfeather"); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}
}
