package main

import (
	"cmp"
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

// testLogs names the folder in which every run of the program in the tests keeps a
// copy of what it says on stderr; without it none is kept. .ci/run looks through
// them all for addresses and keys.
const testLogs = "TEST_LOGS"

// logFormat is the variable by which the tests read logs as text.
const logFormat = "VESPER_LOG_FORMAT"

// mainKept is main with a copy kept.
func mainKept() { kept(run) }

// clockStart is where the clock of the command vesper-at starts, in RFC 3339.
const clockStart = "CLOCK_START"

// mainAt is the program at another time.
func mainAt() {
	start, err := time.Parse(time.RFC3339, os.Getenv(clockStart))
	if err != nil {
		panic(err)
	}
	began := time.Now()
	kept(func() int { return runAt(func() time.Time { return start.Add(time.Since(began)) }) })
}

// leaseOf is the lease of the command vesper-leased, as 20s, chunkOf how many readers go together.
const (
	leaseOf = "LEASE"
	chunkOf = "CHUNK"
)

// mainLeased is the program with another lease, and with chunks of another size.
func mainLeased() {
	lease, err := time.ParseDuration(os.Getenv(leaseOf))
	if err != nil {
		panic(err)
	}
	chunk, err := strconv.Atoi(cmp.Or(os.Getenv(chunkOf), "0"))
	if err != nil {
		panic(err)
	}
	kept(func() int { return runBy(clock(), sns{}, lease, chunk) })
}

// kept runs the program and exits with its status.
func kept(run func() int) {
	out := os.Stderr
	notForEver(out)
	dir := os.Getenv(testLogs)
	if dir == "" {
		os.Exit(run())
	}
	f, err := os.CreateTemp(dir, "stderr-*.log")
	if err != nil {
		panic(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(io.MultiWriter(out, f), r) })
	os.Stderr = w
	code := run()
	w.Close()
	copied.Wait()
	os.Exit(code)
}
