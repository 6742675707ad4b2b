package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// machineSpeed is what a machine does by itself, whatever program runs on it: a
// measurement of each round, in milliseconds.
type machineSpeed struct {
	fsync, signature []float64
	key              *rsa.PrivateKey
}

// measure measures how long an fsync takes in a folder, and a signature.
func (m *machineSpeed) measure(dir string) error {
	fsync, err := measureFsync(dir)
	if err != nil {
		return err
	}
	if m.key == nil {
		if m.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return err
		}
	}
	signature, err := measureSignature(m.key)
	if err != nil {
		return err
	}
	m.signature = append(m.signature, signature)
	m.fsync = append(m.fsync, milliseconds(fsync))
	return nil
}

// measureSignature gives how long a core works for a signature, in milliseconds, while all
// cores sign: what they have in common makes each of them slower than one that works alone.
// It is the processor's time, so that other work of the machine does not make it longer.
func measureSignature(key *rsa.PrivateKey) (float64, error) {
	sum := sha256.Sum256([]byte("a header"))
	var signed atomic.Int64
	var signing errgroup.Group
	began, worked := time.Now(), cpuSeconds()
	for range runtime.GOMAXPROCS(0) {
		signing.Go(func() error {
			for time.Since(began) < 200*time.Millisecond {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
					return err
				}
				signed.Add(1)
			}
			return nil
		})
	}
	err := signing.Wait()
	return (cpuSeconds() - worked) * 1000 / float64(signed.Load()), err
}

// measureFsync gives the median time of writing a page to a file and having it durable.
func measureFsync(dir string) (_ time.Duration, err error) {
	f, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page, all := make([]byte, 4096), []time.Duration(nil)
	for began := time.Now(); len(all) < 50 && (len(all) < 5 || time.Since(began) < time.Second); {
		at := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		all = append(all, time.Since(at))
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// peakMB gives the most memory that a process had, or a negative number if the system
// does not say. "self" is this process.
func peakMB(pid string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%s/status", pid))
	if err != nil {
		return -1
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == "VmHWM:" {
			if kB, err := strconv.Atoi(string(fields[1])); err == nil {
				return float64(kB) * 1024 / 1e6
			}
		}
	}
	return -1
}

// watchPeak looks at a process until the result is called, which gives its peak.
func watchPeak(pid int) (peak func() float64) {
	var over atomic.Bool
	var watching sync.WaitGroup
	most := -1.0
	watching.Go(func() {
		for !over.Load() {
			most = max(most, peakMB(strconv.Itoa(pid)))
			time.Sleep(20 * time.Millisecond)
		}
	})
	return func() float64 {
		over.Store(true)
		watching.Wait()
		return most
	}
}
