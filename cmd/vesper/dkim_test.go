package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"vesper/digest/dkim"
)

// txt is a DNS of TXT records; nil is one that doesn't answer.
type txt map[string][]string

func (d txt) LookupTXT(_ context.Context, name string) ([]string, error) {
	if d == nil {
		return nil, errNoDNS
	}
	if found := d[name]; len(found) > 0 {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (d txt) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, errNoDNS }

func (d txt) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, errNoDNS
}

func (d txt) LookupAddr(context.Context, string) ([]string, error) { return nil, errNoDNS }

var errNoDNS = errors.New("no server answers")

// signingRoom is a newsroom with a key, and its record.
func signingRoom(t *testing.T) (*newsroom, *app, dkim.Record) {
	t.Helper()
	n := newNewsroom(t, 3)
	key := filepath.Join(n.dir, "keys", "v1.pem")
	if err := dkim.NewKey(key, dkim.RSA); err != nil {
		t.Fatal(err)
	}
	s, err := dkim.New(dkim.Options{Domain: "news.example", Selector: "v1", KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{
		"VESPER_CONFIG":      filepath.Join(n.dir, "vesper.toml"),
		"VESPER_DKIM_DOMAIN": "news.example",
	}
	return n, &app{env: func(name string) string { return set[name] }, now: clock()}, s.Records()[0]
}

// say runs a command line and gives its exit status, results and talk.
func say(t *testing.T, a *app, args ...string) (code int, out, talk string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a.stdout, a.stderr = &stdout, &stderr
	code = a.execute(t.Context(), args)
	return code, stdout.String(), stderr.String()
}

func TestDKIMCheckSaysWhatDiffers(t *testing.T) {
	_, a, record := signingRoom(t)
	for _, c := range []struct {
		dns       txt
		code      int
		out, talk string
	}{
		{txt{record.Name: {record.Value}}, exitDone, "v1._domainkey.news.example: ok\n", ""},
		{txt{}, exitFailed, "", "vesper: v1._domainkey.news.example: there is no TXT record\nhint: publish"},
		{txt{record.Name: {record.Value[:200]}}, exitFailed, "", "p= is cut off after"},
		{nil, exitFailed, "", "look up v1._domainkey.news.example: no server answers"},
	} {
		a.dns = c.dns
		code, out, talk := say(t, a, "dkim", "check")
		if code != c.code || out != c.out || !strings.Contains(talk, c.talk) || c.talk == "" && talk != "" {
			t.Errorf("got %d, %q, %q, want %+v", code, out, talk, c)
		}
	}
}

// TestEveryReaderGetsASignedCopy: what comes over the wire verifies.
func TestEveryReaderGetsASignedCopy(t *testing.T) {
	n, a, record := signingRoom(t)
	code, out, talk := say(t, a, "edition", "preview", "--format", "eml")
	if code != exitDone {
		t.Fatalf("exit status %d: %s", code, talk)
	}
	copies := []string{out}
	if code, _, talk := say(t, a, "edition", "send", "--yes"); code != exitDone {
		t.Fatalf("exit status %d: %s", code, talk)
	}
	for _, got := range n.copies(t) {
		copies = append(copies, string(got[0]))
	}
	if len(copies) != 4 {
		t.Fatalf("got %d copies, want 4", len(copies))
	}
	for _, m := range copies {
		found, err := msgauth.VerifyWithOptions(strings.NewReader(m), &msgauth.VerifyOptions{
			LookupTXT: func(name string) ([]string, error) {
				return txt{record.Name: {record.Value}}.LookupTXT(t.Context(), name)
			},
		})
		if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != "news.example" {
			t.Errorf("got %+v, %v, want one signature that holds", found, err)
		}
	}
}
