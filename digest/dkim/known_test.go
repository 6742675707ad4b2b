package dkim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

// TestAnOldSignerIsFoundByItsFingerprint: whatever its file is called by now.
func TestAnOldSignerIsFoundByItsFingerprint(t *testing.T) {
	dir, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	old, err := New(Options{
		Domain: "courier.example", Selector: "v1",
		KeyFile: filepath.Join(dir, "v1.pem"), Ed25519KeyFile: filepath.Join(dir, "v1-ed.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	known := old.Signing()
	if known.Domain != "courier.example" || known.Selector != "v1" || len(strings.Fields(known.Keys)) != 2 {
		t.Fatalf("it is known by %+v", known)
	}
	moved, empty := t.TempDir(), t.TempDir()
	for from, to := range map[string]string{"v1.pem": "old.key", "v1-ed.pem": "older.key"} {
		text, err := os.ReadFile(filepath.Join(dir, from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(moved, to), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(moved, "a.txt"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Find(known, empty, "/nowhere", moved)
	if err != nil {
		t.Fatal(err)
	}
	want, err := old.Sign([]byte(message), at)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := found.Sign([]byte(message), at); string(got) != string(want) || err != nil {
		t.Errorf("it signs %q, %v, want %q", got, err, want)
	}
	if found.Signing() != known {
		t.Errorf("it is known by %+v, want %+v", found.Signing(), known)
	}
	if err := os.Remove(filepath.Join(moved, "older.key")); err != nil {
		t.Fatal(err)
	}
	if s, err := Find(known, moved); err == nil {
		t.Errorf("without one of its keys it is %+v", s)
	}
	for _, bad := range []digest.Signing{
		{}, {Domain: "courier.example", Selector: "v1"}, {Domain: "x", Keys: known.Keys},
	} {
		if _, err := Find(bad, dir); err == nil {
			t.Errorf("%+v is found", bad)
		}
	}
}
