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

func TestEditionsLookAsTheyDid(t *testing.T) {
	for _, c := range []struct {
		name     string
		articles []digest.Article
		own      bool
	}{
		{"edition-1", five()[:1], false},
		{"edition-2", five()[:2], false},
		{"edition-5", five(), false},
		{"edition-stress", stress(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, e := renderer(t), edition(t, c.articles...)
			if c.own {
				r.Publication.ArticleURL = ""
			}
			html, err := r.HTML(e, ines(t))
			if err != nil {
				t.Fatal(err)
			}
			text, err := r.Text(e, ines(t))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".html", html)
			golden(t, c.name+".txt", text)
		})
	}
}

func TestPagesLookAsTheyDid(t *testing.T) {
	r, e := renderer(t), edition(t, five()...)
	page, err := r.DeepLook(e, e.Articles[0])
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "deep-look.html", string(page))
	web, err := r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"/u/", "View in browser", "You get this", "subscri"} {
		if strings.Contains(string(web), private) {
			t.Errorf("the web view has %q", private)
		}
	}
	for _, want := range []string{"<title>Port Ellery’s Council", "That is the whole edition.", "14 Chandlers Row"} {
		if !strings.Contains(string(web), want) {
			t.Errorf("the web view lacks %q", want)
		}
	}
}

func TestMessageIsTheSameBytesEveryTime(t *testing.T) {
	r, e := renderer(t), edition(t, five()...)
	first, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	golden(t, "message-5.txt", strings.ReplaceAll(string(first[0].Bytes[:1200]), "\x00", "␀"))
}

func TestSizesStayNearTheDesign(t *testing.T) {
	r := renderer(t)
	for _, c := range []struct{ articles, most int }{{1, 7500}, {2, 9700}, {5, 16500}, {12, 25000}, {30, 36000}} {
		e := edition(t, many(c.articles)...)
		html, err := r.HTML(e, ines(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(html) > c.most {
			t.Errorf("%d articles make %d bytes of HTML, want at most %d", c.articles, len(html), c.most)
		}
	}
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
		{time.Date(2026, 11, 21, 18, 0, 0, 0, zone), "That is the whole edition."},
	} {
		got := english().end(c.next, today)
		if !strings.HasSuffix(got, c.want) || !strings.HasPrefix(got, "That is the whole edition.") {
			t.Errorf("%s: got %q, want … %q", c.next, got, c.want)
		}
	}
}
