package store

import (
	"path/filepath"
	"testing"
)

func TestAMoveToAFullDiskLeavesNothing(t *testing.T) {
	file, server := aHouse(t, filepath.Join(t.TempDir(), "vesper.db"), 2000), aServer(t)
	if _, err := Move(t.Context(), moving1(file, server)); err != nil {
		t.Fatal(err)
	}
	folder := smallDisk(t, "400k")
	back := Place{Path: filepath.Join(folder, "back.db")}
	if _, err := Move(t.Context(), moving1(server, back)); !isFull(err) {
		t.Errorf("got %v, want that the disk is full", err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "back.db*"))
	if err != nil || len(names) != 1 || names[0] != back.Path+".lock" {
		t.Errorf("it left %v, %v", names, err)
	}
	isUntouched(t, server, Place{Path: filepath.Join(t.TempDir(), "back.db")})
}
