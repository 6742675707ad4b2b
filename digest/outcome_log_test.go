package digest

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestALogSaysAReasonInAWord: no code is shown where no reply came.
func TestALogSaysAReasonInAWord(t *testing.T) {
	for _, c := range []struct {
		o    Outcome
		want string
	}{
		{Outcome{Class: Session}, "reason=unreachable\n"},
		{Outcome{Class: Session, Code: 421}, "reason=\"connection ended\" code=421\n"},
		{Outcome{Class: InDoubt}, "reason=\"in doubt\"\n"},
		{Outcome{Class: Transient, Code: 450}, "reason=deferred code=450\n"},
		{Outcome{Class: Permanent, Code: 550, Reply: "no ana@quay.example"}, "reason=\"recipient refused\" code=550\n"},
		{Outcome{Class: Local}, "reason=\"local error\"\n"},
	} {
		var line bytes.Buffer
		slog.New(slog.NewTextHandler(&line, nil)).Info("x", c.o.Attr())
		if _, got, _ := strings.Cut(line.String(), "msg=x "); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.o, got, c.want)
		}
	}
	for _, class := range []Class{Accepted, Transient, Permanent, Refused, InDoubt, Session, Pace, Account, Local} {
		if reasons[class] == "" {
			t.Errorf("no word for %s", class)
		}
	}
}
