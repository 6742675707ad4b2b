package render

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// storedCopies are deliveries whose values are usual, long, or need escapes, or move what
// follows to the start of a line.
func storedCopies(t testing.TB) []digest.Delivery {
	reader := ines(t)
	long := strings.Repeat("a", 64) + "@" + strings.Repeat("b", 10) + strings.Repeat(".cd", 30) + ".example"
	var all []digest.Delivery
	for i, address := range []string{reader.Address, "o'neil+news&more@reader.example", long, "zoë@büro.example"} {
		d := delivery(reader)
		d.Key, d.Address, d.FirstDue = int64(i), address, d.FirstDue.Add(time.Duration(i)*time.Hour)
		d.Since = d.Since.AddDate(0, i, -11)
		if i == 3 {
			d.Since, d.Preferences = time.Time{}, ""
		}
		all = append(all, d)
	}
	return all
}

// TestWhatWasStoredBeforeGoesOutAsBefore composes copies of messages that an older
// version has stored: whoever gets one again must get the same bytes.
func TestWhatWasStoredBeforeGoesOutAsBefore(t *testing.T) {
	files, err := filepath.Glob("testdata/stored/*.message")
	if err != nil || len(files) < 3 {
		t.Fatalf("got %d files (%v)", len(files), err)
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewComposer([]digest.Message{{Variant: digest.Designed, Bytes: message}}, returnPath)
		if err != nil {
			t.Fatal(err)
		}
		var sums strings.Builder
		for _, d := range storedCopies(t) {
			e, err := c.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&sums, "%x %d %s\n", sha256.Sum256(e.Data), len(e.Data), e.From)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".message") + ".sums")
		if err != nil || string(want) != sums.String() {
			t.Errorf("%s: got\n%swant\n%s (%v)", file, sums.String(), want, err)
		}
	}
}
