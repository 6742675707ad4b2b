package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// logLine is one of the log, as a program reads it.
type logLine map[string]any

// snake is how a key is written.
var snake = regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)*$`)

// logLines reads a log that has nothing in it but lines of JSON.
func logLines(t *testing.T, log string) []logLine {
	t.Helper()
	var all []logLine
	for line := range strings.Lines(log) {
		var f logLine
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if !strings.HasPrefix(line, `{"time":"`) {
			t.Errorf("it does not begin with its time: %s", line)
		}
		for key, value := range f {
			if _, table := value.(map[string]any); table || !snake.MatchString(key) {
				t.Errorf("%q is not one word and its value: %s", key, line)
			}
		}
		all = append(all, f)
	}
	return all
}

// TestAProgramReadsInTheLogHowAnEditionWent: without a terminal each line is an object, and
// "edition done" has the sums of its ledger.
func TestAProgramReadsInTheLogHowAnEditionWent(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 3)
	n.asks(t, "subscribers", "add", "rcpt550.gone@reader.example")
	early := clockAt(t, "2030-01-01T12:00:00Z")
	n.written(t, early())
	first := n.service(t, early)
	first.says(t, "msg=serving")
	first.ends(t)

	log := &heard{words: map[string]chan struct{}{}}
	ctx, stop := context.WithCancel(t.Context())
	a := &app{
		stdin: strings.NewReader(""), stdout: log, stderr: log, now: clockAt(t, "2030-01-01T17:59:59Z"),
		env: func(string) string { return "" },
	}
	code := make(chan int)
	go func() { code <- a.execute(ctx, []string{"--config", filepath.Join(n.dir, "vesper.toml"), "serve"}) }()
	log.says(t, `"msg":"edition done"`)
	stop()
	if got := <-code; got != exitDone {
		t.Fatalf("serve ended with %d\n%s", got, log)
	}
	done := map[string]logLine{}
	for _, f := range logLines(t, log.String()) {
		done[f["msg"].(string)] = f
		// A quarter of the readers is refused, which may be an alarm.
		if level := f["level"]; level != "INFO" && f["msg"] != "alarm" {
			t.Errorf("an evening as it should be has a line of level %v: %v", level, f)
		}
	}
	want := logLine{
		"level": "INFO", "msg": "edition done", "edition": "2030-01-01-evening",
		"opened": 4.0, "sent": 3.0, "failed": 1.0, "expired": 0.0, "skipped": 0.0, "unknown": 0.0,
	}
	got := done["edition done"]
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s is %v, want %v: %v", key, got[key], value, got)
		}
	}
	if took, ok := got["duration_seconds"].(float64); !ok || took < 0 || took > 600 {
		t.Errorf("it took %v seconds", got["duration_seconds"])
	}
	if len(got) != len(want)+2 {
		t.Errorf("it has other keys too: %v", got)
	}
	if at := done["serving"]["pages"]; !strings.HasPrefix(at.(string), "127.0.0.1:") {
		t.Errorf("the pages are at %v", at)
	}
	if next, err := time.Parse(time.RFC3339, done["scheduled"]["next"].(string)); err != nil || next.Hour() != 18 {
		t.Errorf("the next is %v, %v", next, err)
	}
	if refused := done["not delivered"]; refused["reason"] != "recipient refused" || refused["code"] != 550.0 {
		t.Errorf("who was refused is %v", refused)
	}
}
