package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestTheUnitIsConfined has systemd judge the unit: 0 is what can do nothing, 10 is what can do all.
func TestTheUnitIsConfined(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed: the package systemd has it")
	}
	n := newNewsroom(t, 0)
	binary, err := exec.LookPath("vesper")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "vesper.service")
	text := n.output(t, "install-service", "-n", "--binary", binary)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", file).CombinedOutput()
	if err != nil {
		t.Errorf("it is exposed more than 1.5: %v\n%s", err, out)
	}
	exposure := regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if exposure == nil {
		t.Fatalf("no exposure in %s", out)
	}
	t.Logf("exposure %s of 10", exposure[1])
	stop := regexp.MustCompile(`(?m)^TimeoutStopSec=(\d+)s$`).FindStringSubmatch(text)
	if stop == nil {
		t.Fatal("the unit does not say how long a stop may take")
	}
	if seconds, err := strconv.Atoi(stop[1]); err != nil || seconds < 35 {
		t.Errorf("a stop may take %s s, want 35 at least: messages in transit have 25", stop[1])
	}
	// What else is not right would be said. Man pages come with the package.
	out, err = exec.Command("systemd-analyze", "verify", "--man=no", file).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd says %v: %s", err, out)
	}
}
