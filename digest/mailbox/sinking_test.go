package mailbox

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/iotest"
)

// played is a connection whose other end said all that it says before.
type played struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (p *played) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *played) Write(b []byte) (int, error) { return p.out.Write(b) }

// FuzzSinking: whatever is said, the sink answers the same in whichever pieces it comes,
// and counts a message for each that it says it has taken.
func FuzzSinking(f *testing.F) {
	f.Add([]byte("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n.\r\nQUIT\r\n"))
	f.Add([]byte("MAIL\r\nRCPT\r\nDATA\r\n\r\n.\r\nMAIL\nrcpt\ndata\n..\r\n\r\n.\r\n.\r\n"))
	f.Add([]byte("mail\r\nrcpt\r\ndata\r\n\r\n.\r\r\n.\n\r\n.\r\nNOOP x\r\nSTARTTLS\r\nRSET\r\nDATA\r\n"))
	f.Add([]byte("\r\n.\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		play := func(in io.Reader) (string, Counts) {
			s, c := &Sink{}, &played{in: in}
			d := &sinking{sink: s, conn: c, in: make([]byte, 64<<10)}
			_ = d.run()
			return c.out.String(), s.Counts()
		}
		whole, counts := play(bytes.NewReader(said))
		pieces, others := play(iotest.OneByteReader(bytes.NewReader(said)))
		// A command that asks for the counts is told of waits too.
		if !bytes.Contains(bytes.ToUpper(said), []byte(SinkMark)) && whole != pieces {
			t.Errorf("at once: %q; in pieces: %q", whole, pieces)
		}
		if counts.Messages != others.Messages || counts.Octets != others.Octets || counts.Octets > int64(len(said)) {
			t.Errorf("at once: %+v; in pieces: %+v", counts, others)
		}
		if taken := int64(bytes.Count([]byte(whole), []byte("250 taken\r\n"))); taken != counts.Messages {
			t.Errorf("%d replies, %d messages counted", taken, counts.Messages)
		}
	})
}
