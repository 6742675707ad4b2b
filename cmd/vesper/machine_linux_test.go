package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vesper/digest/whole"
)

// TestWhatIsWrongWithTheMachineSaysWhatToDo holds the errors of a machine to a hint each.
func TestWhatIsWrongWithTheMachineSaysWhatToDo(t *testing.T) {
	for cause, want := range map[error]string{
		syscall.EROFS: "mount it for writing", syscall.ENOSPC: "make room", syscall.EDQUOT: "make room",
		syscall.EMFILE: "ulimit -n", syscall.ENFILE: "ulimit -n", io.EOF: "", fs.ErrNotExist: "",
	} {
		wrapped := fmt.Errorf("write x: %w", &fs.PathError{Op: "open", Path: "x", Err: cause})
		if got := machine(wrapped); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%v: %q, want %q", cause, got, want)
		}
	}
}

// TestAReadOnlyDiskIsNamed has the newsroom on a disk that takes no writes, where SQLite
// says that there is no such file.
func TestAReadOnlyDiskIsNamed(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	vesper := n.command("subscribers", "list")
	script := `mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 77; shift; exec "$@"`
	inside := []string{"-m", "sh", "-c", script, n.dir, n.dir, vesper.Path}
	c := exec.Command("unshare", append(inside, vesper.Args[1:]...)...)
	c.Dir, c.Env = n.dir, vesper.Env
	out, err := c.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() == 77 {
		t.Skipf("no folder can be made read-only here: %v\n%s", err, out)
	}
	for _, want := range []string{
		filepath.Join(n.dir, "vesper.db") + ": its folder can't be written to: read-only file system",
		"hint: mount it for writing",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it says\n%s\nwant %q", out, want)
		}
	}
}
