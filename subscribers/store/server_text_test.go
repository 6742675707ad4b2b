//go:build unix

package store

import (
	"path/filepath"
	"testing"

	"vesper/digest"
)

// A file takes any octets for a text. Whoever moves it to a server keeps the rest.
func TestWhatIsNoTextIsMovedToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	f := digest.FeedState{URL: "https://post.example/feed", ETag: "\"\xe4\x00\"", Modified: "heute", Good: evening}
	if err := s.Feeds().Record(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	server := aServer(t)
	if _, err := Move(t.Context(), moving1(Place{Path: path}, server)); err != nil {
		t.Fatal(err)
	}
	there, err := openAt(t, server, true)
	if err != nil {
		t.Fatal(err)
	}
	got, err := there.Feeds().Feed(t.Context(), f.URL)
	if got.ETag != "\"\uFFFD\uFFFD\"" || got.Modified != "heute" || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}
