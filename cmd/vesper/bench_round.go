package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/publish"
	"vesper/templates"
)

// benchTask is what a process that sends once is told on stdin.
type benchTask struct {
	Home        string `json:"home"`
	Relay       string `json:"relay"`
	Connections int    `json:"connections"`
	Sign        bool   `json:"sign"`
	// TLS says that the mail goes over TLS.
	TLS bool `json:"tls"`
	// Loose says that what is sent is kept in memory until all is.
	Loose bool `json:"loose"`
	// Overlap says that messages are overlapped.
	Overlap bool `json:"overlap"`
	// Ahead says that the edition is signed ahead of its time.
	Ahead bool `json:"ahead"`
	// Profile is how the files with the profiles begin; empty: there are none.
	Profile string `json:"profile"`
}

// benchRoundCommand is what "bench" starts for each run of the sender, so that its
// figures are those of a process that does nothing else.
func (a *app) benchRoundCommand() *cobra.Command {
	return &cobra.Command{
		Use: "round", Short: "Send once, as stdin says", Hidden: true, Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			var task benchTask
			if err := json.NewDecoder(a.stdin).Decode(&task); err != nil {
				return usage(fmt.Errorf("stdin: %w", err), `"vesper bench" runs this`)
			}
			figures, err := a.benchRound(cmd.Context(), task)
			if err != nil {
				return err
			}
			return newEncoder(a.stdout).Encode(figures)
		}),
	}
}

// benchRound opens the edition in a folder that was prepared, and sends it.
func (a *app) benchRound(ctx context.Context, task benchTask) (f benchFigures, err error) {
	seen, err := lookAt(ctx, task.Relay)
	if err != nil {
		return f, err
	}
	seen.close()
	c, err := benchConfig(task)
	if err != nil {
		return f, err
	}
	clock := &benchClock{now: a.now}
	a.now = clock.time
	h, err := a.build(ctx, c, templates.BuiltIn())
	if err != nil {
		return f, err
	}
	defer h.close()
	if task.TLS {
		if seen.tls == nil {
			return f, errors.New("the sink offers no TLS")
		}
		roots := x509.NewCertPool()
		roots.AddCert(seen.tls)
		h.relays.Relays[0].RootCAs = roots
	}
	if h.publisher.Source, err = newBenchDesk(a.now()); err != nil {
		return f, err
	}
	record, err := a.benchOpening(ctx, h, task.Ahead, &f)
	if err != nil {
		return f, err
	}
	if task.Ahead {
		signed, signing := signBenchAhead(ctx, h, record, &f)
		if signing != nil {
			return f, signing
		}
		defer func() { err = errors.Join(err, signed.check(f.Messages)) }()
		clock.skip(benchFreeze)
	}
	stop, err := profiled(task.Profile)
	if err != nil {
		return f, err
	}
	err = a.benchSending(ctx, h, record, task.Loose, &f)
	return f, errors.Join(err, stop())
}

// benchOpening opens the edition of today, at once or ahead of its time.
func (a *app) benchOpening(ctx context.Context, h *house, ahead bool, f *benchFigures) (digest.Record, error) {
	began, worked := time.Now(), cpuSeconds()
	d, err := a.decide(ctx, h, editionFlags{})
	if ahead {
		d.Due = a.now().Add(benchFreeze)
	}
	if err == nil {
		d, err = h.publisher.Open(ctx, d)
	}
	if err == nil && d.Refused() {
		err = refused(d)
	}
	f.Opening, f.OpeningCPU = time.Since(began).Seconds(), cpuSeconds()-worked
	return d.Record, err
}

// benchSending brings the edition to its readers, as "edition send" does.
func (a *app) benchSending(ctx context.Context, h *house, r digest.Record, loose bool, f *benchFigures) error {
	before := h.file.Stats()
	began, worked := time.Now(), cpuSeconds()
	over := sync.OnceFunc(func() {
		f.Seconds, f.CPU = time.Since(began).Seconds(), cpuSeconds()-worked
		f.PeakMB, f.Commits = peakMB("self"), h.file.Stats().Commits-before.Commits
	})
	if loose {
		// All outcomes are in its memory, as in no sender's.
		defer func() { f.PeakMB = -1 }()
		l := &looseLedger{Ledger: h.publisher.Ledger(r.Number), over: over}
		h.publisher.Ledger = func(uint32) deliver.Ledger { return l }
	}
	s, err := h.publisher.Send(ctx, r, publish.Hand{Lock: h.lock("bench"), Patience: patience})
	over()
	if err != nil {
		return err
	}
	if t := s.Tally; t.Sent != t.Opened || s.State != digest.Done {
		return fmt.Errorf("edition %s is %s, and %d of %d were sent: %s", s.ID, s.State, t.Sent, t.Opened,
			s.Stopped.Reason())
	}
	f.Messages, f.Stalls, f.Longest = s.Tally.Sent, -1, -1
	return nil
}

// cpuSeconds gives how long this process has worked.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// profiled profiles what goes on until the result is called, which writes the files.
func profiled(prefix string) (stop func() error, err error) {
	if prefix == "" {
		return func() error { return nil }, nil
	}
	cpu, err := newProfile(prefix + ".cpu.pprof")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, errors.Join(err, cpu.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		memory, err := newProfile(prefix + ".mem.pprof")
		if err == nil {
			runtime.GC()
			err = errors.Join(pprof.Lookup("allocs").WriteTo(memory, 0), memory.Close())
		}
		return errors.Join(err, cpu.Close())
	}, nil
}

func newProfile(path string) (*os.File, error) {
	return os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}
