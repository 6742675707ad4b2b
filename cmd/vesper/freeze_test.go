package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"vesper/digest"
	"vesper/digest/ahead"
	"vesper/digest/dkim"
	"vesper/digest/render"
)

// TestAFrozenEditionIsSignedAheadAndSentOnceThoughItsProcessDies kills the service while it
// signs, starts it again, and has all that arrives verified.
func TestAFrozenEditionIsSignedAheadAndSentOnceThoughItsProcessDies(t *testing.T) {
	t.Parallel()
	const readers = 400
	n := newNewsroom(t, readers)
	config := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "[[edition]]\nfreeze = \"10m\"\n[dkim]\ndomain = \"news.example\"\nselector = \"v1\"\n"...)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	n.run(t, "dkim", "new")
	early := clockAt(t, "2030-01-01T12:00:00Z")
	n.written(t, early())
	s := n.service(t, early)
	s.says(t, "serving")
	s.ends(t)

	n.clock = clockAt(t, "2030-01-01T17:51:00Z")
	serve := n.command("serve")
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	signed := filepath.Join(n.dir, "vesper.db.ahead-1")
	var info os.FileInfo
	for tick := time.NewTicker(time.Millisecond); info == nil || info.Size() < 1000; <-tick.C {
		info, _ = os.Stat(signed)
	}
	if err := serve.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = serve.Wait()
	if info.Mode().Perm() != 0o600 || info.Size() > readers*400 {
		t.Errorf("got %v with %d octets", info.Mode(), info.Size())
	}
	if got := len(n.copies(t)); got != 0 {
		t.Fatalf("%d have got it before its time", got)
	}

	s = n.service(t, clockAt(t, "2030-01-01T17:59:56Z"))
	s.says(t, "edition done")
	s.ends(t)
	if left := n.files(t, "vesper.db.ahead-*"); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
	key, err := dkim.New(dkim.Options{
		Domain: "news.example", Selector: "v1", KeyFile: filepath.Join(n.dir, "keys", "v1.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	dns := func(string) ([]string, error) { return []string{key.Records()[0].Value}, nil }
	copies := n.copies(t)
	if len(copies) != readers {
		t.Errorf("%d have got it", len(copies))
	}
	for reader, all := range copies {
		found, err := msgauth.VerifyWithOptions(bytes.NewReader(all[0]), &msgauth.VerifyOptions{LookupTXT: dns})
		if err != nil || len(all) != 1 || len(found) != 1 || found[0].Err != nil {
			t.Fatalf("%s has got %d, and the first has %+v, %v", reader, len(all), found, err)
		}
		if !bytes.Contains(all[0], []byte("Date: Tue, 01 Jan 2030 18:00:00 +0000")) {
			t.Fatalf("another date: %.900s", all[0])
		}
	}
	n.asks(t, "edition", "verify", "2030-01-01-evening")
}

// freezer gives a composer, and deliveries with what was signed ahead for them.
func freezer(t testing.TB, s *dkim.Signer, readers int) (*render.Composer, []digest.Delivery, *ahead.File) {
	t.Helper()
	message, err := os.ReadFile("../../digest/render/testdata/stored/quoted-designed.message")
	if err != nil {
		t.Fatal(err)
	}
	c, err := render.NewComposer([]digest.Message{{Variant: digest.Designed, Bytes: message}},
		"bounces+{token}@bounce.courier.example")
	if err != nil {
		t.Fatal(err)
	}
	c.Signer = s
	at := time.Unix(1.8e9, 0)
	name, size := c.AheadName(at)
	file, err := ahead.Folder{Database: filepath.Join(t.TempDir(), "vesper.db")}.Make(1, size, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	var all []digest.Delivery
	for i := range readers {
		token := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i)))
		d := digest.Delivery{
			Key: int64(i + 1), Variant: digest.Designed, MessageID: token[:32], ReturnPath: token[:40],
			Address: fmt.Sprintf("reader%d@reader.example", i), Unsubscribe: token[:36], Preferences: token[4:40],
			Since: time.Unix(1.7e9, 0), FirstDue: at,
		}
		sum, made, ok, err := c.SignAhead(d)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := file.Add(d.Key, sum, made); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if err := file.Flush(); err != nil {
		t.Fatal(err)
	}
	return c, all, file
}

// TestACopySignedAheadHasTheSameBytes: with the real keys and the real file.
func TestACopySignedAheadHasTheSameBytes(t *testing.T) {
	t.Parallel()
	c, all, file := freezer(t, aSigner(t), 200)
	for _, d := range all {
		c.Ahead = nil
		want, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		c.Ahead = file
		got, err := c.Compose(d)
		if err != nil || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("got %.900q (%v), want %.900q", got.Data, err, want.Data)
		}
		if strings.Count(string(got.Data), "DKIM-Signature:") != 1 {
			t.Fatalf("got %.900q", got.Data)
		}
		c.Release(got)
		c.Release(want)
	}
}

// BenchmarkSignedAhead compares copies that were signed ahead with unsigned ones, in turns of
// one run: "×unsigned" is how many times as long the first take.
func BenchmarkSignedAhead(b *testing.B) {
	key := filepath.Join(b.TempDir(), "v1.pem")
	if err := dkim.NewKey(key, dkim.RSA); err != nil {
		b.Fatal(err)
	}
	s, err := dkim.New(dkim.Options{Domain: "courier.example", Selector: "v1", KeyFile: key})
	if err != nil {
		b.Fatal(err)
	}
	signed, all, file := freezer(b, s, 1000)
	signed.Ahead = file
	bare, _, _ := freezer(b, s, 1)
	bare.Signer = nil
	var took [2]time.Duration
	for b.Loop() {
		for i, c := range []*render.Composer{bare, signed} {
			began := time.Now()
			for _, d := range all {
				e, err := c.Compose(d)
				if err != nil {
					b.Fatal(err)
				}
				c.Release(e)
			}
			took[i] += time.Since(began)
		}
	}
	n := float64(b.N * len(all))
	b.ReportMetric(float64(took[0].Nanoseconds())/n, "ns/unsigned")
	b.ReportMetric(float64(took[1].Nanoseconds())/n, "ns/ahead")
	b.ReportMetric(float64(took[1])/float64(took[0]), "×unsigned")
}
