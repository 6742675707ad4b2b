package digest

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestWhyAFileCantBeReadSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("readers.csv", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const give = "give the user who runs vesper the right to read it; ls -l shows who has it"
	for _, c := range []struct {
		path          string
		err           error // nil: what opening it says
		problem, hint string
	}{
		{"reader.csv", nil, "no such file or directory", dir + " has no reader.csv; did you mean readers.csv?"},
		{"x", nil, "no such file or directory", dir + " has no x"},
		{"a/b/c", nil, "no such file or directory", dir + " has no a"},
		{"readers.csv/x", nil, "not a directory", filepath.Join(dir, "readers.csv") + " is a file, not a folder"},
		{"/no-such-folder/a.csv", nil, "no such file or directory", "/ has no no-such-folder"},
		{"", nil, "no such file: the name is empty", "name a file; if a script gives the name, its variable is empty"},
		{"x", &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "permission denied", give},
		{"x", &fs.PathError{Op: "read", Path: "x", Err: syscall.EISDIR}, "it is a folder", "name a file in it"},
		{"x", &fs.PathError{Op: "open", Path: "x", Err: syscall.EIO}, "input/output error", ""},
	} {
		err := c.err
		if err == nil {
			_, err = os.Open(c.path)
		}
		if problem, hint := Unread(c.path, err); problem != c.problem || hint != c.hint {
			t.Errorf("%q: got %q, %q, want %q, %q", c.path, problem, hint, c.problem, c.hint)
		}
	}
}
