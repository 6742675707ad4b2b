package relay

import (
	"bytes"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vesper/digest"
)

func envelopeOf(data []byte) digest.Envelope {
	return digest.Envelope{From: "bounces@paper.example", To: "a@reader.example", Data: data}
}

// octetByOctet is the wire form as the standard tells it (RFC 5321 4.5.2).
func octetByOctet(data []byte) (out []byte, eight, ok bool) {
	last := byte('\n')
	for i, c := range data {
		if c == '\n' && (i == 0 || last != '\r') || i > 0 && last == '\r' && c != '\n' {
			return nil, false, false
		}
		if c == '.' && last == '\n' {
			out = append(out, '.')
		}
		out = append(out, c)
		eight = eight || c > 127
		last = c
	}
	if last != '\n' {
		out = append(out, "\r\n"...)
	}
	return out, eight, last != '\r'
}

func holdToOctets(t interface{ Errorf(string, ...any) }, data []byte, buffer *[]byte) {
	kept := bytes.Clone(data)
	got, err := wireForm(envelopeOf(data), buffer)
	want, eight, ok := octetByOctet(data)
	switch {
	case (err == nil) != ok:
		t.Errorf("%q: got %v, want it to be taken: %t", data, err, ok)
	case ok && (!bytes.Equal(got.octets, want) || got.eightBit != eight):
		t.Errorf("%q: got %q, 8-bit %t", data, got.octets, got.eightBit)
	}
	if !bytes.Equal(kept, data) {
		t.Errorf("%q has become %q", kept, data)
	}
}

func TestTheWireFormIsTheStandards(t *testing.T) {
	pieces := rapid.SampledFrom([]string{".", "\r\n", "\r", "\n", "a", "é", "..", strings.Repeat("x", 40)})
	var buffer []byte
	rapid.Check(t, func(t *rapid.T) {
		holdToOctets(t, []byte(strings.Join(rapid.SliceOf(pieces).Draw(t, "data"), "")), &buffer)
	})
}

func FuzzWireForm(f *testing.F) {
	for _, s := range []string{"", ".", "a\r\n.b\r\n", "a\n.", "a\r.", "\r\n..\r\n.", "é\r\n\r\n", "\r", "\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var buffer []byte
		holdToOctets(t, data, &buffer)
	})
}

func TestWhatIsReadyIsNotLookedThrough(t *testing.T) {
	e := envelopeOf([]byte("a\r\n"))
	e.Form = digest.Form{Ready: true, EightBit: true}
	w, err := wireForm(e, nil)
	if err != nil || &w.octets[0] != &e.Data[0] || !w.eightBit || w.size != 3 {
		t.Errorf("got %+v, %v", w, err)
	}
	e.To = "a@b.example> NOTIFY=NEVER"
	if _, err := wireForm(e, nil); err == nil {
		t.Error("the recipient is not looked at")
	}
}

// slow takes so many octets at each write, and runs out of time then.
type slow struct {
	net.Conn
	takes  []int
	writes int
	got    bytes.Buffer
}

func (s *slow) SetDeadline(time.Time) error { return nil }

func (s *slow) Write(b []byte) (int, error) {
	if s.writes++; s.writes > len(s.takes) {
		return s.got.Write(b)
	}
	n := s.takes[s.writes-1]
	s.got.Write(b[:n])
	return n, os.ErrDeadlineExceeded
}

func TestARelayMustTakeAChunkInTheTimeForTheBody(t *testing.T) {
	data := bytes.Repeat([]byte("Good evening.\r\n"), 5*chunk/15)
	for _, row := range []struct {
		name   string
		takes  []int
		writes int
		err    error
	}{
		{"all at once", nil, 1, nil},
		{"slowly", []int{chunk, chunk + 1}, 3, nil},
		{"too slowly", []int{chunk, chunk - 1}, 2, os.ErrDeadlineExceeded},
		{"not at all", []int{0}, 1, os.ErrDeadlineExceeded},
	} {
		s := &slow{takes: row.takes}
		c := &conn{wire: &wire{Conn: s}}
		c.line = c.wire
		if err := c.body(wired{octets: data}); !errors.Is(err, row.err) || s.writes != row.writes {
			t.Errorf("%s: got %v after %d writes, want %v after %d", row.name, err, s.writes, row.err, row.writes)
		}
		if row.err == nil && !bytes.Equal(s.got.Bytes(), data) {
			t.Errorf("%s: something else arrived", row.name)
		}
	}
	// TLS can't go on after a write that ran out of time, so it is given a chunk at once.
	over := &slow{}
	c := &conn{wire: &wire{Conn: over}}
	c.line = struct{ net.Conn }{over}
	if err := c.body(wired{octets: data}); err != nil || over.writes != 5 || !bytes.Equal(over.got.Bytes(), data) {
		t.Errorf("over TLS: got %v after %d writes", err, over.writes)
	}
}

// BenchmarkWireForm makes the wire form of 52 kB: of what its maker has looked at, of
// what has to be looked through, and of what has a line with a dot besides.
func BenchmarkWireForm(b *testing.B) {
	page := bytes.Repeat([]byte("Good evening, it is =E2=80=9Cquiet=E2=80=9D in the harbour of Port Ellery.\r\n"), 720)
	dotted := append(bytes.Clone(page), ". The end.\r\n"...)
	ready := envelopeOf(page)
	ready.Form.Ready = true
	for name, e := range map[string]digest.Envelope{
		"ready": ready, "unknown": envelopeOf(page), "dotted": envelopeOf(dotted),
	} {
		b.Run(name, func(b *testing.B) {
			var buffer []byte
			b.SetBytes(int64(len(e.Data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wireForm(e, &buffer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
