package relay_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"vesper/digest"
	"vesper/digest/relay"
	"vesper/digest/whole"
)

// childSink makes this test binary a server that takes all mail and counts it, for
// benchmarks: in a process of its own, so that its work is not counted as ours.
const childSink = "RELAY_TEST_SINK"

// sink serves until its standard input ends.
func sink() {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(at.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			line, err := at.Accept()
			if err != nil {
				return
			}
			go take(line)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// take speaks SMTP with one client. It looks at nothing but the commands' ends.
func take(line net.Conn) {
	defer line.Close()
	in := bufio.NewReaderSize(line, 64<<10)
	out := bufio.NewWriter(line)
	_, _ = out.WriteString("220 sink.example ESMTP\r\n")
	for message := false; ; {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		said, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case message && !bytes.Equal(said, []byte(".\r\n")):
			continue
		case bytes.HasPrefix(said, []byte("EHLO")):
			_, _ = out.WriteString("250-sink.example\r\n250-PIPELINING\r\n250-SIZE 0\r\n250 8BITMIME\r\n")
		case bytes.HasPrefix(said, []byte("DATA")):
			message = true
			_, _ = out.WriteString("354 End data with <CR><LF>.<CR><LF>\r\n")
		default:
			message = false
			_, _ = out.WriteString("250 2.0.0 Ok: queued as 4Fq3Zp1kXwz9s\r\n")
		}
	}
}

// startSink starts a sink and gives a relay that sends to it.
func startSink(b testing.TB) *relay.Relay {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childSink+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	r := &relay.Relay{Host: "127.0.0.1", TLS: relay.None, Hello: "paper.example", Timeouts: patient, Connections: 16}
	if _, err := fmt.Fscan(out, &r.Port); err != nil {
		b.Fatal(err)
	}
	return r
}

// endless gives out one envelope again and again, and counts what was taken.
type endless struct {
	envelope digest.Envelope
	left     *atomic.Int64
	taken    *atomic.Int64
}

func (e endless) Next(context.Context) (digest.Envelope, bool) {
	return e.envelope, e.left.Add(-1) >= 0
}

func (e endless) Ahead(ctx context.Context) (digest.Envelope, bool) { return e.Next(ctx) }

func (e endless) Done() <-chan struct{} { return nil }

func (e endless) Intended(context.Context, digest.Envelope) error { return nil }

func (e endless) Settle(_ context.Context, _ digest.Envelope, o digest.Outcome) {
	if o.Class == digest.Accepted {
		e.taken.Add(1)
	}
}

// page is a message of about 52 kB in quoted-printable. Some of its lines begin with a dot.
func page() []byte {
	var b strings.Builder
	b.WriteString("From: a@paper.example\r\nSubject: Evening\r\n\r\n")
	for i := range 720 {
		if i%360 == 7 {
			b.WriteString(".\r\n")
		}
		b.WriteString("Good evening, it is =E2=80=9Cquiet=E2=80=9D in the harbour of Port Ellery, =\r\n")
	}
	return []byte(b.String() + "as ever.\r\n")
}

// sendAll sends so many messages over 16 connections of a pool.
func sendAll(t testing.TB, p *relay.Pool, n int) {
	e := endless{envelope: envelopes(1)[0], left: &atomic.Int64{}, taken: &atomic.Int64{}}
	e.envelope.Data = page()
	e.left.Store(int64(n))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { p.Edition(1).Work(t.Context(), e) })
	}
	all.Wait()
	if e.taken.Load() != int64(n) {
		t.Fatalf("%d of %d taken", e.taken.Load(), n)
	}
}

// TestOneMessageAfterAnotherMakesNoGarbage: on open connections nothing that grows with
// the message is made anew.
func TestOneMessageAfterAnotherMakesNoGarbage(t *testing.T) {
	if whole.Raced {
		t.Skip("the run without the race detector has this test")
	}
	p := &relay.Pool{Relays: []*relay.Relay{startSink(t)}}
	few := testing.AllocsPerRun(1, func() { sendAll(t, p, 100) })
	many := testing.AllocsPerRun(1, func() { sendAll(t, p, 1100) })
	if each := (many - few) / 1000; each > 6 {
		t.Errorf("%.1f allocations a message, want 6 at most", each)
	}
}

// BenchmarkSending sends messages of 52 kB over 16 connections of a pool to a server in a
// process of its own. It gives the processor's time of a message here.
func BenchmarkSending(b *testing.B) {
	p := &relay.Pool{Relays: []*relay.Relay{startSink(b)}}
	b.SetBytes(int64(len(page())))
	b.ReportAllocs()
	b.ResetTimer()
	before := spent()
	sendAll(b, p, b.N)
	b.ReportMetric(float64(spent()-before)/float64(b.N), "cpu-µs/op")
}

// spent is this process's time on processors so far, in microseconds.
func spent() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano()/1000 + u.Stime.Nano()/1000
}
