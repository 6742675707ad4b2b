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

// TestWhatRootKeepsForItselfStaysRootsAfterARestore: the service may read its configuration
// and not change it.
func TestWhatRootKeepsForItselfStaysRootsAfterARestore(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const service = 65534
	n := newNewsroom(t, 1)
	config := filepath.Join(n.dir, "vesper.toml")
	backup := filepath.Join(t.TempDir(), "vesper.tar.gz")
	n.run(t, "backup", backup)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	belongs := func(want uint32) {
		t.Helper()
		info, err := os.Stat(config)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != want {
			t.Errorf("the configuration belongs to %d, want %d", got, want)
		}
	}
	if err := os.Chown(filepath.Join(n.dir, "vesper.db"), service, service); err != nil {
		t.Fatal(err)
	}
	// The same, then another one that is replaced, then none.
	n.run(t, "restore", backup, "--accept")
	belongs(0)
	if err := os.WriteFile(config, append(text, "\n# by hand\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(config, 0o640); err != nil {
		t.Fatal(err)
	}
	n.run(t, "restore", backup, "--accept", "--force")
	belongs(0)
	if info, err := os.Stat(config); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v: the configuration has mode %v, want 0640", err, info.Mode())
	}
}
