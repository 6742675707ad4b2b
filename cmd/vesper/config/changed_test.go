package config

import (
	"slices"
	"testing"
)

func TestWhatChangedIsNamedWithoutItsValue(t *testing.T) {
	a, b := Default("vesper.toml"), Default("vesper.toml")
	if got := Changed(a, b); len(got) > 0 {
		t.Errorf("two alike differ in %q", got)
	}
	a.Edition, b.Edition = []Edition{DefaultEdition()}, []Edition{DefaultEdition(), DefaultEdition()}
	a.Relay, b.Relay = []Relay{{Host: "a.example", Password: "one"}}, []Relay{{Host: "a.example", Password: "two"}}
	b.Edition[0].Schedule = "0 6 * * *"
	b.Web.Origins = []string{"https://quay.example"}
	b.Publication.Language = "de"
	want := []string{"edition.0.schedule", "edition.1", "publication.language", "relay.0.password", "web.origins"}
	if got := Changed(a, b); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
