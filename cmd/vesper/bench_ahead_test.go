package main

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/templates"
)

// What is measured with --ahead is no rate of what is signed ahead if a single message had
// to be signed anew: the run fails then.
func TestTheBenchFailsUnlessEachSignatureIsFound(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- (&mailbox.Sink{}).Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-over })
	var said heard
	clock := &benchClock{now: time.Now}
	b := &bench{
		app:   &app{stdout: &said, stderr: &said, env: none, now: clock.time},
		flags: benchFlags{recipients: 20, ahead: true},
	}
	home := t.TempDir()
	if err := b.prepareHome(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	c, err := benchConfig(benchTask{Home: home, Relay: l.Addr().String(), Connections: 2, Sign: true, Ahead: true})
	if err != nil {
		t.Fatal(err)
	}
	h, err := b.build(t.Context(), c, templates.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if h.publisher.Source, err = newBenchDesk(b.now()); err != nil {
		t.Fatal(err)
	}
	var f benchFigures
	record, err := b.benchOpening(t.Context(), h, true, &f)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signBenchAhead(t.Context(), h, record, &f)
	if err != nil {
		t.Fatal(err)
	}
	damageSignature(t, home)
	clock.skip(benchFreeze)
	if err := b.benchSending(t.Context(), h, record, false, &f); err != nil || f.Messages != 20 {
		t.Fatal(f, err)
	}
	if err := signed.check(f.Messages); err == nil ||
		!strings.HasPrefix(err.Error(), "20 of 20 messages were signed ahead, and 19 of") {
		t.Errorf("got %v", err)
	}
}

// damageSignature turns a bit in the middle of the file with what was signed ahead.
func damageSignature(t *testing.T, home string) {
	t.Helper()
	damaged := 0
	err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, ".ahead-") {
			return err
		}
		all, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all[len(all)/2] ^= 1
		damaged++
		return os.WriteFile(path, all, 0o600)
	})
	if err != nil || damaged != 1 {
		t.Fatalf("%d files with signatures, %v", damaged, err)
	}
}
