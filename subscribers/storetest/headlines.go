package storetest

import (
	"fmt"
	"testing"

	"vesper/digest"
)

// headlinesAreFoundTheNewestFirst: of an edition that was corrected its last correction's, and
// none of one that has not appeared.
func headlinesAreFoundTheNewestFirst(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	for n := range 3 {
		o := Opening(n)
		o.Edition.Articles[0].Headline = fmt.Sprintf("Évreux Votes 100%% on Day %d", n)
		if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	ahead := Opening(3)
	ahead.Due = ahead.At.Add(early)
	ahead.Edition.Articles[0].Headline = "Évreux Votes Tomorrow"
	if _, err := s.Book.OpenEdition(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	act(t, s, 0, digest.Halt)
	second := correction(2, "x")
	second.Edition.Articles[0].Headline = "Évreux Has Not Voted"
	correctAs(t, s, second, nil)
	for query, want := range map[string]string{
		"évreux":         "[2026-11-22-evening-2 harbour-0 2026-11-24-evening harbour-2 2026-11-23-evening harbour-1]",
		"VOTES évreux":   "[2026-11-24-evening harbour-2 2026-11-23-evening harbour-1]",
		"100%":           "[2026-11-24-evening harbour-2 2026-11-23-evening harbour-1]",
		"votes on ferry": "[]", "": "[]",
		"%": "[2026-11-24-evening harbour-2 2026-11-23-evening harbour-1]",
	} {
		found, err := s.Book.Search(t.Context(), digest.ParseQuery(query), 9)
		got := []string{}
		for _, f := range found {
			got = append(got, f.ID.String(), f.Article)
		}
		if fmt.Sprint(got) != want || err != nil {
			t.Errorf("%q: got %v, %v, want %s", query, got, err, want)
		}
	}
	if found, err := s.Book.Search(t.Context(), digest.ParseQuery("é"), 2); len(found) != 2 || err != nil {
		t.Errorf("two at most: %+v, %v", found, err)
	}
	printed, err := s.Book.Headlines(t.Context(), second.Edition.ID)
	if err != nil || len(printed) != 2 || printed[0].Headline != "Évreux Has Not Voted" ||
		printed[1].Article != "ferry-0" {
		t.Errorf("got %+v, %v", printed, err)
	}
	shelf, err := s.Book.Archive(t.Context(), 9)
	if err != nil || len(shelf) != 3 || !shelf[2].At.Equal(evening) || !shelf[2].CorrectedAt.Equal(second.At) {
		t.Errorf("the archive has %+v, %v", shelf, err)
	}
}
