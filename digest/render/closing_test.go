package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/templates"
)

// TestAnEditionClosesWithWhatIsTrue: each sentence stands in both parts, or in neither.
func TestAnEditionClosesWithWhatIsTrue(t *testing.T) {
	whole.NotRaced(t)
	const reply, images, once, archive = "it reaches the desk", "No images.", "One email an evening.", "All editions"
	picture := filepath.Join(t.TempDir(), "email")
	if err := os.Mkdir(picture, 0o700); err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("../../templates/email/edition.html")
	if err != nil {
		t.Fatal(err)
	}
	const bottom = `{{template "bottom" .}}`
	own := strings.Replace(string(ours), bottom, `<tr><td><img src="https://x.example/a.png" alt="A"></td></tr>`+bottom, 1)
	if err := os.WriteFile(filepath.Join(picture, "edition.html"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{Dir: filepath.Dir(picture)})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Renderer, *digest.Edition)
		lacks  []string
	}{
		"all":                {func(*Renderer, *digest.Edition) {}, nil},
		"nobody reads":       {func(r *Renderer, _ *digest.Edition) { r.Publication.ReplyTo = "no-reply@x.example" }, []string{reply}},
		"no archive":         {func(r *Renderer, _ *digest.Edition) { r.Publication.Unlisted = true }, []string{archive}},
		"several slots":      {func(r *Renderer, _ *digest.Edition) { r.Publication.Rhythm = "" }, []string{once}},
		"a correction":       {func(_ *Renderer, e *digest.Edition) { e.ID.Sequence = 2 }, []string{once}},
		"images of somebody": {func(r *Renderer, _ *digest.Edition) { r.Templates = set }, []string{images, "No tracking."}},
	} {
		r, e := renderer(t), edition(t, five(t)...)
		r.Publication.Rhythm, r.Publication.ReplyTo = digest.OnceAnEvening, "desk@courier.example"
		c.change(&r, &e)
		page, text := bothParts(t, r, e)
		for _, said := range []string{reply, images, "No tracking.", once, archive, "Forwarded to you?", "Get your own"} {
			want := 1
			for _, l := range c.lacks {
				if l == said {
					want = 0
				}
			}
			if n, m := strings.Count(page, said), strings.Count(text, said); n != want || m != want {
				t.Errorf("%s: %q stands %d and %d times, want %d", name, said, n, m, want)
			}
		}
		if !strings.Contains(page, `href="`+r.Publication.BaseURL+`/s"`) {
			t.Errorf("%s: no link to sign up", name)
		}
		if n := len(links(t, page)); n%2 != 0 {
			t.Errorf("%s: %d links", name, n)
		}
	}
}

// TestTomorrowIsTextInAllParts, in its own direction, and each message is another with it.
func TestTomorrowIsTextInAllParts(t *testing.T) {
	r, e := renderer(t), edition(t, five(t)...)
	before, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	e.Tomorrow = digest.Tomorrow{
		Date: e.ID.Date.AddDays(1), Lines: []string{"The <b>council</b> votes\non dikes.", "مجلس المدينة يصوّت."},
	}
	page, text := bothParts(t, r, e)
	web, err := r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]string{"HTML": page, "web view": string(web)} {
		if !strings.Contains(part, "The &lt;b&gt;council&lt;/b&gt; votes on dikes.") || !strings.Contains(part, `dir="rtl"`) ||
			!strings.Contains(part, "Monday, November 23") {
			t.Errorf("the %s lacks a line", name)
		}
	}
	if !strings.Contains(text, "Tomorrow: Monday, November 23\n\n- The <b>council</b> votes on dikes.\n- مجلس") {
		t.Errorf("the text is\n%s", text)
	}
	after, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	for i := range after {
		if string(after[i].Bytes) == string(before[i].Bytes) {
			t.Errorf("the %s message does not have it", after[i].Variant)
		}
	}
}
