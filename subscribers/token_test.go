package subscribers_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

var (
	oldKey = subscribers.Key{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)}
	newKey = subscribers.Key{ID: 2, Secret: bytes.Repeat([]byte{2}, 32)}
	ring   = subscribers.Keyring{1: oldKey, 2: newKey}
	now    = time.Unix(1_800_000_000, 0)
)

const reader = uint64(0xfedcba9876543210)

// These strings are in readers' mailboxes: they must be read for ever.
func TestTheFormOfTokensNeverChanges(t *testing.T) {
	link := oldKey.Link(subscribers.ToUnsubscribe, reader, time.Time{})
	if want := "AQF1_ty6mHZUMhCQL9GVSZLzaqTfy1D7o3jS"; link != want {
		t.Errorf("link: got %s, want %s", link, want)
	}
	path := oldKey.ReturnPath(reader, 7)
	if want := "aea75xf2tb3fimqqaaaaabz5ibphud67m2jq"; path != want {
		t.Errorf("return path: got %s, want %s", path, want)
	}
	id := oldKey.MessageID(7, 12)
	if want := "oajn2e62mehu6ytdjegn6wcbpfrhsfmt"; id != want {
		t.Errorf("message ID: got %s, want %s", id, want)
	}
}

func TestALinkWorksForItsReaderAndItsPurposeAlone(t *testing.T) {
	purposes := []subscribers.Purpose{subscribers.ToUnsubscribe, subscribers.ToPrefer, subscribers.ToConfirm}
	for _, made := range purposes {
		token := newKey.Link(made, reader, time.Time{})
		for _, used := range purposes {
			got, err := ring.Link(token, used, now)
			if made == used && (err != nil || got != reader) {
				t.Errorf("%c: got %x, %v", made, got, err)
			}
			if made != used && err == nil {
				t.Errorf("a link to %c works to %c", made, used)
			}
		}
	}
}

func TestOldKeysGoOnVerifying(t *testing.T) {
	if _, err := ring.Link(oldKey.Link(subscribers.ToPrefer, reader, time.Time{}), subscribers.ToPrefer,
		now); err != nil {
		t.Error(err)
	}
	if _, err := (subscribers.Keyring{2: newKey}).Link(oldKey.Link(subscribers.ToPrefer, reader, time.Time{}),
		subscribers.ToPrefer, now); err == nil {
		t.Error("a key that is not there verifies")
	}
}

func TestADatedLinkEnds(t *testing.T) {
	token := newKey.Link(subscribers.ToConfirm, reader, now.Add(time.Hour))
	if got, err := ring.Link(token, subscribers.ToConfirm, now); err != nil || got != reader {
		t.Errorf("got %x, %v", got, err)
	}
	if _, err := ring.Link(token, subscribers.ToConfirm, now.Add(time.Hour)); err == nil {
		t.Error("it works after its end")
	}
}

func TestOfARetiredKeyOnlyLeavingAndReturnPathsWork(t *testing.T) {
	retired := newKey
	retired.Retired = true
	ring := subscribers.Keyring{1: oldKey, 2: retired}
	for purpose, want := range map[subscribers.Purpose]error{
		subscribers.ToUnsubscribe: nil, subscribers.ToPrefer: subscribers.ErrRetired,
		subscribers.ToConfirm: subscribers.ErrRetired, 'd': subscribers.ErrRetired,
	} {
		for _, expires := range []time.Time{{}, now.Add(time.Hour)} {
			if _, err := ring.Link(newKey.Link(purpose, reader, expires), purpose, now); !errors.Is(err, want) {
				t.Errorf("%c: got %v, want %v", purpose, err, want)
			}
			if _, err := ring.Link(oldKey.Link(purpose, reader, expires), purpose, now); err != nil {
				t.Errorf("%c of another key: %v", purpose, err)
			}
		}
		// What is not signed by it is not said to be.
		forged := subscribers.Key{ID: 2, Secret: oldKey.Secret}.Link(purpose, reader, time.Time{})
		if _, err := ring.Link(forged, purpose, now); !errors.Is(err, subscribers.ErrToken) {
			t.Errorf("%c forged: got %v", purpose, err)
		}
	}
	if id, edition, err := ring.ReturnPath(newKey.ReturnPath(reader, 7)); id != reader || edition != 7 || err != nil {
		t.Errorf("return path: %x, %d, %v", id, edition, err)
	}
}

func TestNoBitOfALinkCanBeChanged(t *testing.T) {
	purposes := []subscribers.Purpose{subscribers.ToUnsubscribe, subscribers.ToPrefer, subscribers.ToConfirm}
	for _, made := range purposes {
		for _, key := range []subscribers.Key{oldKey, newKey} {
			for _, expires := range []time.Time{{}, now.Add(time.Hour)} {
				token := key.Link(made, reader, expires)
				b, err := base64.RawURLEncoding.DecodeString(token)
				if err != nil {
					t.Fatal(err)
				}
				for i := range len(b) * 8 {
					b[i/8] ^= 1 << (i % 8)
					for _, used := range purposes {
						if _, err := ring.Link(base64.RawURLEncoding.EncodeToString(b), used, now); err == nil {
							t.Errorf("bit %d of a link to %c does not matter to %c", i, made, used)
						}
					}
					b[i/8] ^= 1 << (i % 8)
				}
				everyOtherSpelling(t, token, func(s string) error {
					_, err := ring.Link(s, made, now)
					return err
				})
			}
		}
	}
}

