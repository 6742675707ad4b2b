package bounce_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"vesper/digest/whole"
	"vesper/subscribers/bounce"
)

func messages(t testing.TB, text string) []string {
	t.Helper()
	var all []string
	for m, err := range bounce.Messages(strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(m))
	}
	return all
}

const line = "From MAILER-DAEMON Mon Nov 23 18:00:01 2026\n"

func TestAFileIsOneMessageOrAnMbox(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"one": {
			"Subject: a\n\nFrom me\n\nFrom x Mon Nov 23 18:00:01 2026\n",
			[]string{"Subject: a\n\nFrom me\n\nFrom x Mon Nov 23 18:00:01 2026\n"},
		},
		"one from a pipe": {
			line + "Subject: a\n\nb\n",
			[]string{"Subject: a\n\nb\n"},
		},
		"two": {
			line + "Subject: a\n\nb\n\n" + line + "Subject: c\n\nd\n",
			[]string{"Subject: a\n\nb\n\n", "Subject: c\n\nd\n"},
		},
		"CRLF": {
			"From a@b Mon Nov  3 18:00 2026\r\nSubject: a\r\n\r\nb\r\n\r\n" +
				"From  Mon Nov  3 18:00:00 UTC 2026\r\nX: c\r\n\r\n",
			[]string{"Subject: a\r\n\r\nb\r\n\r\n", "X: c\r\n\r\n"},
		},
		"quoted": {
			line + "Subject: a\n\n>From a\n>>From b\n> From c\n",
			[]string{"Subject: a\n\nFrom a\n>From b\n> From c\n"},
		},
		"no blank before": {
			line + "Subject: a\n\nb\n" + line + "Subject: c\n",
			[]string{"Subject: a\n\nb\n" + line + "Subject: c\n"},
		},
		"a sentence": {
			line + "Subject: a\n\nFrom Monday on at 18:00 in 2026\n",
			[]string{"Subject: a\n\nFrom Monday on at 18:00 in 2026\n"},
		},
		"no header behind it": {
			line + "Subject: a\n\n" + line + "and so on\n",
			[]string{"Subject: a\n\n" + line + "and so on\n"},
		},
		"nothing": {
			"",
			nil,
		},
		"blank lines": {
			"\n\r\n\n",
			nil,
		},
		"blank lines first": {
			"\n\n" + line + "Subject: a\n\nb",
			[]string{"\n\n" + line + "Subject: a\n\nb"},
		},
		"no end": {
			line + "Subject: a\n\nb",
			[]string{"Subject: a\n\nb"},
		},
	} {
		if name == "blank lines first" {
			// The first line that says something tells what the file is.
			c.want = []string{"Subject: a\n\nb"}
		}
		if got := messages(t, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAFileThatBreaksOffIsAnError(t *testing.T) {
	broken := errors.New("broken")
	file := io.MultiReader(strings.NewReader(line+"Subject: a\n\n"), iotest.ErrReader(broken))
	for _, err := range bounce.Messages(file) {
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

// big is an mbox of many messages, one of which has no end for a long while.
type big struct {
	left int
	text []byte
}

func (b *big) Read(p []byte) (int, error) {
	if len(b.text) == 0 {
		if b.left == 0 {
			return 0, io.EOF
		}
		b.left--
		b.text = bytes.Repeat([]byte("x"), 64<<10)
		if b.left%160 == 0 {
			b.text = []byte("\n\n" + line + fmt.Sprintf("Subject: %d\n\n", b.left))
		}
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	return n, nil
}

func TestALargeMboxIsReadInLittleMemory(t *testing.T) {
	whole.NotRaced(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, peak := 0, uint64(0)
	for m, err := range bounce.Messages(&big{left: 16000, text: []byte(line + "Subject: first\n\n")}) {
		if err != nil || len(m) > bounce.MaxSize {
			t.Fatalf("%d octets, %v", len(m), err)
		}
		n++
		runtime.GC()
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapAlloc)
	}
	if n != 101 {
		t.Errorf("%d messages, want 101", n)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("a gigabyte needs %d MB", grown>>20)
	}
}

func FuzzMessages(f *testing.F) {
	for _, text := range []string{
		line + "Subject: a\n\nb\n\n" + line + "Subject: c\n\n>From d\n", "Subject: a\r\n\r\nb", ">From \n", "From ",
		line + line + "a: b", "\n\n" + line,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		size := 0
		for m, err := range bounce.Messages(bytes.NewReader(text)) {
			if err != nil {
				t.Fatal(err)
			}
			size += len(m)
		}
		if size > len(text) {
			t.Errorf("%d octets out of %d", size, len(text))
		}
	})
}
