//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
)

// A pipe without a writer hangs as a share does whose server is away.
func TestAFolderThatHangsKeepsNobodyFromStarting(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "en.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := func() ([]byte, error) { return os.ReadFile(pipe) }
	got, err := answered(filepath.Dir(pipe), 50*time.Millisecond, read)
	flaw, is := errors.AsType[*digest.Flaw](err)
	if got != nil || !is || flaw.Hint == "" || !strings.Contains(flaw.Error(), "gave no answer within 50ms") {
		t.Errorf("got %q, %v", got, err)
	}
	// Whoever hangs is let go.
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := os.Rename(pipe, pipe+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pipe, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := answered(filepath.Dir(pipe), time.Minute, read); string(got) != "{}" || err != nil {
		t.Errorf("once it answers: %q, %v", got, err)
	}
}
