package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// branch is where a template may go one way or another.
var branch = regexp.MustCompile(`\{\{-?\s*(if|with|range|else|define|block)\b[^}]*\}\}`)

// unshown are the branches that no specimen shows: the frame of a desk page, which would ask
// for an edition.
var unshown = []string{"web/desk.html: {{if .Designed}}"}

// TestSpecimensShowEveryKindOfBlock: what "templates check" looks at has all that a template
// can print, so that no flaw waits for an evening of its own.
func TestSpecimensShowEveryKindOfBlock(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	n := newNewsroom(t, 0)
	paths, err := filepath.Glob("../../templates/[ew]*/*.*")
	if err != nil {
		t.Fatal(err)
	}
	marked := map[string]string{}
	for _, path := range paths {
		if filepath.Ext(path) != ".html" && filepath.Ext(path) != ".txt" {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(path, "../../templates/")
		n.ownFile(t, name, branch.ReplaceAllStringFunc(string(source), func(begins string) string {
			mark := fmt.Sprintf("zq%dqz", len(marked))
			marked[mark] = name + ": " + begins
			return begins + mark
		}))
	}
	// The marks are flaws themselves: they stand in styles too.
	_, _ = n.command("templates", "check", "--dir", "own", "--out", "look").Output()
	shown := map[string]bool{}
	specimens, err := filepath.Glob(filepath.Join(n.dir, "look", "*"))
	if err != nil || len(specimens) < 100 {
		t.Fatalf("%d specimens, %v", len(specimens), err)
	}
	for _, path := range specimens {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range regexp.MustCompile(`(?i)zq\d+qz`).FindAllString(string(content), -1) {
			shown[strings.ToLower(mark)] = true
		}
	}
	var missing []string
	for mark, where := range marked {
		if !shown[mark] {
			missing = append(missing, where)
		}
	}
	slices.Sort(missing)
	if !slices.Equal(missing, unshown) {
		t.Errorf("of %d branches no specimen shows\n%s", len(marked), strings.Join(missing, "\n"))
	}
}
