package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// jsonService is serve as it logs where nobody looks on.
func (n *newsroom) jsonService(t *testing.T, at string) *service {
	ctx, stop := context.WithCancel(t.Context())
	s := &service{heard: &heard{words: map[string]chan struct{}{}}, stop: stop, code: make(chan int, 1)}
	a := &app{
		stdin: strings.NewReader(""), stdout: s, stderr: s, now: clockAt(t, at),
		env: func(string) string { return "" },
	}
	go func() { s.code <- a.execute(ctx, []string{"--config", filepath.Join(n.dir, "vesper.toml"), "serve"}) }()
	t.Cleanup(stop)
	return s
}

// documented are the messages that .github/DETAILS.md names: levels and keys of each.
func documented(t *testing.T) map[string]struct{ levels, keys []string } {
	t.Helper()
	text, err := os.ReadFile("../../.github/DETAILS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n## Messages in the log\n")
	if !ok {
		t.Fatal("there is no such section")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	word := regexp.MustCompile("`([^`]+)`")
	all := map[string]struct{ levels, keys []string }{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| `") {
			continue
		}
		var keys []string
		for _, m := range word.FindAllStringSubmatch(cells[2], -1) {
			keys = append(keys, m[1])
		}
		for _, m := range word.FindAllStringSubmatch(cells[0], -1) {
			all[m[1]] = struct{ levels, keys []string }{strings.Split(strings.ToUpper(cells[1]), ", "), keys}
		}
	}
	return all
}

// TestTheMessagesOfALogAreAsDocumented has four evenings: one as it should be with a reader
// who is refused and a feed that is dead, one with nothing to print, one that is missed, and
// one that the relay refuses. Each message that is documented has its level and its keys.
func TestTheMessagesOfALogAreAsDocumented(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	n := newNewsroom(t, 3)
	n.asks(t, "subscribers", "add", "rcpt550.gone@reader.example")
	well := n.config(t) + "[[feed]]\nurl = \"http://127.0.0.1:1/feed\"\nallow_private = [\"127.0.0.1\"]\n"
	n.write(t, "vesper.toml", well)
	n.written(t, clockAt(t, "2030-01-01T12:00:00Z")())
	var log strings.Builder
	serves := func(at string, says ...string) {
		t.Helper()
		s := n.jsonService(t, at)
		for _, word := range says {
			s.says(t, `"msg":"`+word+`"`)
		}
		s.ends(t)
		log.WriteString(s.String())
	}
	serves("2030-01-01T12:00:00Z", "serving", "feed not read")
	serves("2030-01-01T17:59:59Z", "edition done")
	article := filepath.Join(n.dir, "desk", "orlanda.txt")
	if err := os.Remove(article); err != nil {
		t.Fatal(err)
	}
	serves("2030-01-02T18:00:05Z", "nothing to print")
	serves("2030-01-02T18:20:00Z", "alarm") // as it begins it looks at once
	serves("2030-01-04T12:00:00Z", "edition missed")
	s := n.jsonService(t, "2030-01-04T12:20:00Z")
	n.untilWell(t, digest.AlarmEmpty)
	s.ends(t)
	log.WriteString(s.String())
	serves("2030-01-04T12:40:00Z", "alarm over")
	port := teller(t, "MAIL", "550 5.7.1 we don't know you")
	n.write(t, "vesper.toml", strings.Replace(well, fmt.Sprint(n.port), fmt.Sprint(port), 1))
	other, err := samples.ReadDir("samples")
	if err != nil {
		t.Fatal(err)
	}
	text, err := samples.ReadFile("samples/" + other[0].Name())
	if err != nil {
		t.Fatal(err)
	}
	article = filepath.Join(n.dir, "desk", "coastal.txt")
	at := clockAt(t, "2030-01-04T13:00:00Z")()
	writeFile(t, article, string(text))
	if err := os.Chtimes(article, at, at); err != nil {
		t.Fatal(err)
	}
	serves("2030-01-04T18:00:05Z", "edition paused")

	known, seen := documented(t), map[string]bool{}
	for _, line := range logLines(t, log.String()) {
		msg := line["msg"].(string)
		is, ok := known[msg]
		if !ok {
			continue
		}
		seen[msg] = true
		if !slices.Contains(is.levels, line["level"].(string)) {
			t.Errorf("%q is of level %s, and documented as %q", msg, line["level"], is.levels)
		}
		for key := range line {
			if key != "time" && key != "level" && key != "msg" && !slices.Contains(is.keys, key) {
				t.Errorf("%q has a key %s that is not documented: %v", msg, key, line)
			}
		}
	}
	for _, msg := range []string{
		"serving", "scheduled", "edition opened", "edition done", "not delivered", "feed not read", "nothing to print",
		"alarm", "alarm over", "edition missed", "edition paused", "relay is down",
	} {
		if !seen[msg] {
			t.Errorf("%q is not in the log, or not documented\n%s", msg, &log)
		}
	}
}
