package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vesper/digest/mailbox"
)

// The senders and sinks, as they are called in the figures.
const (
	senderVesper, senderSource  = "vesper", "smtp-source"
	senderLoose                 = "vesper, no ledger"
	senderOverlap               = "vesper, overlap"
	senderAhead, senderUnsigned = "vesper, ahead", "vesper, not signed"
	sinkOurs, sinkPostfix       = "vesper bench sink", "smtp-sink"
)

// prepare makes what all rounds need, and says what will be measured.
func (b *bench) prepare(ctx context.Context) error {
	f := b.flags
	var ours *benchSink
	var err error
	if f.relay != "" {
		ours, err = foundSink(ctx, f.relay)
	} else {
		ours, err = b.startSink(ctx, sinkOurs)
	}
	if err != nil {
		return err
	}
	b.first = ours
	if err := b.prepareHome(ctx, b.base()); err != nil {
		return err
	}
	b.vesper(senderVesper, ours, ours.probe.tls != nil)
	if ours.probe.tls != nil {
		b.vesper(senderVesper, ours, false)
	}
	if f.overlap {
		b.vesper(senderOverlap, ours, ours.probe.tls != nil)
	}
	if f.loose {
		b.vesper(senderLoose, ours, ours.probe.tls != nil)
	}
	if f.ahead && f.sign {
		b.vesper(senderUnsigned, ours, ours.probe.tls != nil)
	}
	if f.ahead {
		b.vesper(senderAhead, ours, ours.probe.tls != nil)
	}
	if f.bare {
		return nil
	}
	source, err := exec.LookPath(postfixTool(senderSource))
	if err != nil {
		b.tell("vesper: %s of Postfix is not installed, so there is no yardstick\n", senderSource)
		return nil
	}
	b.source(source, ours)
	// Postfix's is near and has no TLS. Whether ours is so is known: what was measured of the way
	// is longer on a busy machine.
	if f.relay == "" && f.rtt == 0 && !f.tls {
		theirs, err := b.startSink(ctx, sinkPostfix)
		if err != nil {
			b.tell("vesper: no yardstick: %s\n", err)
			return nil
		}
		b.vesper(senderVesper, theirs, false)
		if f.overlap {
			b.vesper(senderOverlap, theirs, false)
		}
		b.source(source, theirs)
	}
	return nil
}

func (b *bench) base() string { return filepath.Join(b.home, "prepared") }

// postfixTool gives where a tool of Postfix's is: it is often not in the PATH.
func postfixTool(name string) string {
	if path := filepath.Join("/usr/sbin", name); isExecutable(path) {
		return path
	}
	return name
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// vesper has Vesper measured at a sink.
func (b *bench) vesper(name string, s *benchSink, secure bool) {
	signed := name == senderAhead || b.flags.sign && name != senderUnsigned
	r := &benchRun{sender: name, sink: s.name, tls: secure, signed: signed}
	r.measure = func(ctx context.Context, round int) (f benchFigures, err error) {
		home := filepath.Join(b.home, "round")
		if err := copyHome(home, b.base()); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
		task := benchTask{
			Home: home, Relay: s.address, Connections: b.flags.connections, Sign: signed, TLS: secure,
			Loose: name == senderLoose, Overlap: name == senderOverlap, Ahead: name == senderAhead,
		}
		if b.flags.profile != "" {
			name := strings.ReplaceAll(fmt.Sprintf("%s%s-%d", profileOf[name], r.where(), round+1), " ", "-")
			if task.Profile, err = filepath.Abs(filepath.Join(b.flags.profile, name)); err != nil {
				return f, err
			}
		}
		err = b.counted(ctx, s, &f, func() error { return b.send(ctx, task, &f) })
		return f, err
	}
	b.runs = append(b.runs, r)
}

// profileOf is how the names of the profiles of runs other than the first begin.
var profileOf = map[string]string{
	senderLoose: "no-ledger-", senderOverlap: "overlap-", senderAhead: "ahead-", senderUnsigned: "not-signed-",
}

// send runs a process that sends once.
func (b *bench) send(ctx context.Context, task benchTask, f *benchFigures) error {
	said, err := json.Marshal(task)
	if err != nil {
		return err
	}
	cmd, err := b.self(ctx, "bench", "round")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(said), &out, b.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the process that sends: %w", err)
	}
	return json.Unmarshal(out.Bytes(), f)
}

// self gives a process of this program. It is told to end when ctx does, and has time for
// what is under way.
func (b *bench) self(ctx context.Context, args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Args[0] = "vesper"
	// The service has it too, see dist/vesper.service.
	cmd.Env = append(os.Environ(), "MALLOC_ARENA_MAX=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd, nil
}

// source has smtp-source measured at a sink.
func (b *bench) source(path string, s *benchSink) {
	r := &benchRun{sender: senderSource, sink: s.name}
	r.measure = func(ctx context.Context, _ int) (f benchFigures, err error) {
		f = benchFigures{Commits: -1, Stalls: -1, Longest: -1, Messages: b.flags.recipients}
		err = b.counted(ctx, s, &f, func() error { return b.runSource(ctx, path, s.address, &f) })
		return f, err
	}
	b.runs = append(b.runs, r)
}

// runSource runs smtp-source once. Its messages are as large as ours.
func (b *bench) runSource(ctx context.Context, path, address string, f *benchFigures) error {
	cmd := exec.CommandContext(ctx, path, "-d", "-s", fmt.Sprint(b.flags.connections), "-m", fmt.Sprint(f.Messages),
		"-l", fmt.Sprint(b.messageSize()), "-f", "bounces@courier.invalid", "-t", "reader@town.invalid", address)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	// The kernel counts the memory of whoever starts a process as that process's.
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	f.Seconds, f.PeakMB = time.Since(began).Seconds(), peak()
	f.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// messageSize is the size of Vesper's messages, as far as it is known.
func (b *bench) messageSize() int64 {
	for _, r := range b.runs {
		for _, f := range r.rounds {
			if r.sender == senderVesper && f.Octets > 0 {
				return f.Octets / int64(f.Messages)
			}
		}
	}
	return 52_000
}

// counted compares what a sender says with what the sink has counted meanwhile, where it
// counts.
func (b *bench) counted(ctx context.Context, s *benchSink, f *benchFigures, do func() error) error {
	if !s.probe.counts {
		return do()
	}
	before, err := s.probe.Counts()
	if err != nil {
		return err
	}
	s.probe.longest = 0
	done := b.showSink(ctx, s, before)
	err = do()
	done()
	if err != nil {
		return err
	}
	after, err := s.probe.Counts()
	if err != nil {
		return err
	}
	if n := after.Messages - before.Messages; n != int64(f.Messages) {
		return fmt.Errorf("%d messages were sent, but the sink counted %d", f.Messages, n)
	}
	f.Octets, f.Stalls = after.Octets-before.Octets, after.Stalls-before.Stalls
	f.Longest = milliseconds(s.probe.longest)
	return nil
}

// showSink says on stderr how far a run is, by what the sink has counted, until the
// result is called.
func (b *bench) showSink(ctx context.Context, s *benchSink, before mailbox.Counts) (stop func()) {
	last := 0
	look := func() int {
		if n, err := s.probe.Counts(); err == nil {
			last = int(n.Messages - before.Messages)
		}
		return last
	}
	return b.showProgress(ctx, progress{total: b.flags.recipients, look: look, line: func(after time.Duration) string {
		p := pace{total: b.flags.recipients, done: look()}
		return fmt.Sprintf("%d of %d sent, %.0f a second", p.done, p.total, p.rate(after))
	}})
}
