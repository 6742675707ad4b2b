package subscribers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

var editors = []string{"desk@news.example", "boss@news.example"}

const edition = "2026-11-27-evening"

func TestALinkToADeskPageIsForOnePersonAndOneEdition(t *testing.T) {
	for _, key := range []subscribers.Key{oldKey, newKey} {
		token := key.Desk(edition, editors[1])
		if who, err := ring.Desk(token, edition, editors); who != editors[1] || err != nil {
			t.Errorf("got %q, %v", who, err)
		}
		for what, is := range map[string]struct {
			edition string
			editors []string
		}{
			"another day":       {"2026-11-28-evening", editors},
			"another slot":      {"2026-11-27-late", editors},
			"nobody's any more": {edition, editors[:1]},
			"of an empty desk":  {edition, nil},
			"moved over":        {edition + "\x00boss@news.example", []string{""}},
		} {
			if who, err := ring.Desk(token, is.edition, is.editors); !errors.Is(err, subscribers.ErrToken) {
				t.Errorf("%s: got %q, %v", what, who, err)
			}
		}
	}
}

func TestALinkToADeskPageIsForNothingElse(t *testing.T) {
	token := newKey.Desk(edition, editors[0])
	for _, p := range []subscribers.Purpose{
		subscribers.ToUnsubscribe, subscribers.ToPrefer, subscribers.ToConfirm, subscribers.ToSee,
	} {
		if _, err := ring.Link(token, p, now); !errors.Is(err, subscribers.ErrToken) {
			t.Errorf("%c: got %v", p, err)
		}
		for _, expires := range []time.Time{{}, now.Add(time.Hour)} {
			link := newKey.Link(p, reader, expires)
			for _, cut := range []string{link, subscribers.WholeDesk(link), link[len(link)-24:]} {
				if who, err := ring.Desk(cut, edition, editors); !errors.Is(err, subscribers.ErrToken) {
					t.Errorf("%c opens the desk page of %q: %v", p, who, err)
				}
			}
		}
	}
	retired := subscribers.Keyring{2: {ID: 2, Secret: newKey.Secret, Retired: true}}
	if _, err := retired.Desk(token, edition, editors); !errors.Is(err, subscribers.ErrRetired) {
		t.Errorf("of a retired key: %v", err)
	}
	for _, bad := range []string{"", token[1:], token + "A", token[:23], strings.ToLower(token), token[:23] + "\n"} {
		if _, err := ring.Desk(bad, edition, editors); !errors.Is(err, subscribers.ErrToken) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	for _, came := range []string{token + ").", token[:9] + "=\r\n" + token[9:], token + "&utm_source=x"} {
		if got := subscribers.WholeDesk(came); got != token {
			t.Errorf("%q: got %q", came, got)
		}
	}
}

// FuzzDeskToken: nothing but our own tokens opens a desk page, whatever was made of it.
func FuzzDeskToken(f *testing.F) {
	ours := []string{newKey.Desk(edition, editors[0]), oldKey.Desk(edition, editors[1])}
	for _, token := range ours {
		f.Add(token, edition)
	}
	f.Add("AQ", "")
	f.Add(strings.Repeat("A", 24), edition)
	f.Fuzz(func(t *testing.T, came, of string) {
		who, err := ring.Desk(subscribers.WholeDesk(came), of, editors)
		ours := slices.Contains(ours, subscribers.WholeDesk(came)) && slices.Contains(editors, who)
		if err == nil && (of != edition || !ours) {
			t.Fatalf("%q opens the desk page of %q for %q", came, of, who)
		}
	})
}
