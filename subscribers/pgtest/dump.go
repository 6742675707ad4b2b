//go:build unix

package pgtest

import (
	"path/filepath"
	"strings"
	"testing"
)

// Restored makes a backup of a database with pg_dump, puts it back under another name with
// pg_restore, and gives that one's address.
func (s *Server) Restored(t testing.TB, of, name string) string {
	t.Helper()
	url, file := s.Database(t, name), filepath.Join(s.Dir, name+".dump")
	for _, line := range [][]string{
		{"pg_dump", "--format=custom", "--host", s.Dir, "--username", "postgres", "--file", file, of},
		{"pg_restore", "--exit-on-error", "--host", s.Dir, "--username", "postgres", "--dbname", name, file},
	} {
		line = append(append(strings.Fields(s.as), filepath.Join(s.bin, line[0])), line[1:]...)
		if out, err := s.command(line[0], line[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
	return url
}
