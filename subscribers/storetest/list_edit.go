package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// anEditChangesARow edits a reader with everything: what is not named stays, the others
// stay, and of a wrong edit nothing is kept.
func anEditChangesARow(t *testing.T, open Open) {
	s := open(t, Options{})
	offTheList(t, s)
	before := everybody(t, s)
	a, name, zone := before[0].Address, "", "Asia/Tokyo"
	edit := subscribers.Edit{
		Name: &name, Timezone: &zone, Tag: []string{"press, Vienna"}, Untag: []string{"Founders"},
	}
	was, is, err := s.List.Edit(t.Context(), a, edit)
	if err != nil {
		t.Fatal(err)
	}
	want := before[0]
	want.Name, want.Timezone, want.Tags = "", zone, []string{"press, Vienna"}
	if d := cmp.Diff(before[0], was, byString) + cmp.Diff(want, is, byString); d != "" {
		t.Error(d)
	}
	before[0] = want
	if d := cmp.Diff(before, everybody(t, s), byString); d != "" {
		t.Error(d)
	}
	// A reader who chose evenings meanwhile keeps them.
	chosen := want.Preferences
	chosen.Evenings = subscribers.MondayToFriday
	if err := s.List.Prefer(t.Context(), want.PublicID, chosen); err != nil {
		t.Fatal(err)
	}
	if _, is, err = s.List.Edit(t.Context(), a, edit); err != nil || is.Evenings != chosen.Evenings {
		t.Errorf("evenings are %v, want %v (%v)", is.Evenings, chosen.Evenings, err)
	}
	html := "html"
	if _, _, err := s.List.Edit(t.Context(), a, subscribers.Edit{Name: &zone, Variant: &html}); err == nil {
		t.Error("a wrong edit is taken")
	}
	if r, err := s.List.Subscriber(t.Context(), a); err != nil || r.Name != "" {
		t.Errorf("half of a wrong edit is kept: %q, %v", r.Name, err)
	}
	_, _, err = s.List.Edit(t.Context(), address(t, "nobody@quay.example"), edit)
	if !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("nobody is edited: %v", err)
	}
}
