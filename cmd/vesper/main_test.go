package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vesper/digest/whole"
)

// TestMain makes the test binary the program itself, for tests that run it as a
// process of its own, and the SMTP server that the fault tests believe.
func TestMain(m *testing.M) {
	// Under the race detector a process sleeps for a second before it exits.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	// The program itself comes by here too, with what a test says.
	if _, said := os.LookupEnv(logFormat); !said {
		os.Setenv(logFormat, "text")
	}
	// Many tests wait: for a lease, a rate, a disk. Meanwhile others go on. The race
	// detector takes so much time and memory that fewer are better.
	flag.Set("test.parallel", map[bool]string{false: "8", true: "4"}[whole.Raced])
	testscript.Main(closing{m}, map[string]func(){
		"vesper": mainKept, "vesper-at": mainAt, "oracle": runOracle, "worker": runWorker,
		"vesper-sns": mainSNS, "vesper-leased": mainLeased,
	})
}
