package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"vesper/subscribers"
)

// TestOnlyWhoHasAKeySeesWhomThePagesSee: an address is told to nobody who found the path, nor
// to a reader by a link of theirs.
func TestOnlyWhoHasAKeySeesWhomThePagesSee(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	ask := func(token string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+"/seen/"+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		w, err := b.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		text, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.StatusCode, string(text)
	}
	good := key.Link(subscribers.ToSee, 1, now.Add(time.Minute))
	var is Seen
	status, text := ask(good)
	if err := json.Unmarshal([]byte(text), &is); err != nil || status != http.StatusOK {
		t.Fatalf("got %d, %v", status, err)
	}
	if want := (Seen{Peer: "127.0.0.1", Client: "203.0.113.9", Trusted: true, Forwarded: true}); is != want {
		t.Errorf("got %+v, want %+v", is, want)
	}
	for what, token := range map[string]string{
		"expired":         key.Link(subscribers.ToSee, 1, now),
		"another purpose": key.Link(subscribers.ToPrefer, reader, time.Time{}),
		"one to confirm":  key.Link(subscribers.ToConfirm, reader, now.Add(time.Hour)),
		"another key": subscribers.Key{ID: key.ID, Secret: []byte("other")}.Link(subscribers.ToSee, 1,
			now.Add(time.Minute)),
		"changed": good[:len(good)-9] + "AAAAAAAAA",
	} {
		if status, _ := ask(token); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", what, status)
		}
	}
}