func TestNoCharacterOfAReturnPathCanBeChanged(t *testing.T) {
	token := newKey.ReturnPath(reader, 4_000_000_000)
	if len("bounces+"+token) > 64 {
		t.Errorf("the local part has %d octets", len("bounces+"+token))
	}
	for _, s := range []string{token, strings.ToUpper(token)} {
		if id, edition, err := ring.ReturnPath(s); err != nil || id != reader || edition != 4_000_000_000 {
			t.Errorf("%s: got %x, %d, %v", s, id, edition, err)
		}
	}
	everyOtherSpelling(t, token, func(s string) error {
		_, _, err := ring.ReturnPath(s)
		return err
	})
}

// everyOtherSpelling changes each character into some others, and the length.
func everyOtherSpelling(t *testing.T, token string, read func(string) error) {
	t.Helper()
	for i := range token {
		for _, c := range "Aa7_-=z2.\n" {
			other := token[:i] + string(c) + token[i+1:]
			if !strings.EqualFold(other, token) && read(other) == nil {
				t.Errorf("%q is read as %q", other, token)
			}
		}
	}
	for _, other := range []string{
		"", token[1:], token[:len(token)-1], token + "A", token + "=", token + "\n",
		" " + token,
	} {
		if read(other) == nil {
			t.Errorf("%q is read as %q", other, token)
		}
	}
}

func TestMessageIDsDifferByReaderAndEdition(t *testing.T) {
	seen := map[string]bool{}
	for edition := range uint32(20) {
		for subscriber := range int64(20) {
			seen[newKey.MessageID(edition, subscriber)] = true
		}
	}
	if len(seen) != 400 {
		t.Errorf("%d different IDs of 400", len(seen))
	}
}

func FuzzToken(f *testing.F) {
	f.Add(newKey.Link(subscribers.ToUnsubscribe, reader, time.Time{}))
	f.Add(newKey.ReturnPath(reader, 1))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if id, err := ring.Link(token, subscribers.ToUnsubscribe, now); err == nil && id != reader {
			t.Fatalf("%q is a link for %x", token, id)
		}
		if id, _, err := ring.ReturnPath(token); err == nil && id != reader {
			t.Fatalf("%q is a return path of %x", token, id)
		}
	})
}

func TestATokenToLeaveByMailOutlivesServersAndKeys(t *testing.T) {
	token := oldKey.Leave(reader)
	if len(token) != 42 || token != strings.ToLower(token) || len("leave+"+token) > 64 {
		t.Errorf("got %q, want 42 characters in small letters", token)
	}
	retired := subscribers.Keyring{1: {ID: 1, Secret: oldKey.Secret, Retired: true}}
	for _, came := range []string{token, strings.ToUpper(token), strings.ToUpper(token[:20]) + token[20:]} {
		if id, err := retired.Leave(came); err != nil || id != reader {
			t.Errorf("%s: got %x, %v", came, id, err)
		}
	}
}

func TestATokenToLeaveByMailIsForNothingElse(t *testing.T) {
	leave, test, path := newKey.Leave(reader), newKey.Test(reader), newKey.ReturnPath(reader, 7)
	for _, bad := range []string{test, path, "", leave[1:], leave + "a", "b" + leave[1:], leave[:41] + "7", leave[:41] + "\n"} {
		if _, err := ring.Leave(bad); !errors.Is(err, subscribers.ErrToken) {
			t.Errorf("%q: got %v, want %v", bad, err, subscribers.ErrToken)
		}
	}
	if _, err := ring.Test(leave); err == nil {
		t.Error("a token to leave passes for a test's")
	}
	if _, _, err := ring.ReturnPath(leave); err == nil {
		t.Error("a token to leave passes for a return path")
	}
	if n, err := ring.Test(strings.ToUpper(test)); err != nil || n != reader {
		t.Errorf("a test: got %x, %v", n, err)
	}
	if _, err := (subscribers.Keyring{1: oldKey}).Leave(leave); err == nil {
		t.Error("a token of a key that is not ours passes")
	}
}

func TestManyTokensAreThoseOfTheKey(t *testing.T) {
	k := subscribers.Key{ID: 3, Secret: []byte("sixteen bytes or so")}
	many := k.Many()
	for i := range uint64(100) {
		at := time.Time{}
		if i%3 == 0 {
			at = time.Unix(int64(i)*1e6, 0)
		}
		for got, want := range map[string]string{
			many.Link(subscribers.ToUnsubscribe, i, at): k.Link(subscribers.ToUnsubscribe, i, at),
			many.Link(subscribers.ToPrefer, i, at):      k.Link(subscribers.ToPrefer, i, at),
			many.ReturnPath(i, 7):                       k.ReturnPath(i, 7),
			many.Leave(i):                               k.Leave(i),
		} {
			if got != want {
				t.Fatalf("%d: got %q, want %q", i, got, want)
			}
		}
		want := subscribers.CopyTokens{
			Unsubscribe: k.Link(subscribers.ToUnsubscribe, i, time.Time{}),
			Preferences: k.Link(subscribers.ToPrefer, i, time.Time{}),
			ReturnPath:  k.ReturnPath(i, 7), Leave: k.Leave(i),
		}
		if got := many.Copy(i, 7); got != want {
			t.Fatalf("%d: got %+v, want %+v", i, got, want)
		}
	}
}
