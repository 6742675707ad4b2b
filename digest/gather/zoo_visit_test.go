package gather_test

import (
	"context"
	codec "encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
	"vesper/subscribers/store"
)

// visit looks at the zoo and writes down what it saw.
func visit(t *testing.T) {
	dir := os.Getenv("ZOO")
	var cages []cage
	text, err := os.ReadFile(filepath.Join(dir, "cages"))
	if err == nil {
		err = codec.Unmarshal(text, &cages)
	}
	if err != nil {
		t.Fatal(err)
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", os.Getenv("ZOO_DNS"))
	}}
	file, err := store.Open(t.Context(), filepath.Join(dir, "vesper.db"), store.Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	desk := filepath.Join(dir, "desk")
	var log strings.Builder
	now := zooTime
	g := &gather.Gatherer{
		Book: file.Feeds(), Desk: intake.Desk{Dir: desk}, Now: func() time.Time { return now },
		Since: func(context.Context) (time.Time, error) { return zooTime.Add(-24 * time.Hour), nil },
		Log:   slog.New(slog.NewTextHandler(&log, nil)),
	}
	getters := map[string]*fetch.Client{}
	for _, c := range cages {
		get := fetch.New("Vesper/zoo", []netip.Prefix{netip.MustParsePrefix("127.1.0.0/16"), netip.MustParsePrefix("127.0.0.1/32")})
		if c.Slow {
			get.Deadline = 300 * time.Millisecond
		}
		getters[c.URL] = get
		g.Feeds = append(g.Feeds, gather.Feed{URL: c.URL, Pages: c.Pages})
	}
	g.Get = func(f gather.Feed) gather.Getter { return getters[f.URL] }
	if err := os.Mkdir(desk, 0o700); err != nil {
		t.Fatal(err)
	}
	got := seenAll{Sights: make([]sight, len(cages))}
	for look := range 3 {
		if look == 2 {
			g.Feeds = slices.DeleteFunc(g.Feeds, func(f gather.Feed) bool {
				i := slices.IndexFunc(cages, func(c cage) bool { return c.URL == f.URL })
				return got.Sights[i].Errors[1] == "" && !cages[i].Again
			})
		}
		_, errs := g.All(t.Context())
		for i, c := range cages {
			if !slices.ContainsFunc(g.Feeds, func(f gather.Feed) bool { return f.URL == c.URL }) {
				continue
			}
			said := ""
			if err := errs[c.URL]; err != nil {
				said = err.Error()
			}
			state, err := g.Book.Feed(t.Context(), c.URL)
			if err != nil || state.Error != said {
				t.Errorf("%s: the book has %q, the error is %q, %v", c.URL, state.Error, said, err)
			}
			got.Sights[i].Errors = append(got.Sights[i].Errors, said)
		}
		now = now.Add(10 * time.Minute)
	}
	got.take(t, cages, file, desk, log.String())
	if text, err = codec.Marshal(got); err == nil {
		err = os.WriteFile(filepath.Join(dir, "seen"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// take puts together what lies on the desk, and what was said.
func (all *seenAll) take(t *testing.T, cages []cage, file *store.File, desk, log string) {
	known, err := file.Feeds().Stories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cages {
		all.Sights[i].Files = map[string]string{}
		for id, st := range known {
			if st.Feed != c.URL || st.State != digest.StoryOnDesk {
				continue
			}
			text, err := os.ReadFile(filepath.Join(desk, id+".txt"))
			if err != nil {
				t.Error(err)
			}
			all.Sights[i].Files[id+".txt"] = string(text)
		}
		for line := range strings.Lines(log) {
			if strings.Contains(line, "feed="+c.URL+" ") {
				all.Sights[i].Said = append(all.Sights[i].Said, line)
			}
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(line, &all.KB); err != nil {
		t.Fatal(err)
	}
}
