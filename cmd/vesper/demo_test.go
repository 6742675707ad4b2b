package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheDemoOpensOnTheDesignedCopy: the mailbox opens on what came last.
func TestTheDemoOpensOnTheDesignedCopy(t *testing.T) {
	t.Parallel()
	demo := exec.Command("vesper", "demo", "--once")
	demo.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := demo.Output()
	if err != nil {
		t.Fatalf("vesper demo: %v\n%s", err, out)
	}
	var designed []bool
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || filepath.Ext(fields[1]) != ".eml" {
			continue
		}
		message, err := os.ReadFile(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		designed = append(designed, bytes.Contains(message, []byte("text/html")))
	}
	if len(designed) != len(demoReaders) || designed[0] || !designed[len(designed)-1] {
		t.Errorf("designed are %v, want the first plain and the last designed", designed)
	}
}
