package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// kindsOf gives alarms as "kind about".
func kindsOf(all []digest.Alarm) string {
	var kinds []string
	for _, a := range all {
		kinds = append(kinds, strings.TrimSpace(string(a.Kind)+" "+a.About))
	}
	return strings.Join(kinds, ", ")
}

func TestManyFailuresBouncesAndComplaintsAreAlarms(t *testing.T) {
	none := subscribers.ReportSums{}
	for name, c := range map[string]struct {
		tally digest.Tally
		sums  subscribers.ReportSums
		want  string
	}{
		"all went well":             {digest.Tally{Opened: 1000, Sent: 1000}, subscribers.ReportSums{Of: 1000}, ""},
		"a few failed":              {digest.Tally{Opened: 1000, Sent: 981, Failed: 19}, none, ""},
		"one in fifty":              {digest.Tally{Opened: 1000, Failed: 10, Expired: 5, Unknown: 5}, none, "failures evening"},
		"one of a small list":       {digest.Tally{Opened: 20, Sent: 19, Failed: 1}, none, ""},
		"the only reader":           {digest.Tally{Opened: 1, Failed: 1}, none, "failures evening"},
		"one address in twenty":     {digest.Tally{}, subscribers.ReportSums{Of: 1000, Dead: 50}, "bounces evening"},
		"nine addresses":            {digest.Tally{}, subscribers.ReportSums{Of: 20, Dead: 9}, ""},
		"five complaints":           {digest.Tally{}, subscribers.ReportSums{Of: 5000, Complained: 5}, "complaints evening"},
		"five of a very large list": {digest.Tally{}, subscribers.ReportSums{Of: 50_000, Complained: 5}, ""},
		"four of a small one":       {digest.Tally{}, subscribers.ReportSums{Of: 100, Complained: 4}, ""},
		"everything, as on some day": {
			digest.Tally{Opened: 100, Failed: 60},
			subscribers.ReportSums{Of: 40, Dead: 20, Complained: 20},
			"failures evening, bounces evening, complaints evening",
		},
	} {
		is := digest.Tallied{Tally: c.tally}
		is.ID = digest.ID{Date: digest.Date{Year: 2026, Month: 11, Day: 27}, Slot: "evening", Sequence: 1}
		if got := kindsOf(ofEdition(is, c.sums)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestALittleRoomOnTheDiskIsAnAlarm(t *testing.T) {
	for _, c := range []struct {
		free    uint64
		readers int
		want    string
	}{
		{300 << 20, 0, ""}, {200 << 20, 0, "disk"}, {1900 << 20, 1_000_000, "disk"}, {3 << 30, 1_000_000, ""},
	} {
		if got := kindsOf(diskAlarms(c.free, c.readers)); got != c.want {
			t.Errorf("%d free and %d readers: got %q, want %q", c.free, c.readers, got, c.want)
		}
	}
}

func TestADeadFeedIsAnAlarmThatNamesItsHostAlone(t *testing.T) {
	n := newNewsroom(t, 0)
	const feed = "https://www.news.example/feed/?key=s3cret"
	path := filepath.Join(n.dir, "vesper.toml")
	writeFile(t, path, n.configText(t)+fmt.Sprintf("[[feed]]\nurl = %q\n", feed))
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a := &app{env: none, now: func() time.Time { return now }, stderr: &heard{}, configFile: path}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		failures int
		good     time.Time
		want     string
	}{
		"well":                         {0, now, ""},
		"not asked for two days":       {0, now.Add(-2 * day), ""},
		"failing for some hours":       {9, now.Add(-9 * time.Hour), ""},
		"failing for a day":            {9, now.Add(-day), "feed www.news.example"},
		"never read well":              {6, time.Time{}, "feed www.news.example"},
		"failed at first, a few times": {5, time.Time{}, ""},
	} {
		state := digest.FeedState{URL: feed, Checked: now, Good: c.good, Failures: c.failures}
		if c.failures > 0 {
			state.Error = "GET " + feed + ": 500"
		}
		if err := h.file.Feeds().Record(t.Context(), state, nil); err != nil {
			t.Fatal(err)
		}
		got, err := a.feedAlarms(h)(t.Context())
		if err != nil || kindsOf(got) != c.want {
			t.Errorf("%s: got %+v, %v, want %q", name, got, err, c.want)
		}
		if strings.Contains(fmt.Sprint(got), "s3cret") {
			t.Errorf("%s: the secret is told: %+v", name, got)
		}
	}
}

// TestFeedsThatFailAtOnceAreOneAlarm: a dead network is one, and not fifty; a feed that is
// dead for long keeps its own.
func TestFeedsThatFailAtOnceAreOneAlarm(t *testing.T) {
	n := newNewsroom(t, 0)
	path, feeds := filepath.Join(n.dir, "vesper.toml"), []string{}
	text := n.configText(t)
	for i := range 60 {
		url := fmt.Sprintf("https://www%02d.news.example/feed/?key=s3cret", i)
		feeds, text = append(feeds, url), text+fmt.Sprintf("[[feed]]\nurl = %q\n", url)
	}
	writeFile(t, path, text)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a := &app{env: none, now: func() time.Time { return now }, stderr: &heard{}, configFile: path}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	record := func(from, to int, good time.Time, failures int) {
		t.Helper()
		for i := from; i < to; i++ {
			// They are not asked in the same moment.
			at := good.Add(time.Duration(i) * time.Minute)
			state := digest.FeedState{URL: feeds[i], Checked: now, Good: at, Failures: failures, Error: "unreachable"}
			if err := h.file.Feeds().Record(t.Context(), state, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	on := map[string]bool{}
	finds := func(want string, words ...string) {
		t.Helper()
		got, err := a.feedAlarms(h)(t.Context())
		if err != nil || kindsOf(got) != want {
			t.Fatalf("got %+v, %v, want %q", got, err, want)
		}
		for _, one := range got {
			ref := "alarm_" + one.About
			if !on[ref] {
				on[ref] = true
				if err := h.file.Alarms().Begin(t.Context(), digest.RaisedAlarm{Alarm: one, Ref: ref, Began: now}, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, word := range words {
			if last := got[len(got)-1].Reason; !strings.Contains(last, word) {
				t.Errorf("%q is not in %q", word, last)
			}
		}
	}
	day := 24 * time.Hour
	record(0, 60, now, 0)
	record(7, 8, now.Add(-3*day), 70)
	finds("feed www07.news.example")
	// The network dies: one after the other was not read for a day.
	record(0, 7, now.Add(-day-3*time.Minute), 24)
	record(8, 60, now.Add(-day-3*time.Minute), 24)
	finds("feed www07.news.example, feed", "59 feeds of 59 hosts can't be read: www00.news.example, www01",
		"and 54 more; www00.news.example: it failed 24 times")
	now = now.Add(2 * time.Hour)
	finds("feed www07.news.example, feed", "59 feeds of 59 hosts")
	// All but one are read again: what was one alarm stays that.
	record(0, 59, now, 0)
	finds("feed", "1 feed of 1 host can't be read: www59.news.example;")
	record(59, 60, now, 0)
	finds("")
}

func TestACertificateThatEndsSoonIsAnAlarmUntilItIsRenewed(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	end := s.Certificate().NotAfter
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	n := newNewsroom(t, 0)
	path := filepath.Join(n.dir, "vesper.toml")
	writeFile(t, path, strings.Replace(n.configText(t), "http://127.0.0.1:8025", s.URL, 1))
	now := end.Add(-30 * 24 * time.Hour)
	a := &app{
		env: none, now: func() time.Time { return now }, stderr: &heard{}, configFile: path, bedside: bedside{roots: roots},
	}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	c := &certificates{app: a, house: h}
	is := func(left time.Duration, want string) {
		t.Helper()
		now = end.Add(-left)
		got, err := c.look(t.Context())
		if err != nil || kindsOf(got) != want {
			t.Errorf("%s before its end: got %+v, %v, want %q", left, got, err, want)
		}
	}
	const day = 24 * time.Hour
	is(30*day, "")
	is(13*day, "certificate base_url")
	is(-day, "certificate base_url")
	// It is known from the database after a restart, whether or not anybody answers.
	on := digest.RaisedAlarm{
		Alarm: digest.Alarm{Kind: digest.AlarmCertificate, About: "base_url", Reason: "it ends on some day"},
		Ref:   "one", Began: now,
	}
	if err := h.file.Alarms().Begin(t.Context(), on, nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	c = &certificates{app: a, house: h}
	is(10*day, "certificate base_url")
}

// configText gives a newsroom's configuration.
func (n *newsroom) configText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, "vesper.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnAlarmIsMailedFirstByARelayThatNothingIsWrongWith(t *testing.T) {
	n := newNewsroom(t, 0)
	other, port, err := newSink(t, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(n.dir, "vesper.toml")
	writeFile(t, path, n.configText(t)+fmt.Sprintf("[[relay]]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\n"+
		"[alarms]\nmail_to = \"ops@news.example\"\n", port))
	a := &app{env: none, now: time.Now, stderr: &heard{}, configFile: path}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	tells := func(reason string, first, second int) {
		t.Helper()
		m := h.alarms.Test(digest.Alarm{Kind: digest.AlarmPaused, About: "2026-11-27-evening", Reason: reason})
		if err := h.alarms.Ways[0].Tell(t.Context(), m); err != nil {
			t.Error(err)
		}
		if n.box.Count() != first || other.Count() != second {
			t.Errorf("%s: the first has %d and the second %d, want %d and %d", reason, n.box.Count(), other.Count(), first,
				second)
		}
	}
	tells("it crashed time and again", 1, 0)
	tells(fmt.Sprintf("the relay refuses us: 535 127.0.0.1:%d: bad password", n.port), 1, 1)
	tells(fmt.Sprintf("the relay refuses us: 535 127.0.0.1:%d: bad password", port), 2, 1)
	// It is in no ledger and no outbox.
	if all, err := h.book.Records(t.Context()); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}
