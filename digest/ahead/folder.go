package ahead

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Folder is where the files are: beside a database.
type Folder struct {
	// Database is the path of the database.
	Database string
}

// suffix stands between the database's name and an edition's number.
const suffix = ".ahead-"

func (f Folder) path(number uint32) string {
	return f.Database + suffix + strconv.FormatUint(uint64(number), 10)
}

// Make gives an edition's file to be added to: the one that is there, if its signatures
// have that length and that name, else a new one.
func (f Folder) Make(number uint32, made int, name [32]byte) (*File, error) {
	file, err := open(f.path(number), number, made, name, os.O_RDWR)
	if err == nil {
		if err = file.resume(); err == nil {
			return file, nil
		}
		err = errors.Join(err, file.Close())
	}
	if errors.Is(err, fs.ErrNotExist) {
		file, err = create(f.path(number), number, made, name)
	}
	if err != nil {
		return nil, fmt.Errorf("keep signatures of edition with ledger number %d: %w", number, err)
	}
	return file, nil
}

// spare is what signatures leave free of a disk: the ledger comes first.
const spare = 256 << 20

// Room says, by an error, that the disk has no room for so many signatures of this length in
// an edition's file. What lies in it already needs none.
func (f Folder) Room(number uint32, made, many int) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(f.Database), &disk); err != nil {
		return fmt.Errorf("look how much is free for signatures: %w", err)
	}
	free, need := uint64(disk.Bavail)*uint64(disk.Bsize), uint64(headSize)+uint64(many)*uint64(recordSize(made))
	if has, err := os.Stat(f.path(number)); err == nil {
		need -= min(need, uint64(has.Size()))
	}
	if free < need+spare {
		return fmt.Errorf("%d MB of signatures leave too little of the %d MB that are free beside the database",
			need>>20, free>>20)
	}
	return nil
}

// Open gives an edition's file to look in, if there is one, as Make would find it; nil
// otherwise.
func (f Folder) Open(number uint32, made int, name [32]byte) *File {
	file, err := open(f.path(number), number, made, name, os.O_RDONLY)
	if err != nil {
		return nil
	}
	return file
}

// Keep deletes the files of all editions but these.
func (f Folder) Keep(numbers ...uint32) error {
	entries, err := os.ReadDir(filepath.Dir(f.Database))
	if err != nil {
		return fmt.Errorf("delete signatures: %w", err)
	}
	for _, e := range entries {
		of, is := strings.CutPrefix(e.Name(), filepath.Base(f.Database)+suffix)
		number, bad := strconv.ParseUint(of, 10, 32)
		if !is || bad != nil || slices.Contains(numbers, uint32(number)) {
			continue
		}
		if err := f.Remove(uint32(number)); err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes an edition's file, if there is one.
func (f Folder) Remove(number uint32) error {
	err := os.Remove(f.path(number))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete signatures of edition with ledger number %d: %w", number, err)
	}
	return nil
}
