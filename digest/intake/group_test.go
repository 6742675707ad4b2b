package intake

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"vesper/digest"
)

// Whoever may write to the desk may mend what is fetched: editors are of its group.
func TestFilesOfADeskAreItsGroups(t *testing.T) {
	for _, c := range []struct{ desk, file, spiked fs.FileMode }{
		{0o700, 0o600, 0o700 | fs.ModeDir},
		{0o755, 0o600, 0o700 | fs.ModeDir},
		{0o770, 0o660, 0o770 | fs.ModeDir | fs.ModeSetgid},
	} {
		t.Run(c.desk.String(), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(dir, c.desk); err != nil {
				t.Fatal(err)
			}
			d := Desk{Dir: dir}
			text := WriteHouse(digest.Article{Headline: "Ferry Runs Again", Feed: "https://quay.example/feed/"})
			if _, _, err := d.Add(t.Context(), "ferry.txt", text); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(dir, "ferry.txt")); err != nil || info.Mode() != c.file {
				t.Errorf("the file: %v, %v; want %v", info, err, c.file)
			}
			if err := d.Spike(t.Context(), "ferry"); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(dir, spiked)); err != nil || info.Mode() != c.spiked {
				t.Errorf("the folder of spiked ones: %v, %v; want %v", info, err, c.spiked)
			}
		})
	}
}
