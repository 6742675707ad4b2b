package dkim

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// quick signs with Ed25519 alone: RSA is fifty times slower.
func quick(t testing.TB) *Signer {
	s := signer(t, true)
	return &Signer{domain: s.domain, keys: s.keys[1:]}
}

// holdToWhole checks that a prepared message's copies are signed as they are by
// themselves, and has go-msgauth verify that.
func holdToWhole(t fataler, s *Signer, texts [][]byte, sets ...[][]byte) {
	t.Helper()
	sign, ahead := s.Prepare(texts), s.PrepareAhead(texts)
	for _, values := range sets {
		var copied []byte
		for i, text := range texts {
			if copied = append(copied, text...); i < len(values) {
				copied = append(copied, values[i]...)
			}
		}
		want, wantErr := s.Sign(copied, at)
		got, err := sign([]byte("before"), values, at)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != "before"+string(want) {
			t.Fatalf("%q: got %q (%v), want %q (%v)", copied, got, err, want, wantErr)
		}
		if made, ok, err := ahead.Make([]byte("x"), values, at); ok {
			again, err := ahead.Write([]byte("before"), made[1:], at)
			if len(made) != 1+ahead.Size() || !bytes.Equal(again, got) || err != nil {
				t.Fatalf("%q: ahead got %q (%v), want %q", copied, again, err, got)
			}
		} else if err != nil || ahead.(*aheadOf).fits(values) {
			t.Fatalf("%q: not made: %v", copied, err)
		}
		if err != nil {
			continue
		}
		for _, err := range verify(t, s, append(got[len("before"):], copied...)) {
			if err != nil {
				t.Fatalf("%q: %v", copied, err)
			}
		}
	}
}

// TestEveryPreparedCopyIsSignedAsByItself: with values of all kinds in the header and in
// the body, where dots, long lines, blanks and empty lines stand around them.
func TestEveryPreparedCopyIsSignedAsByItself(t *testing.T) {
	s := quick(t)
	line := rapid.SampledFrom([]string{
		"", ".", "..", "a", " ", "\t", " \t ", "a b", "a  b \t", strings.Repeat("x y", 400), "é", "\r\n", "=\r\n",
		"\r\n\r\n", ". a", "a@b.example", "2E",
	})
	text := rapid.Map(rapid.SliceOfN(line, 0, 5), func(l []string) string { return strings.Join(l, "") })
	inLine := rapid.StringMatching(`[ -~é\t]{0,12}`)
	odd := rapid.SampledFrom([]string{"", " ", "\r\n", "\r\n b", "\r", "\n", "x\r\nTo: y", "\r\n\r\n", "\x00", ":", "é"})
	rapid.Check(t, func(t *rapid.T) {
		header := []string{"From: a@courier.example\r\nTo: ", "\r\nDate: ", "\r\nList-Unsubscribe: <", ">,\r\n <", ">\r\n"}
		if rapid.Bool().Draw(t, "odd header") {
			names := rapid.SampledFrom([]string{"Subject: a", "to", ": b", "\r\nCc : c ", "\r\n", " ", "", "From: x", "\r\n\r\n"})
			header[rapid.IntRange(0, 4).Draw(t, "where")] = names.Draw(t, "text")
		}
		texts := header
		last := len(texts) - 1
		body := rapid.SliceOfN(text, 1, 6).Draw(t, "body")
		texts[last] += "\r\n" + body[0]
		texts = append(texts, body[1:]...)
		var sets [][][]byte
		for range 3 {
			var values [][]byte
			for i := range len(texts) - 1 {
				of := text
				switch {
				case rapid.IntRange(0, 30).Draw(t, "odd") == 0:
					of = odd
				case i < last:
					of = inLine
				}
				values = append(values, []byte(of.Draw(t, "value")))
			}
			sets = append(sets, values)
		}
		var pieces [][]byte
		for _, text := range texts {
			pieces = append(pieces, []byte(text))
		}
		holdToWhole(t, s, pieces, sets...)
	})
}

