//go:build unix

package store

import (
	"path/filepath"
	"syscall"
	"testing"
)

// Whoever has just been started as a child has all files of its parent for a moment. What the parent
// gives back is free all the same.
func TestALockIsGivenBackWhoeverHasTheFileToo(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "vesper.db"))
	f, err := takeLock(s.path)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(child)
	if err := unlock(f); err != nil {
		t.Fatal(err)
	}
	again, err := takeLock(s.path)
	if err != nil {
		t.Fatalf("the next one: %v", err)
	}
	again.Close()
}
