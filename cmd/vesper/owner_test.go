package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWhatRootWritesIsTheServices: an admin who is root sets up what the service, which is
// not, must read.
func TestWhatRootWritesIsTheServices(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const service = 65534
	n := newNewsroom(t, 0)
	for _, old := range []string{"vesper.db", "vesper.db-wal", "vesper.db-shm"} {
		os.Remove(filepath.Join(n.dir, old))
	}
	for _, path := range []string{n.dir, filepath.Join(n.dir, "desk")} {
		if err := os.Chown(path, service, service); err != nil {
			t.Fatal(err)
		}
	}
	story := filepath.Join(t.TempDir(), "ferry.txt")
	text, err := samples.ReadFile("samples/orlanda-holds-interest-rates-as-prices-ease.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(story, text, 0o600); err != nil {
		t.Fatal(err)
	}
	n.run(t, "subscribers", "add", "ana@reader.example")
	n.run(t, "dkim", "new")
	n.run(t, "articles", "add", story)
	for _, name := range []string{"vesper.db", "keys", "keys/v1.pem", "desk/ferry.txt"} {
		info, err := os.Stat(filepath.Join(n.dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != service {
			t.Errorf("%s belongs to %d, want %d", name, got, service)
		}
	}
}
