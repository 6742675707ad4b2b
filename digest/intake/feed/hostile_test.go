package feed_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"vesper/digest/intake/feed"
)

// hostile are feeds that are made to harm, each with the error that it gets, if any.
var hostile = map[string]struct {
	text func() string
	want error
}{
	"nested tags":        {func() string { return "<rss><channel><item>" + strings.Repeat("<a>", 1<<21) }, feed.ErrTooDeep},
	"nested, all closed": {func() string { return "<rss>" + strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65) }, feed.ErrTooDeep},
	"small elements": {func() string {
		return "<rss><channel><item>" + strings.Repeat("<x:a/>", 1<<20) + "</item></channel></rss>"
	}, feed.ErrTooMany},
	"attributes": {func() string {
		return "<rss><channel><item>" + strings.Repeat("<x:a"+strings.Repeat(` b=""`, 1000)+"/>", 1000)
	}, feed.ErrTooMany},
	"one long tag":         {func() string { return "<rss " + strings.Repeat("a", 1<<20) + ">" }, feed.ErrLongTag},
	"a quote without end":  {func() string { return `<rss a="` + strings.Repeat("a", 1<<22) }, feed.ErrLongTag},
	"a comment before":     {func() string { return "<!--" + strings.Repeat("-", 1<<22) + "--><rss><channel/></rss>" }, nil},
	"a doctype":            {func() string { return "<!DOCTYPE " + strings.Repeat("<", 1<<22) }, feed.ErrNoFeed},
	"entities that double": {doubling, nil},
	"500,000 items": {func() string {
		return "<rss><channel>" + strings.Repeat("<item/>", 90_000) + "</channel></rss>"
	}, nil},
	"more items than tags": {func() string { return "<rss><channel>" + strings.Repeat("<item/>", 500_000) }, feed.ErrTooMany},
	"CDATA without end":    {func() string { return "<rss><channel><item><title><![CDATA[" + strings.Repeat("]]", 1<<21) }, errAny},
	"ampersands":           {func() string { return "<rss><channel><item><title>" + strings.Repeat("&", 1<<20) }, errAny},
	"JSON arrays":          {func() string { return strings.Repeat("[", 1<<22) }, feed.ErrTooDeep},
	"JSON items": {func() string {
		return `{"version":"https://jsonfeed.org/version/1","items":[{}` + strings.Repeat(",{}", 1<<21) + "]}"
	}, feed.ErrTooMany},
	"JSON backslashes": {func() string { return `{"version":"` + strings.Repeat(`\\`, 1<<21) }, errAny},
	"too long":         {func() string { return "<rss>" + strings.Repeat(" ", feed.MaxBytes) }, feed.ErrTooLong},
	"only bytes":       {func() string { return strings.Repeat("\x80", 1<<20) }, feed.ErrNoFeed},
	"only zeros":       {func() string { return strings.Repeat("\x00", 1<<22) }, feed.ErrNoFeed},
	"UTF-16 garbage":   {func() string { return "\xff\xfe" + strings.Repeat("\x00\xd8", 1<<21) }, feed.ErrNoFeed},
	"nothing":          {func() string { return "" }, feed.ErrNoFeed},
	"brackets":         {func() string { return strings.Repeat("<", 1<<22) }, feed.ErrLongTag},
	"a long title": {func() string {
		return "<rss><channel><item><title>" + strings.Repeat("a", 4<<20) + "</title></item></channel></rss>"
	}, nil},
	"a title of tags": {func() string {
		return "<rss><channel><item><title>" + strings.Repeat("&lt;b&gt;", 100_000) + "</title></item></channel></rss>"
	}, nil},
	"references to control characters": {func() string {
		return "<rss><channel><item><title>" + strings.Repeat("&#1;", 1<<18) + "</title></item></channel></rss>"
	}, nil},
}

// errAny stands for any error or none.
var errAny = errors.New("any")

// doubling is a document whose entities grow with each other.
func doubling() string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE rss [<!ENTITY a0 \"aaaaaaaaaa\">")
	for i := range 30 {
		fmt.Fprintf(&b, "<!ENTITY a%d \"&a%d;&a%d;\">", i+1, i, i)
	}
	b.WriteString("]><rss><channel><item><title>&a30;</title></item></channel></rss>")
	return b.String()
}

// onceIsEnough skips a test under the race detector, which takes ten times as long and twice
// the memory: nothing here runs side by side, and the plain run has it.
func onceIsEnough(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("it has nothing to do with races")
	}
}

func TestAHostileFeedIsRefusedOrCut(t *testing.T) {
	onceIsEnough(t)
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			got, err := feed.Parse([]byte(c.text()), nil, "")
			if c.want != errAny && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(got.Items) > feed.MaxItems {
				t.Errorf("%d items", len(got.Items))
			}
		})
	}
}

// TestFeedsThatHarmNeedLittleMemory reads all of them in a process of its own.
func TestFeedsThatHarmNeedLittleMemory(t *testing.T) {
	onceIsEnough(t)
	if os.Getenv("FEED_CHILD") != "" {
		for _, c := range hostile {
			feed.Parse([]byte(c.text()), nil, "")
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		for line := range bytes.Lines(status) {
			if bytes.HasPrefix(line, []byte("VmHWM:")) {
				fmt.Printf("%s", line)
			}
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFeedsThatHarmNeedLittleMemory$")
	cmd.Env = append(os.Environ(), "FEED_CHILD=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, line, ok := strings.Cut(string(out), "VmHWM:")
	var kB int
	if _, err := fmt.Sscan(line, &kB); !ok || err != nil {
		t.Skipf("this system does not tell how much memory a process had: %s", out)
	}
	t.Logf("%d kB", kB)
	if kB > 96<<10 {
		t.Errorf("it had %d kB, want 96 MB at most", kB)
	}
}
