package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// paused records that the newsroom's edition is paused.
func (n *newsroom) paused(t *testing.T, id digest.ID, kind digest.Pause, reason string) {
	t.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: none, now: time.Now}
	a.configFile = filepath.Join(n.dir, "vesper.toml")
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	r, err := h.book.Tallied(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.book.Pause(t.Context(), r.Number, kind, reason, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// TestTheStatusSaysWhyAnEditionIsPaused: by whom, in whose words, and how many wait; its
// exit status is 4, as text and as JSON.
func TestTheStatusSaysWhyAnEditionIsPaused(t *testing.T) {
	t.Parallel()
	for kind, by := range map[digest.Pause]string{
		digest.PausedAccount: "by the relay", digest.PausedMessage: "by the relay", digest.PausedDesk: "by the desk",
		digest.PausedCrashLoop: "crash loop",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t, 3)
			id := n.openOn(t, "")
			n.paused(t, id, kind, "reason of the "+string(kind))
			out, code := n.statusNow(t)
			for _, want := range []string{
				"status    edition " + id.String() + " is paused: reason of the " + string(kind) + "\n",
				"owed      " + id.String() + ": 3 recipients of 3, ", ", paused\n",
				"          paused (" + by + "): reason of the " + string(kind) + "\n",
			} {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if code != exitPartly {
				t.Errorf("it ended with %d, want %d", code, exitPartly)
			}

			var s statusJSON
			out, code = n.statusNow(t, "-o", "json")
			if err := json.Unmarshal([]byte(out), &s); err != nil {
				t.Fatal(err)
			}
			if code != exitPartly || s.Exit != exitPartly || s.Owed != 3 || len(s.UnderWay) != 1 ||
				s.UnderWay[0].Pause != kind || s.UnderWay[0].State != digest.Paused || s.UnderWay[0].SecondsLeft != nil {
				t.Errorf("it ended with %d, and as JSON it is %s", code, out)
			}
		})
	}
}

// statusNow gives what "vesper status" prints, and its exit status.
func (n *newsroom) statusNow(t *testing.T, args ...string) (string, int) {
	t.Helper()
	c := n.command(append([]string{"status"}, args...)...)
	out, _ := c.Output()
	return string(out), c.ProcessState.ExitCode()
}

// TestTheStatusSaysFrozenOnlyIfNothingIsSent: what is sent beside a frozen edition is more
// to know.
func TestTheStatusSaysFrozenOnlyIfNothingIsSent(t *testing.T) {
	now := time.Date(2026, 11, 22, 17, 55, 0, 0, time.UTC)
	var waiting, going underWay
	waiting.State, waiting.DueAt = digest.Open, now.Add(5*time.Minute)
	going.State = digest.Sending
	for want, all := range map[string][]underWay{
		"all is well":                                   nil,
		"an edition is frozen until 18:00 UTC":          {waiting},
		"an edition is being sent, and within its time": {waiting, going},
	} {
		if got := (&standing{at: now, zone: time.UTC, underWay: all}).verdict(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
