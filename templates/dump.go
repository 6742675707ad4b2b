package templates

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Dump writes the built-in files into a folder, for editing, and gives their paths. It
// makes the folder. If one of the files is there already, nothing is written and the
// error is [fs.ErrExist].
func Dump(dir string) ([]string, error) {
	sources, err := new(Set).read("")
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(sources))
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, name), fs.ErrExist)
		}
	}
	var paths []string
	for _, name := range names {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			return paths, err
		}
		if err := os.WriteFile(p, []byte(sources[name]), 0o600); err != nil {
			return paths, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}
