package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/whole"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

func TestEverythingLooksAsItDid(t *testing.T) {
	whole.NotRaced(t)
	specimens, err := Specimens(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range specimens {
		golden(t, s.Name, s.Content)
		for _, flaw := range s.Flaws() {
			t.Errorf("%s: %s", s.Name, flaw)
		}
	}
}

func TestWebViewSaysNothingOfAnyReader(t *testing.T) {
	web, err := renderer(t).WebView(edition(t, five(t)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"/u/", "/p/", "View in browser", "You get this", "subscri"} {
		if strings.Contains(string(web), private) {
			t.Errorf("the web view has %q", private)
		}
	}
	for _, want := range []string{
		"<title>Port Ellery’s Council", "That is the whole edition.", "14 Chandlers Row", `href="#2"`,
	} {
		if !strings.Contains(string(web), want) {
			t.Errorf("the web view lacks %q", want)
		}
	}
}

func TestMessageIsTheSameBytesEveryTime(t *testing.T) {
	r, e := renderer(t), edition(t, five(t)...)
	first, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	golden(t, "message-5.txt", strings.ReplaceAll(string(first[0].Bytes[:1200]), "\x00", "␀"))
}

func TestEndLineSaysWhenTheNextOneComes(t *testing.T) {
	zone := newYork(t)
	today := digest.Date{Year: 2026, Month: time.November, Day: 22}
	for _, c := range []struct {
		next time.Time
		want string
	}{
		{time.Date(2026, 11, 22, 23, 0, 0, 0, zone), "The next one arrives today at 11 p.m."},
		{time.Date(2026, 11, 23, 18, 0, 0, 0, zone), "The next one arrives tomorrow at 6 p.m."},
		{time.Date(2026, 11, 23, 6, 30, 0, 0, zone), "The next one arrives tomorrow at 6:30 a.m."},
		{time.Date(2026, 11, 25, 12, 0, 0, 0, zone), "The next one arrives on Wednesday at noon."},
		{time.Date(2026, 11, 29, 0, 0, 0, 0, zone), "The next one arrives on November 29 at midnight."},
	} {
		e := edition(t, five(t)...)
		e.ID.Date, e.Next = today, c.next
		text, err := renderer(t).Text(e, ines(t))
		if want := "That is the whole edition. " + c.want + "\n"; err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: want %q (%v)", c.next, want, err)
		}
	}
}
