package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"vesper/digest"
	"vesper/digest/whole"
)

func TestWhatMovesATerminalIsShown(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Zürich 東京 مساء 🌊 a\\b", "Zürich 東京 مساء 🌊 a\\b"},
		{"a\x1b[2Jb", `a\x1b[2Jb`},
		{"a\nvesper: all is well", `a\nvesper: all is well`},
		{"a\r\tb\x00\x7f", `a\r\tb\x00\x7f`},
		{"a\u009b2Jb\u0085", `a\u009b2Jb\u0085`},
		{"gpj.\u202etxt\u2066", `gpj.\u202etxt\u2066`},
		{"a\u2028b", `a\u2028b`},
		{"a\xffb\xc3", `a\xffb\xc3`},
	} {
		if got := printable(c.text); got != c.want || printable(got) != got {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
	evil := "a\x1bb\nc"
	var out, talk bytes.Buffer
	a := &app{stdout: &out, stderr: &talk}
	a.print("%s|%s|%s|%s|%s|%d\n", evil, errors.New(evil), &digest.Flaw{File: evil, Problem: evil},
		digest.State(evil), page(evil), 7)
	if want := `a\x1bb\nc|a\x1bb\nc|a\x1bb\nc: a\x1bb\nc|a\x1bb\nc|a\x1bb` + "\nc|7\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	a.say(&exitError{exitUsage, errors.New(evil), evil})
	if want := `vesper: a\x1bb\nc` + "\n" + `hint: a\x1bb\nc` + "\n"; talk.String() != want {
		t.Errorf("got %q, want %q", talk.String(), want)
	}
	out.Reset()
	newEncoder(&out).Encode(map[string]string{"a": "\u009b\u202e\x7f\x1b"})
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["a"] != "\u009b\u202e\x7f\x1b" ||
		strings.ContainsFunc(strings.TrimSpace(out.String()), hidden) {
		t.Errorf("JSON: %q, %v", out.String(), err)
	}
}

// TestEverythingIsPrintedByOneFunction looks into the sources for what passes it by.
func TestEverythingIsPrintedByOneFunction(t *testing.T) {
	whole.NotRaced(t)
	past := regexp.MustCompile(`Fprint\w*\(\w+(\.app)?\.(stdout|stderr)|(stdout|stderr)\.Write|` +
		`os\.Std(out|err)\b|\bfmt\.Print`)
	may := map[string]int{"main.go": 2, "print.go": 2, "progress.go": 2}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := len(past.FindAll(source, -1)); !strings.HasSuffix(file, "_test.go") && found != may[file] {
			t.Errorf("%s: %d lines print past a.print and a.tell, want %d", file, found, may[file])
		}
	}
}

// TestListsSayTheSameInEveryForm: the columns of a CSV are the names in JSON, and
// nothing in it is a formula.
func TestListsSayTheSameInEveryForm(t *testing.T) {
	n := newNewsroom(t, 1)
	evil := "=HYPERLINK(\"http://x\")\x1b[2J"
	article, err := os.ReadFile(filepath.Join(n.dir, "desk/orlanda.txt"))
	if err != nil {
		t.Fatal(err)
	}
	headline, _, _ := strings.Cut(string(article), " \\ ")
	if err := os.WriteFile(filepath.Join(n.dir, "desk/=cmd.txt"),
		[]byte("=1+2 \\ "+strings.SplitN(string(article), " \\ ", 2)[1]+"\nAnother paragraph.\n"), 0o600); err != nil {
		t.Fatal(err, headline)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "desk/@"+evil[:4]+"\x1b"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{stdin: strings.NewReader(""), env: none, now: clock()}
	in := func(args ...string) (string, string) {
		t.Helper()
		_, out, talk := say(t, a, append([]string{"--config", filepath.Join(n.dir, "vesper.toml")}, args...)...)
		return out, talk
	}
	in("subscribers", "add", "+plus@reader.example", "--name", "=1+2\x1b")
	plan, _ := in("edition", "plan", "-o", "json")
	in("edition", "send", "--yes")
	for _, line := range []string{
		"articles list", "edition list", "edition plan", "subscribers list", "subscribers show +plus@reader.example",
	} {
		out, talk := in(append(strings.Fields(line), "-o", "csv")...)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v\n%s", line, len(rows), err, talk)
		}
		asJSON, _ := in(append(strings.Fields(line), "-o", "json")...)
		if line == "edition plan" {
			asJSON = plan
		}
		names := namesIn(t, asJSON)
		for _, column := range rows[0] {
			if !slices.Contains(names, column) {
				t.Errorf("%s: the column %q has no such name in JSON: %q", line, column, names)
			}
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.ContainsFunc(cell, hidden) {
					t.Errorf("%s: the cell %q is a formula, or moves a terminal", line, cell)
				}
			}
		}
	}
}

// namesIn gives the names of all members in some lines of JSON, and of what lies in
// them.
func namesIn(t *testing.T, text string) []string {
	t.Helper()
	names := map[string]bool{}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				names[name] = true
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		look(v)
	}
	return slices.Collect(maps.Keys(names))
}

func TestATableFitsItsTerminal(t *testing.T) {
	l := newLister(&bytes.Buffer{}, "table", column{"PLACE", "place", false}, column{"ARTICLE", "id", false},
		column{"HEADLINE", "headline", true}, column{"REASON", "reason", true})
	rows := [][]string{
		{"PLACE", "ARTICLE", "HEADLINE", "REASON"},
		{"1", "orlanda-holds-rates", "Orlanda Holds Interest Rates as Prices Ease for the Third Month", ""},
		{"", "quay", "東京の港が再び開く、その費用は誰が払うのか、市議会で議論が続く", "labelled for the Morning Edition"},
	}
	for _, width := range []int{200, 100, 80, 60, 40, 24} {
		widths, total := l.widths(rows, width), 0
		for i, w := range widths {
			total += w + gap
			for _, row := range rows {
				if got := text.StringWidth(shortened(row[i], w)); got > w {
					t.Errorf("%d columns: %q has %d, want %d", width, shortened(row[i], w), got, w)
				}
			}
		}
		if total > width {
			t.Errorf("%d columns: the table has %d: %v", width, total, widths)
		}
	}
	if got := l.widths(rows, 80); got[0] != 5 || got[1] != 19 {
		t.Errorf("prose is shortened first: got %v", got)
	}
	if got := l.widths(rows, 1<<30); got[2] != 63 {
		t.Errorf("where there is room nothing is shortened: got %v", got)
	}
}