func TestAPreparedMessageIsTakenApart(t *testing.T) {
	s := signer(t, true)
	texts := bytes.Split([]byte(strings.NewReplacer("ines@reader.example", "\x00", "Good", "\x00").Replace(message)), []byte{0})
	p := &prepared{signer: s, texts: texts}
	p.take()
	if !p.known || p.inHeader != 1 || len(p.body) != 2 {
		t.Fatalf("got %t, %d and %d", p.known, p.inHeader, len(p.body))
	}
	sets := [][][]byte{}
	for _, v := range []string{"a@b.example", "", " x "} {
		sets = append(sets, [][]byte{[]byte(v), []byte(".\r\n" + v), []byte(" " + v + "\r\n \r\n")})
	}
	holdToWhole(t, s, texts, sets...)
	// Another time, and the first one again.
	sign := s.Prepare(texts)
	for _, when := range []time.Time{at, at.Add(time.Hour), at} {
		want, err := s.Sign(p.whole(sets[0]), when)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := sign(nil, sets[0], when); err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %q (%v), want %q", got, err, want)
		}
	}
}

func TestASignatureIsFoldedAsWide(t *testing.T) {
	for n := range 600 {
		b := bytes.Repeat([]byte{0xA5}, n)
		got := string(appendFolded([]byte(" b="), b))
		lines := strings.Split(strings.TrimSuffix(got, crlf), crlf)
		for i, l := range lines {
			if len(l) > width || i < len(lines)-1 && len(l) < width {
				t.Fatalf("%d: a line of %d: %q", n, len(l), l)
			}
		}
		value := strings.TrimPrefix(strings.NewReplacer(crlf, "", " ", "").Replace(got), "b=")
		if value != base64.StdEncoding.EncodeToString(b) || !strings.HasSuffix(got, crlf) || slices.Contains(lines[1:], " ") {
			t.Fatalf("%d: got %q", n, got)
		}
	}
}

// FuzzPrepare takes any bytes apart at their NULs: text, value, text … text.
func FuzzPrepare(f *testing.F) {
	f.Add([]byte(message))
	f.Add([]byte("From: a\x00b\x00\r\nTo: \x00c\x00\r\n\r\n.\x00.\r\n\x00 \r\n\x00\t\x00x"))
	f.Add([]byte("From: a\r\n\r\n\x00\r\n\x00\r\n"))
	f.Add([]byte("From: a\r\n\x00To: b\r\n\x00\r\nx \x00\x00 y\r\n"))
	f.Add([]byte("From: a\r\nTo:\x00\r\n\x00\r\n\r\nx"))
	s := quick(f)
	f.Fuzz(func(t *testing.T, m []byte) {
		pieces := bytes.Split(m, []byte{0})
		if len(pieces)%2 == 0 {
			return
		}
		var texts, values [][]byte
		for i, p := range pieces {
			if i%2 == 0 {
				texts = append(texts, p)
			} else {
				values = append(values, p)
			}
		}
		holdToWhole(t, s, texts, values)
	})
}

// BenchmarkPrepared signs copies of a message of 52 kB whose values stand as an edition's
// do. With RSA nearly all of it is the key's.
func BenchmarkPrepared(b *testing.B) {
	head, body, _ := strings.Cut(strings.Replace(message, "ines@reader.example", "\x00", 1), "\r\n\r\n")
	page := strings.Repeat("<p>The council voted =E2=80=9Cno=E2=80=9D, and the harbour of Port Ellery=\r\n", 110)
	whole := head + "\r\n\r\n" + page + "\x00=\r\n" + body + strings.Repeat(page, 5) + "\x00=\r\n" + body
	texts := bytes.Split([]byte(whole), []byte{0})
	values := [][]byte{[]byte("ines@reader.example"), []byte("ines@reader.example"), []byte("March 12, 2026")}
	for name, s := range map[string]*Signer{"rsa": signer(b, false), "ed25519": quick(b)} {
		b.Run(name, func(b *testing.B) {
			sign := s.Prepare(texts)
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = sign(dst[:0], values, at); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" as a whole", func(b *testing.B) {
			copied := (&prepared{texts: texts}).whole(values)
			b.SetBytes(int64(len(copied)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign(copied, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
