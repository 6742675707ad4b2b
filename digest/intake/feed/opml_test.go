package feed_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest/intake/feed"
)

// list is a list of feeds as readers of feeds write it.
const list = `<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>My feeds</title></head><body>
<outline text="City"><outline text="Harbour" title="The Harbour Post" type="rss" xmlUrl="https://post.example/feed"/>
<outline text="Again" xmlUrl="https://post.example/feed"/></outline>
<outline text="Caf&#233; &amp; Bar" xmlurl=" https://cafe.example/atom "/><outline text="Empty"/></body></opml>`

func TestAListOfFeedsIsReadAndWritten(t *testing.T) {
	want := []feed.Outline{
		{URL: "https://post.example/feed", Title: "The Harbour Post", Group: "City"},
		{URL: "https://cafe.example/atom", Title: "Café & Bar"},
	}
	got, err := feed.ReadOPML([]byte(list))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	var written bytes.Buffer
	if err := feed.WriteOPML(&written, "Vesper", got); err != nil {
		t.Fatal(err)
	}
	again, err := feed.ReadOPML(written.Bytes())
	if diff := cmp.Diff(want, again); err != nil || diff != "" {
		t.Error(err, diff, written.String())
	}
}

func TestWhatIsNoListOfFeedsIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		"": feed.ErrNoOPML, "words": feed.ErrNoOPML, "<html/>": feed.ErrNoOPML,
		strings.Repeat("<outline>", 100): feed.ErrTooDeep, strings.Repeat(" ", feed.MaxBytes+1): feed.ErrTooLong,
	} {
		if _, err := feed.ReadOPML([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.20q: got %v, want %v", text, err, want)
		}
	}
}

func FuzzReadOPML(f *testing.F) {
	f.Add([]byte(list))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := feed.ReadOPML(text)
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := feed.WriteOPML(&written, "", got); err != nil {
			t.Fatal(err)
		}
		if again, err := feed.ReadOPML(written.Bytes()); err != nil || len(again) != len(got) {
			t.Errorf("%d feeds, and %d after they were written: %v", len(got), len(again), err)
		}
	})
}
