package render

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/whole"
)

// holdToForm checks what is known of a copy against the standard, octet by octet.
func holdToForm(t fataler, e digest.Envelope) {
	t.Helper()
	ready, eight, last := true, false, byte('\n')
	for _, c := range e.Data {
		if (c == '\n') != (last == '\r') || last == '\n' && c == '.' {
			ready = false
		}
		eight, last = eight || c > 127, c
	}
	if want := (digest.Form{Ready: ready && last == '\n', EightBit: eight}); e.Form != want {
		t.Fatalf("got %+v, want %+v of %q", e.Form, want, e.Data)
	}
}

func TestNoLineOfAnEditionBeginsWithADot(t *testing.T) {
	whole.NotRaced(t)
	for _, s := range specimenSets {
		r, e, err := specimenEdition(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		c := composer(t, r, e)
		for _, variant := range []string{digest.Designed, digest.Plain} {
			d := delivery(ines(t))
			d.Variant = variant
			envelope, err := c.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			holdToForm(t, envelope)
			if !envelope.Form.Ready || envelope.Form.EightBit {
				t.Errorf("%s %s: got %+v", s.name, variant, envelope.Form)
			}
		}
	}
}

// TestDotsStayWhatTheySay writes dots at all places of quoted-printable lines, with words
// between them that become fields of their own lines.
func TestDotsStayWhatTheySay(t *testing.T) {
	const word = "v0123456789abcdef01234567ta"
	pieces := rapid.SampledFrom([]string{
		".", "...", strings.Repeat(".", 80), "\n", "a", "é", " ", "=", strings.Repeat("x", 37), word,
	})
	rapid.Check(t, func(t *rapid.T) {
		content := strings.Join(rapid.SliceOf(pieces).Draw(t, "content"), "") + "\n"
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, _ = io.WriteString(w, content)
		_ = w.Close()
		marked := standIn{word: word, field: "\x00f\x00"}.mark(undotted(b.Bytes()))
		for _, l := range strings.Split(string(marked), "\r\n") {
			if strings.HasPrefix(l, ".") || len(l) > 76 {
				t.Fatalf("a line is %q", l)
			}
		}
		got, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(bytes.ReplaceAll(marked, []byte("\x00f\x00"), []byte(word)))))
		if want := strings.ReplaceAll(content, "\n", "\r\n"); err != nil || string(got) != want {
			t.Fatalf("got %q (%v), want %q", got, err, want)
		}
	})
}
