package exchange

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// became gives the table of what a file became, a line for each row.
func became(name string, content []byte) string {
	var b strings.Builder
	f, err := Open(name, bytes.NewReader(content), int64(len(content)), Choices{})
	if err != nil {
		fmt.Fprintf(&b, "refused: %v\n", err)
		return b.String()
	}
	for _, line := range f.PassedOver {
		fmt.Fprintf(&b, "passed over: %s\n", line)
	}
	for _, p := range f.Parts {
		fmt.Fprintf(&b, "%s [%s]\n", p, p.Format)
		for row, err := range p.Rows() {
			if reject, ok := errors.AsType[*Reject](err); ok {
				fmt.Fprintf(&b, "  %d rejected: %s\n", reject.Line, reject.Problem)
				continue
			}
			if err != nil {
				fmt.Fprintf(&b, "  ended: %v\n", err)
				continue
			}
			fmt.Fprintf(&b, "  %d %s\n", row.Line, told(row))
		}
	}
	return b.String()
}

// told writes all that a row says, leaving out what it doesn't.
func told(row subscribers.Row) string {
	s := row.Subscriber
	say := []string{s.Address.String(), string(s.Status)}
	if reason := subscribers.Gravest(s.Suppressions); reason != "" {
		say[1] = "suppressed: " + reason
	}
	for _, part := range [][2]string{
		{"name", s.Name},
		{"zone", s.Timezone},
		{"tags", strings.Join(s.Tags, "|")},
		{"created", stamp(s.Created)},
		{"confirmed", stamp(s.Confirmed)},
		{"asked", stamp(s.Consent.AskedAt)},
		{"from", s.Consent.AskedFrom},
		{"consent", stamp(s.Consent.ConfirmedAt)},
		{"from", s.Consent.ConfirmedFrom},
		{"variant", s.Variant},
		{"slots", strings.Join(s.Slots, "|")},
		{"paused", s.PausedUntil},
	} {
		if part[1] != "" {
			say = append(say, part[0]+"="+part[1])
		}
	}
	return strings.Join(say, "; ")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// The files of testdata are in the exporters' forms; their people are invented.
func TestEveryProgramIsTakenForWhatItIs(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var b strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(became(filepath.Base(file), content))
	}
	golden(t, "testdata/exports.golden", b.String())
}

// TestCollectedExportsAreTakenForWhatTheyAre reads the collected samples, of
// which only what became of them is kept here: a line for each outcome.
func TestCollectedExportsAreTakenForWhatTheyAre(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/subscribers/*.csv")
	if err != nil || len(files) == 0 {
		t.Skip("the collected exports are not here")
	}
	var b strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for line := range strings.Lines(became(filepath.Base(file), content)) {
			if !strings.HasPrefix(line, "  ") {
				b.WriteString(line)
			} else if _, rejected, ok := strings.Cut(line, " rejected: "); ok {
				counts["rejected: "+strings.TrimSpace(rejected)]++
			} else {
				counts[strings.TrimSpace(strings.Split(line, "; ")[1])]++
			}
		}
		for _, what := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "  %d %s\n", counts[what], what)
		}
	}
	golden(t, "testdata/collected.golden", b.String())
}
