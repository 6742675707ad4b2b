package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
)

// BenchmarkPlanOfALargeDesk plans an edition from 10,000 articles that were fetched over
// 400 days. Reading is how much of the time it takes to read the files alone, in one.
func BenchmarkPlanOfALargeDesk(b *testing.B) {
	const files = 10_000
	dir := b.TempDir()
	config := `[publication]
name = "The Harbour Post"
from = "evening@post.example"
postal_address = "1 Quay, Porto Alba"
timezone = "UTC"
[[edition]]
[[relay]]
host = "127.0.0.1"
`
	if err := os.WriteFile(filepath.Join(dir, "vesper.toml"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "desk"), 0o700); err != nil {
		b.Fatal(err)
	}
	now := time.Date(2030, 1, 2, 18, 0, 0, 0, time.UTC)
	a := &app{
		env: none, now: func() time.Time { return now }, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard,
	}
	a.configFile = filepath.Join(dir, "vesper.toml")
	h, err := a.open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer h.close()
	var stories []digest.Story
	for n := range files {
		article := largeArticle(n, now.Add(-time.Duration(n)*58*time.Minute))
		text := intake.WriteHouse(article)
		if err := os.WriteFile(filepath.Join(dir, "desk", article.ID+".txt"), text, 0o600); err != nil {
			b.Fatal(err)
		}
		stories = append(stories, digest.Story{
			Feed: "https://post.example/feed", GUID: article.ID, Article: article.ID, State: digest.StoryOnDesk,
			Seen: article.Published, Published: article.Published,
		})
	}
	if err := h.file.Feeds().Record(b.Context(), digest.FeedState{URL: "https://post.example/feed"}, stories); err != nil {
		b.Fatal(err)
	}
	var reading, planning time.Duration
	for b.Loop() {
		begins := time.Now()
		names, err := filepath.Glob(filepath.Join(dir, "desk", "*.txt"))
		for _, name := range names {
			if _, err := os.ReadFile(name); err != nil {
				b.Fatal(err)
			}
		}
		read := time.Now()
		if len(names) != files || err != nil {
			b.Fatal(len(names), err)
		}
		d, err := a.decide(b.Context(), h, editionFlags{})
		if err != nil || len(d.Choices) != files || len(d.Edition.Articles) == 0 {
			b.Fatal(len(d.Choices), len(d.Edition.Articles), err)
		}
		reading += read.Sub(begins)
		planning += time.Since(read)
	}
	b.ReportMetric(planning.Seconds()/float64(b.N), "s/plan")
	b.ReportMetric(reading.Seconds()/planning.Seconds(), "reading")
}

// largeArticle is an article of the usual size, unlike all others.
func largeArticle(n int, at time.Time) digest.Article {
	a := digest.Article{
		ID: fmt.Sprintf("story-%d", n), Headline: "Story " + someWords(n, 6), Summary: someWords(n+1, 30), Feed: "post.example",
		Source: "The Harbour Post", URL: fmt.Sprintf("https://post.example/%d", n), Published: at,
	}
	for i := range 5 {
		a.QuickLooks = append(a.QuickLooks, someWords(n*7+i, 15))
	}
	for i := range 12 {
		a.DeepLook = append(a.DeepLook, digest.Block{Text: someWords(n*31+i, 60)})
	}
	return a
}

// someWords gives so many words, others for each number.
func someWords(number, words int) string {
	var b strings.Builder
	x := uint64(number)*2654435761 + 12345
	for range words {
		x = x*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "%s%s ", [...]string{"har", "bri", "tram", "quay", "sea", "mar", "lo", "ven"}[x>>61],
			[...]string{"bour", "dge", "way", "side", "port", "ket", "rin", "ta"}[x>>58&7])
	}
	return strings.TrimSpace(b.String()) + "."
}
