package main

import (
	"os"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// TestWhatOwnTemplatesLeaveOutIsSaid: an edition's template from before there was a block
// of tomorrow is still good, and its desk hears of it.
func TestWhatOwnTemplatesLeaveOutIsSaid(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	const name, block = "email/edition.txt", `{{with .Tomorrow}}{{template "tomorrow" .}}{{end}}`
	source, err := os.ReadFile("../../templates/" + name)
	if err != nil {
		t.Fatal(err)
	}
	const note = "note: own/email/edition.txt has no .Tomorrow: the lines of tomorrow.txt are not printed"
	n.ownFile(t, name, string(source))
	if said := n.run(t, "templates", "check"); strings.Contains(said, "note: ") {
		t.Errorf("got %s", said)
	}
	before, after, found := strings.Cut(string(source), block)
	if !found {
		t.Fatal("the built-in template has no block of tomorrow")
	}
	n.ownFile(t, name, before+after)
	said := n.run(t, "templates", "check")
	if strings.Count(said, "note: ") != 1 || !strings.Contains(strings.ReplaceAll(said, n.dir+"/", ""), note) {
		t.Errorf("got %s, want one note: %s", said, note)
	}
}
