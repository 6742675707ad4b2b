package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// TestWhatTomorrowBringsIsRead as writers save it, and what is wrong is named.
func TestWhatTomorrowBringsIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"Date: 2026-11-24\nThe council votes.\n":                    "The council votes.",
		"\ufeffDate: 2026-11-24\r\n\r\n- One.\r\n• <b>Two</b>.\r\n": "One.|<b>Two</b>.",
		"date :2026-11-24\nغدًا يصوّت المجلس.":                      "غدًا يصوّت المجلس.",
		"Date: 2026-11-24\na\nb\nc\nd\ne":                           "a|b|c|d|e",
		"Date: 2026-11-24\na\nb\nc\nd\ne\nf\ng":                     "!7: more than 5 lines",
		"Date: 2026-11-24\n-5 at night\n– -3 at noon\n— Two.\n":     "-5 at night|-3 at noon|Two.",
		"Date: 24.11.2026\na":                                       `!1: "24.11.2026" is not a date`,
		"Date: 2026-11-31\na":                                       `!1: "2026-11-31" is not a date`,
		"The council votes.\n":                                      "!1: the first line is not a date",
		"Date: 2026-11-24\n":                                        "! nothing follows the date",
		"":                                                          "! the file is empty",
		"Date: 2026-11-24\n-\n":                                     "!2: the line has no text",
		"Date: 2026-11-24\n" + strings.Repeat("a", 161):             "!2: the line has 161 characters",
		"Date: 2026-11-24\na\x00b":                                  "!2: control character",
	} {
		got, err := ParseTomorrow("t", strings.NewReader(text))
		if problem, wrong := strings.CutPrefix(want, "!"); wrong {
			if err == nil || !strings.Contains("t:"+err.Error(), "t:"+strings.TrimPrefix(problem, "")) &&
				!strings.Contains(err.Error(), problem) {
				t.Errorf("%q: got %v, want %q", text, err, problem)
			}
			continue
		}
		if err != nil || strings.Join(got.Lines, "|") != want || got.Date != (digest.Date{Year: 2026, Month: time.November, Day: 24}) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

// TestTomorrowIsNoArticle, whatever letters its name has; no article can take its name.
func TestTomorrowIsNoArticle(t *testing.T) {
	dir := t.TempDir()
	d := Desk{Dir: dir}
	for _, name := range []string{"tomorrow.txt", "Tomorrow.TXT"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("Date: 2026-11-24\nA vote.\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	articles, flaws, err := d.Articles(t.Context())
	if err != nil || len(articles) != 0 || len(flaws) != 1 || !strings.Contains(flaws[0].Error(), "Tomorrow.TXT") {
		t.Errorf("got %v, %v, %v", articles, flaws, err)
	}
	if got, flaws := d.Tomorrow(t.Context()); len(got.Lines) != 1 || len(flaws) != 0 {
		t.Errorf("got %v, %v", got, flaws)
	}
	if ids, err := d.Names(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("got %v, %v", ids, err)
	}
	if _, _, err := d.Add(t.Context(), "TOMORROW.txt", []byte("x")); err == nil {
		t.Error("an article has its name")
	}
	if err := d.Spike(t.Context(), "tomorrow"); err == nil {
		t.Error("it is spiked like an article")
	}
}

func FuzzTomorrow(f *testing.F) {
	f.Add("Date: 2026-11-24\nThe council votes.\n")
	f.Add("\ufeffDate:2026-11-24\r\n- a\r\n\u202eb")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTomorrow("t", strings.NewReader(text))
		if err == nil && (len(got.Lines) < 1 || len(got.Lines) > digest.MostTomorrow || got.Date == (digest.Date{})) {
			t.Errorf("got %+v", got)
		}
		for _, l := range got.Lines {
			if strings.ContainsAny(l, "\r\n\x00") {
				t.Errorf("got the line %q", l)
			}
		}
	})
}
