package gather_test

import (
	"errors"
	"testing"

	"vesper/digest/gather"
)

func TestAStoryIsAddedByItsAddressOnce(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""))
	const address = "https://post.example/9?utm_source=mail"
	n.site[address] = `<html><head><title>Bridge Reopens</title><link rel="canonical" href="https://post.example/9/">` +
		"</head><body><article><h1>Bridge Reopens</h1>" + house + "</article></body></html>"
	st, added, err := n.Add(t.Context(), n.site, address)
	if err != nil || !added || st.URL != "post.example/9" {
		t.Fatalf("got %+v, %v, %v", st, added, err)
	}
	n.one(t)
	for _, again := range []string{address, "https://www.post.example/9/"} {
		if other, added, err := n.Add(t.Context(), n.site, again); err != nil || added || other.Article != st.Article {
			t.Errorf("%s: got %+v, %v, %v", again, other, added, err)
		}
	}
	if _, _, err := n.Add(t.Context(), n.site, wire); !errors.Is(err, gather.ErrIsFeed) {
		t.Errorf("got %v", err)
	}
	if _, _, err := n.Add(t.Context(), n.site, "https://post.example/nowhere"); err == nil {
		t.Error("what is not there is added")
	}
	n.one(t)
}
