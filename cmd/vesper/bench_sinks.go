package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"vesper/digest/mailbox"
)

// benchSink is a sink that runs, and what was seen of it.
type benchSink struct {
	name, address string
	probe         *probe
	// cmd is its process, hold its stdin: nil if somebody else started it.
	cmd  *exec.Cmd
	hold io.Closer
	ends chan error
}

// foundSink gives a sink that somebody else started.
func foundSink(ctx context.Context, address string) (*benchSink, error) {
	p, err := lookAt(ctx, address)
	if err != nil {
		return nil, usage(fmt.Errorf("--relay: %w", err),
			`"vesper bench sink --listen 127.0.0.1:2525" starts one, on this machine alone`)
	}
	return &benchSink{name: sinkOurs, address: address, probe: p}, nil
}

// startSink starts a sink in a process of its own.
func (b *bench) startSink(ctx context.Context, name string) (s *benchSink, err error) {
	if name == sinkPostfix {
		s, err = b.startPostfix(ctx)
	} else {
		s, err = b.startOurs(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	b.sinks = append(b.sinks, s)
	return s, nil
}

func (b *bench) startOurs(ctx context.Context) (*benchSink, error) {
	cmd, err := b.self(context.WithoutCancel(ctx), append([]string{
		"bench", "sink", "--attended", "--listen", "127.0.0.1:0", "-o", "json",
	}, b.flags.arguments()...)...)
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s := &benchSink{name: sinkOurs, cmd: cmd, ends: make(chan error, 1)}
	if s.hold, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	said := json.NewDecoder(out)
	var at sinkJSON
	err = said.Decode(&at)
	go func() { io.Copy(io.Discard, out); s.ends <- cmd.Wait() }()
	s.address = at.Address
	if err == nil {
		s.probe, err = lookAt(ctx, s.address)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// startPostfix starts Postfix's smtp-sink, under the name by which ours are known. It can't choose
// a free port itself, and another program may take ours first: then it is tried again.
func (b *bench) startPostfix(ctx context.Context) (s *benchSink, err error) {
	for range 3 {
		if s, err = b.tryPostfix(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	return s, err
}

func (b *bench) tryPostfix(ctx context.Context) (*benchSink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &benchSink{name: sinkPostfix, address: l.Addr().String(), ends: make(chan error, 1)}
	if err := l.Close(); err != nil {
		return nil, err
	}
	args := []string{"-h", mailbox.SinkMark, s.address, "128"}
	if os.Geteuid() == 0 {
		// It does not take mail as root.
		args = append([]string{"-u", "nobody"}, args...)
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), postfixTool(sinkPostfix), args...)
	var said bytes.Buffer
	s.cmd.Stderr = &said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ends <- s.cmd.Wait() }()
	for wait := time.Millisecond; ; wait *= 2 {
		if s.probe, err = lookAt(ctx, s.address); err == nil || wait > 4*time.Second || ctx.Err() != nil {
			break
		}
		select {
		case err := <-s.ends:
			return nil, fmt.Errorf("%w: %s", cmp.Or(err, errors.New("it ended")), strings.TrimSpace(said.String()))
		case <-time.After(wait):
		}
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// stop ends the process.
func (s *benchSink) stop() {
	if s.probe != nil {
		s.probe.close()
	}
	if s.cmd == nil {
		return
	}
	if s.hold != nil {
		s.hold.Close()
	} else {
		_ = s.cmd.Process.Kill()
	}
	select {
	case <-s.ends:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ends
	}
}
