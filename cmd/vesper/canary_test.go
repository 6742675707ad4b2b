package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/store"
)

// canary is an address that no log may sing of.
const canary = "canary.in.the.mine@reader.example"

// secrets gives the bytes of every key in a database, as they are and in hex.
func secrets(t *testing.T, l *store.List) []string {
	t.Helper()
	ring, err := l.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range ring {
		all = append(all, string(k.Secret), hex.EncodeToString(k.Secret))
	}
	return all
}

// Verbs answer with addresses to whoever asks; what they log must not have one.
func TestNoVerbLogsAnAddressOrASecret(t *testing.T) {
	n := newNewsroom(t, 1)
	if err := os.WriteFile(filepath.Join(n.dir, "list.txt"), []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(n.dir, "list.txt")
	var log bytes.Buffer
	for _, line := range [][]string{
		{"import", list},
		{"confirm", canary},
		{"suppress", canary},
		{"suppress", "--file", list},
		{"unsuppress", canary},
		{"explain", canary},
		{"show", canary, "-o", "json"},
		{"list"},
		{"stats"},
		{"remove", canary},
		{"add", canary},
		{"erase", canary},
		{"add", canary},
		{"confirm", canary},
	} {
		var said, out bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &said, env: none, now: time.Now}
		a.execute(t.Context(), append([]string{"--config", filepath.Join(n.dir, "vesper.toml"), "-v", "subscribers"},
			line...))
		for said := range strings.Lines(said.String()) {
			if strings.HasPrefix(said, "time=") {
				log.WriteString(said)
			}
		}
	}
	a := &app{stdin: strings.NewReader(""), stdout: &log, stderr: &log, env: none, now: time.Now}
	if code := a.execute(t.Context(), []string{
		"--config", filepath.Join(n.dir, "vesper.toml"), "-v", "keys",
		"rotate",
	}); code != exitDone {
		t.Errorf("keys rotate ends with %d:\n%s", code, &log)
	}
	s, err := store.Open(t.Context(), filepath.Join(n.dir, "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	local, _, _ := strings.Cut(canary, "@")
	for _, word := range append(secrets(t, s.List()), canary, local) {
		if strings.Contains(log.String(), word) {
			t.Errorf("%q is in the log:\n%s", word, &log)
		}
	}
}

func TestServeForgetsWhoDoesNotConfirm(t *testing.T) {
	n := newNewsroom(t, 1)
	now := clockAt(t, "2030-01-01T12:00:00Z")
	path := filepath.Join(n.dir, "vesper.db")
	file, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := file.List()
	silent, err := subscribers.ParseAddress(canary)
	if err != nil {
		t.Fatal(err)
	}
	recent, err := subscribers.ParseAddress("recent@reader.example")
	if err != nil {
		t.Fatal(err)
	}
	for address, ago := range map[subscribers.Address]time.Duration{silent: 73 * time.Hour, recent: 71 * time.Hour} {
		letter := digest.Letter{Kind: digest.Confirmation, Address: address.Mailbox(), Bytes: []byte("x")}
		asking := subscribers.Asking{At: now().Add(-ago)}
		if err := s.SignUp(t.Context(), address, asking, uint64(ago), letter); err != nil {
			t.Fatal(err)
		}
	}
	service := n.service(t, now)
	service.says(t, "not confirmed in time")
	service.ends(t)
	if _, err := s.Subscriber(context.Background(), recent); err != nil {
		t.Errorf("who has an hour left: %v", err)
	}
	if _, err := s.Subscriber(context.Background(), silent); err == nil {
		t.Error("who did not confirm is still there")
	}
	service.mu.Lock()
	defer service.mu.Unlock()
	if strings.Contains(service.text.String(), canary) {
		t.Errorf("the log has the address:\n%s", &service.text)
	}
}
