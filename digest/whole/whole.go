// Package whole lets a test of many kinds in many places run one of each while people
// work, and all of them in .ci/run, those that take longest in .ci/long. Only tests use it.
package whole

import (
	"flag"
	"testing"
)

var asked = flag.Bool("whole", false, "run every case of the tests, not one of each kind")

// Asked says whether every case is to run: the flag -whole was given.
func Asked() bool { return *asked }

// Times gives how often a test does something: all with -whole, else few. In the second
// case the test says so, in a line by which .ci/run finds what to run whole.
func Times(t testing.TB, few, all int) int {
	t.Helper()
	if *asked || few >= all {
		return all
	}
	t.Logf("%d of %d cases of %s: -whole has all", few, all, t.Name())
	return few
}

// First gives the cases that a test runs: all of them with -whole, else the first few. These
// must be one of each kind.
func First[C any](t testing.TB, few int, all []C) []C {
	t.Helper()
	return all[:Times(t, few, len(all))]
}

// NotRaced skips a test under the race detector. It is for what takes long with it, and in
// which nothing runs side by side: .ci/run has it in its plain run.
func NotRaced(t testing.TB) {
	t.Helper()
	if Raced {
		t.Skip("the run without the race detector has this test")
	}
}

// Fewer gives a third of so many rounds under the race detector, and all without it.
func Fewer(rounds int) int {
	if Raced {
		return (rounds + 2) / 3
	}
	return rounds
}
