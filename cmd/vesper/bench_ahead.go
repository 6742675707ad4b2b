package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

// benchFreeze is how long before its time the bench's frozen edition is opened. It is not
// waited for: the clock is put forward.
const benchFreeze = 12 * time.Hour

// benchClock is the clock of a run of the bench.
type benchClock struct {
	now     func() time.Time
	skipped atomic.Int64
}

func (c *benchClock) time() time.Time { return c.now().Add(time.Duration(c.skipped.Load())) }

func (c *benchClock) skip(d time.Duration) { c.skipped.Add(int64(d)) }

// signBenchAhead signs a frozen edition, and has it counted how many of the signatures are
// found when it is sent.
func signBenchAhead(ctx context.Context, h *house, r digest.Record, f *benchFigures) (*foundSignatures, error) {
	began := time.Now()
	signed, err := h.publisher.SignAhead(ctx, r)
	if err != nil {
		return nil, err
	}
	f.Ahead = time.Since(began).Seconds()
	found := &foundSignatures{Signatures: h.publisher.Signatures, signed: signed}
	h.publisher.Signatures = found
	return found, nil
}

// foundSignatures counts how many signatures are found.
type foundSignatures struct {
	publish.Signatures
	signed int
	found  atomic.Int64
}

// Open implements publish.Signatures.
func (s *foundSignatures) Open(number uint32, size int, name [32]byte) publish.SignatureFile {
	if f := s.Signatures.Open(number, size, name); f != nil {
		return foundIn{f, s}
	}
	return nil
}

// check says if messages were signed as they were sent, which is not what is measured.
func (s *foundSignatures) check(messages int) error {
	if found := int(s.found.Load()); s.signed != messages || found != messages {
		return fmt.Errorf("%d of %d messages were signed ahead, and %d of the signatures were found", s.signed, messages,
			found)
	}
	return nil
}

type foundIn struct {
	publish.SignatureFile
	of *foundSignatures
}

// Find implements render.Ahead.
func (f foundIn) Find(key int64, sum [32]byte) []byte {
	made := f.SignatureFile.Find(key, sum)
	if made != nil {
		f.of.found.Add(1)
	}
	return made
}
