package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// story puts a file on the desk that was last changed at a time.
func (n *newsroom) story(t *testing.T, name, headline string, at time.Time) {
	t.Helper()
	path := filepath.Join(n.dir, "desk", name)
	text := fmt.Sprintf("%s \\ Newslooks \\ Lisbon \\ I. Okafor \\ Evening Edition \\ It is so.\n"+
		"Quick Looks\n- One.\nDeep Look\nText about %s.\n", headline, headline)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// desk gives what "articles list" says of each article, by ID.
func (n *newsroom) desk(t *testing.T) map[string]choiceJSON {
	t.Helper()
	c := n.command("articles", "list", "-o", "json")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("articles list: %v\n%s", err, out)
	}
	desk := map[string]choiceJSON{}
	for line := range strings.Lines(string(out)) {
		var one choiceJSON
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		desk[one.ID] = one
	}
	return desk
}

func TestAStoryThatComesAfterTheCutOffIsInTheNextMail(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 1)
	first := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	now := first
	n.clock = func() time.Time { return now }
	if err := os.Remove(filepath.Join(n.dir, "desk", "orlanda.txt")); err != nil {
		t.Fatal(err)
	}
	n.story(t, "printed.txt", "The Harbour Reopens", first.Add(-time.Hour))
	n.story(t, "no-room.txt", "No Room Yet", first.Add(-2*time.Hour))
	n.limit(t, "max_articles = 1")
	n.run(t, "edition", "send", "--yes")

	// It comes with its old time; plans and dry runs look too, and record nothing.
	n.story(t, "late.txt", "It Came Late", first.Add(-3*time.Hour))
	n.story(t, "archive.txt", "An Old Story", first.AddDate(0, 0, -9))
	if err := os.Rename(filepath.Join(n.dir, "desk", "printed.txt"),
		filepath.Join(n.dir, "desk", "renamed.txt")); err != nil {
		t.Fatal(err)
	}
	now = first.AddDate(0, 0, 1)
	n.limit(t, "max_articles = 9")
	n.story(t, "today.txt", "News of Today", now.Add(-time.Hour))
	for _, args := range [][]string{{"edition", "plan"}, {"edition", "send", "--dry-run"}, {"articles", "list"}} {
		if said := n.run(t, args...); !strings.Contains(said, "late: published before the last cut-off") {
			t.Errorf("%v says\n%s", args, said)
		}
	}
	for id, want := range map[string]string{
		"late": "warning: late: ", "today": "", "no-room": "it did not fit into 2026-11-20-evening",
		"archive": "published before", "renamed": `the same text as "printed", which 2026-11-20-evening printed`,
	} {
		got := n.desk(t)[id]
		if got.Picked != (id == "late" || id == "today") || got.Late != (id == "late") ||
			!strings.HasPrefix(got.Reason, want) {
			t.Errorf("%s: got %+v", id, got)
		}
	}
	n.run(t, "edition", "send", "--yes")
	mails := n.copies(t)["reader0000@reader.example"]
	if len(mails) != 2 || !strings.Contains(string(mails[1]), "It Came Late") ||
		strings.Contains(string(mails[1]), "No Room Yet") || strings.Contains(string(mails[1]), "Harbour") {
		t.Errorf("%d mails, the last one is\n%s", len(mails), mails[len(mails)-1])
	}
	n.limit(t, "carry_over = true")
	now = first.AddDate(0, 0, 2)
	desk := n.desk(t)
	if got := desk["no-room"]; !got.Picked || !got.CarriedOver {
		t.Errorf("carried over: got %+v", got)
	}
	if got := desk["late"]; got.Picked {
		t.Errorf("printed twice: %+v", got)
	}
}

// limit sets a key of the edition.
func (n *newsroom) limit(t *testing.T, line string) {
	t.Helper()
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(config), "[[edition]]")
	if err := os.WriteFile(path, []byte(before+"[[edition]]\n"+line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
