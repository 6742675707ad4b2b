package store

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"vesper/digest/whole"
)

var allFaults = flag.Bool("faults", false, "let every write fail in all four ways, not in turn in one of two")

// faults is the environment's name for the control file of testdata/fault.c, in
// a process that runs under it.
const faults = "FAULT_CONTROL"

// badDisk builds the library of testdata/fault.c.
func badDisk(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler to make a bad disk with")
	}
	library := filepath.Join(t.TempDir(), "fault.so")
	build := exec.CommandContext(t.Context(), cc,
		"-shared", "-fPIC", "-O1", "-o", library, "testdata/fault.c", "-ldl", "-lpthread")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the compiler makes no bad disk: %v\n%s", err, out)
	}
	return library
}

// disk is the control file, as the process under fault.c sees it.
type disk struct{ file *os.File }

// arm makes the n-th call from now fail, and with onward all after it; 0 heals.
func (d disk) arm(t *testing.T, n int, onward bool, errno syscall.Errno) {
	t.Helper()
	var b []byte
	also := int64(0)
	if onward {
		also = 1
	}
	for _, v := range []int64{0, int64(n), also, int64(errno), 0} {
		b = binary.NativeEndian.AppendUint64(b, uint64(v))
	}
	if _, err := d.file.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
}

// failed is how many calls failed since arm.
func (d disk) failed(t *testing.T) int {
	t.Helper()
	var b [8]byte
	if _, err := d.file.ReadAt(b[:], 32); err != nil {
		t.Fatal(err)
	}
	return int(binary.NativeEndian.Uint64(b[:]))
}

// heal ends the faults.
func (d disk) heal(t *testing.T) {
	t.Helper()
	if _, err := d.file.WriteAt(make([]byte, 8), 8); err != nil {
		t.Fatal(err)
	}
}

// fault is a way in which the disk may fail.
type fault struct {
	name   string
	errno  syscall.Errno
	onward bool
}

// onABadDisk runs try in a process under fault.c with the n-th write failing,
// for n from 1 until none fails. It is the body of a test, which calls itself.
// Without -whole one write of three fails, under the race detector one of nine.
func onABadDisk(t *testing.T, try func(t *testing.T, d disk, f fault)) {
	step := 1
	if whole.Times(t, 1, 3) == 1 {
		step = 3
	}
	if whole.Raced {
		step = 9
	}
	if os.Getenv(faults) == "" {
		control := filepath.Join(t.TempDir(), "control")
		if err := os.WriteFile(control, make([]byte, 40), 0o600); err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), os.Args[0],
			"-test.run=^"+t.Name()+"$", "-test.v", fmt.Sprintf("-faults=%v", *allFaults),
			fmt.Sprintf("-whole=%v", whole.Asked()))
		child.Env = append(os.Environ(), "LD_PRELOAD="+badDisk(t), faults+"="+control, "FAULT_NAME=vesper.db")
		out, err := child.CombinedOutput()
		if found := regexp.MustCompile(`\d\d+ writes failed one by one`).Find(out); err == nil && found != nil {
			t.Logf("%s", found)
			return
		}
		t.Errorf("%v\n%s", err, out)
		return
	}
	file, err := os.OpenFile(os.Getenv(faults), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := disk{file}
	ways := []fault{
		{"EIO once", syscall.EIO, false},
		{"ENOSPC from then on", syscall.ENOSPC, true},
		{"EIO from then on", syscall.EIO, true},
		{"ENOSPC once", syscall.ENOSPC, false},
	}
	n := 1
	for over := false; !over; n += step {
		now := ways
		if !*allFaults {
			now = ways[n%2 : n%2+1]
		}
		over = true
		for _, f := range now {
			d.arm(t, n, f.onward, f.errno)
			try(t, d, f)
			over = over && d.failed(t) == 0
			if t.Failed() {
				t.Fatalf("that was write %d, %s", n, f.name)
			}
		}
	}
	t.Logf("%d writes failed one by one", (n-1)/step-1)
}
