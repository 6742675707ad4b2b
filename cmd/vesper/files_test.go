package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAFileIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	a := &app{stdout: &bytes.Buffer{}, stderr: io.Discard}
	path := filepath.Join(dir, "readers.csv")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	has := func(want string) {
		t.Helper()
		got, err := os.ReadFile(path)
		entries, _ := os.ReadDir(dir)
		if string(got) != want || err != nil || len(entries) != 1 {
			t.Errorf("got %q, %v, %d files; want %q", got, err, len(entries), want)
		}
	}
	f, err := a.create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("after"))
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("%d files while it is written", len(entries))
	}
	f.drop()
	has("before")
	if err := a.write(path, []byte("after")); err != nil {
		t.Fatal(err)
	}
	has("after")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others can read it", info.Mode(), err)
	}
}

func TestFilesAreNotWrittenThroughLinksOrOverDatabases(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: io.Discard}
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(in("list"), []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("vesper.db"), []byte("SQLite format 3\x00 and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"link": in("list"), "dangling": in("new"), "null": os.DevNull} {
		if err := os.Symlink(to, in(link)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"link": "is a symbolic link", "dangling": "is a symbolic link", "vesper.db": "is a database", ".": "is a folder",
		"no/folder": "no such file",
	} {
		err := a.write(in(name), []byte("other"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if got, err := os.ReadFile(in("list")); string(got) != "kept" || err != nil {
		t.Errorf("the link's file has %q, %v", got, err)
	}
	if _, err := os.Stat(in("new")); err == nil {
		t.Error("the file was made that a link names")
	}
	// What is no file is written to as it is.
	if err := a.write("-", []byte("out")); err != nil || out.String() != "out" {
		t.Errorf("-: %q, %v", out.String(), err)
	}
	if err := a.write(in("null"), []byte("gone")); err != nil {
		t.Errorf("a device: %v", err)
	}
	if err := syscall.Mkfifo(in("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, _ := os.ReadFile(in("pipe"))
		read <- string(b)
	}()
	if err := a.write(in("pipe"), []byte("through")); err != nil || <-read != "through" {
		t.Errorf("a pipe: %v", err)
	}
	if info, err := os.Lstat(in("pipe")); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe became %v, %v", info.Mode(), err)
	}
}
