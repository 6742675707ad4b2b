package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// blog is a WordPress site whose posts a test writes: a real one, or one that answers so.
type blog interface {
	// write adds a post of a time in one of WordPress's states (publish, future, draft,
	// private, trash), and gives its number.
	write(t *testing.T, title, status string, at time.Time) int
	change(t *testing.T, number int, to blogChange)
}

// blogChange is what becomes of a post. What is empty stays as it is, but for the password:
// without locked it has none any more.
type blogChange struct {
	title, status string
	at            time.Time
	locked        bool
}

// roomOf gives a newsroom whose one feed lies at a path of a site, and what fetches it and
// gives the headlines of the site's stories on the desk.
func roomOf(t *testing.T, site, path string, pages bool) (*newsroom, func() []string) {
	t.Helper()
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, manyReaders(1))
	file, err := os.OpenFile(filepath.Join(n.dir, "vesper.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(file, "\n[[feed]]\nurl = %q\npages = %t\nallow_private = [\"127.0.0.1\"]\n", site+path, pages)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return n, func() []string {
		t.Helper()
		n.run(t, "articles", "fetch")
		var heads []string
		for _, path := range n.files(t, "desk/*.txt") {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "URL: "+site) {
				line := strings.Split(string(text), "\n")[strings.Count(strings.SplitN(string(text), ` \ `, 2)[0], "\n")]
				head, _, _ := strings.Cut(line, ` \ `)
				heads = append(heads, head)
			}
		}
		slices.Sort(heads)
		return heads
	}
}

// followABlog goes through all that can become of a post: published, scheduled, a draft,
// private, with a password, edited, in the trash. A feed of RSS lists a post with a password,
// the REST API does not.
func followABlog(t *testing.T, b blog, n *newsroom, desk func() []string, rss bool) {
	t.Helper()
	now := time.Now()
	lights := b.write(t, "Lights Out", "publish", now.Add(-time.Hour))
	tide := b.write(t, "The Tide Of Tomorrow", "future", now.Add(24*time.Hour))
	b.write(t, "A Draft", "draft", now)
	b.write(t, "For Us Alone", "private", now.Add(-time.Hour))
	locked := b.write(t, "With A Password", "publish", now.Add(-time.Hour))
	b.change(t, locked, blogChange{locked: true})
	bridge := b.write(t, "Bridge Open", "publish", now.Add(-2*time.Hour))
	quay := b.write(t, "Quay Closed", "publish", now.Add(-2*time.Hour))
	var others []string
	for i := range 6 {
		others = append(others, fmt.Sprintf("An Other %d", i))
		b.write(t, others[i], "publish", now.Add(-3*time.Hour))
	}
	is := func(want ...string) {
		t.Helper()
		want = append(slices.Clone(others), want...)
		if got := desk(); !slices.Equal(got, want) {
			t.Errorf("on the desk lie %q, want %q", got, want)
		}
	}
	is("Bridge Open", "Lights Out", "Quay Closed")
	b.change(t, lights, blogChange{title: "Lights Out In The Harbour"})
	is("Bridge Open", "Lights Out In The Harbour", "Quay Closed")
	b.change(t, locked, blogChange{})
	is("Bridge Open", "Lights Out In The Harbour", "Quay Closed", "With A Password")
	b.change(t, tide, blogChange{status: "publish", at: time.Now().Add(-time.Second)})
	is("Bridge Open", "Lights Out In The Harbour", "Quay Closed", "The Tide Of Tomorrow", "With A Password")
	// What leaves the list alone is not taken off the desk: it may have fallen out of it.
	// But a feed that lists a post with a password says that it is not for all.
	b.change(t, bridge, blogChange{status: "trash"})
	b.change(t, quay, blogChange{status: "private"})
	b.change(t, locked, blogChange{locked: true})
	left := []string{"Bridge Open", "Lights Out In The Harbour", "Quay Closed", "The Tide Of Tomorrow", "With A Password"}
	if rss {
		left = left[:len(left)-1]
	}
	is(left...)
	// And an edition that is to open asks for each.
	n.send(t, exitDone)
	is("Lights Out In The Harbour", "The Tide Of Tomorrow")
	shown, _ := n.command("edition", "plan", "--date", tomorrow, "-o", "csv").Output()
	for id, headline := range map[string]string{
		"bridge-open": "Bridge Open", "quay-closed": "Quay Closed", "with-a-password": "With A Password",
	} {
		row := regexp.MustCompile(`(?m)^,` + id + `-[0-9a-f]{8},` + headline + `,withdrawn at its source$`)
		if !row.Match(shown) {
			t.Errorf("of %s the plan says\n%s", id, shown)
		}
	}
}
