package marker

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// mount mounts a file system of its own on a folder until the test ends.
func mount(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.WriteFile(filepath.Join(dir, "story.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Nobody would notice that it is not mounted, and nothing is held for that.
func TestAFolderThatCantBeWrittenToIsSaid(t *testing.T) {
	r, share := &register{}, t.TempDir()
	mount(t, share)
	if err := syscall.Mount("", share, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	h := machine(r, "ours", share)
	if made, err := h.Mark(t.Context()); len(made) > 0 || !errors.Is(err, syscall.EROFS) {
		t.Errorf("made %v, %v", made, err)
	}
	if err := h.See(t.Context()); err != nil {
		t.Error(err)
	}
	// Somebody who may write there does what the hint says: it is known from then on.
	if err := syscall.Mount("", share, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(share, File), []byte("ours\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", share, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	marks(t, h)
	if len(r.kinds) != 1 {
		t.Errorf("it knows of %v", r.kinds)
	}
}

func TestAShareThatIsUnmountedIsNoticed(t *testing.T) {
	share := t.TempDir()
	// What was written there while nothing was mounted.
	if err := os.WriteFile(filepath.Join(share, "old.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mount(t, share)
	h := machine(&register{}, "ours", share)
	marks(t, h)
	if err := syscall.Unmount(share, 0); err != nil {
		t.Fatal(err)
	}
	unseen(t, h, "is not there")
}
