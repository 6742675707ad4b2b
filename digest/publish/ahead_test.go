package publish

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// stamper signs with a sum, and counts how often it does. While stuck is set it makes
// nothing ahead.
type stamper struct {
	mu          sync.Mutex
	now, before int
	stuck       error
	bad         int64
}

func (s *stamper) Sign(message []byte, at time.Time) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now++
	return fmt.Appendf(nil, "Stamp: %x %d\r\n", sha256.Sum256(message), at.Unix()), nil
}

func (s *stamper) Prepare(texts [][]byte) func([]byte, [][]byte, time.Time) ([]byte, error) {
	return func(dst []byte, values [][]byte, at time.Time) ([]byte, error) {
		field, err := s.Sign(stampers{texts: texts}.whole(values), at)
		return append(dst, field...), err
	}
}

func (s *stamper) PrepareAhead(texts [][]byte) digest.Prepared {
	return stampers{texts, s, sha256.Sum256(bytes.Join(texts, []byte{0}))}
}

// counts gives how often it signed at once and ahead.
func (s *stamper) counts() [2]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return [2]int{s.now, s.before}
}

type stampers struct {
	texts [][]byte
	*stamper
	sum [32]byte
}

func (s stampers) whole(values [][]byte) []byte {
	whole := bytes.Clone(s.texts[0])
	for i, v := range values {
		whole = append(append(whole, v...), s.texts[i+1]...)
	}
	return whole
}

func (s stampers) Size() int { return 32 }

func (s stampers) Name(at time.Time) [32]byte {
	return sha256.Sum256(fmt.Append(nil, s.sum, at.Unix()))
}

func (s stampers) Sum(values [][]byte, at time.Time) [32]byte {
	return sha256.Sum256(fmt.Append(nil, s.sum, values, at.Unix()))
}

func (s stampers) Make(dst []byte, values [][]byte, _ time.Time) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stuck != nil {
		return nil, false, s.stuck
	}
	s.before++
	if s.bad > 0 && s.before == int(s.bad) {
		panic("this one is bad")
	}
	sum := sha256.Sum256(s.whole(values))
	return append(dst, sum[:]...), true, nil
}

func (s stampers) Write(dst, made []byte, at time.Time) ([]byte, error) {
	return fmt.Appendf(dst, "Stamp: %x %d\r\n", made, at.Unix()), nil
}

// shelf keeps signatures in memory.
type shelf struct {
	mu    sync.Mutex
	files map[uint32]*shelved
	// full fails each writing, and small says before that there is no room.
	full, small error
}

type shelved struct {
	on   *shelf
	name [32]byte
	last int64
	made map[int64]string
}

func (s *shelf) Make(number uint32, _ int, name [32]byte) (SignatureFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[number]; f == nil || f.name != name {
		s.files[number] = &shelved{on: s, name: name, made: map[int64]string{}}
	}
	return s.files[number], nil
}

func (s *shelf) Room(uint32, int, int) error { return s.small }

func (s *shelf) Open(number uint32, _ int, name [32]byte) SignatureFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[number]; f != nil && f.name == name {
		return f
	}
	return nil
}

func (s *shelf) Remove(number uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, number)
	return nil
}

func (s *shelf) Keep(numbers ...uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number := range s.files {
		keeps := false
		for _, n := range numbers {
			keeps = keeps || n == number
		}
		if !keeps {
			delete(s.files, number)
		}
	}
	return nil
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files)
}

func (f *shelved) Last() int64 { return f.last }

func (f *shelved) Add(key int64, sum [32]byte, made []byte) error {
	f.on.mu.Lock()
	defer f.on.mu.Unlock()
	f.last, f.made[key] = key, string(sum[:])+string(made)
	return f.on.full
}

func (f *shelved) Flush() error { return f.on.full }

func (f *shelved) Close() error { return nil }

func (f *shelved) Find(key int64, sum [32]byte) []byte {
	f.on.mu.Lock()
	defer f.on.mu.Unlock()
	if made := f.made[key]; made != "" && made[:32] == string(sum[:]) {
		return []byte(made[32:])
	}
	return nil
}

// aheads runs a test on an evening of many readers that is frozen and signed.
func aheads(t *testing.T, readers int, test func(t *testing.T, v *evening, s *stamper, kept *shelf)) {
	t.Helper()
	bubble(t, func(t *testing.T, v *evening) {
		s, kept := &stamper{}, &shelf{files: map[uint32]*shelved{}}
		v.store.readers = many(readers)
		v.Signer, v.Signatures = s, kept
		v.freezes(10 * time.Minute)
		v.runs(17, 40)
		test(t, v, s, kept)
	})
}

func TestWhatIsFrozenIsSignedAhead(t *testing.T) {
	const readers = 1200
	aheads(t, readers, func(t *testing.T, v *evening, s *stamper, kept *shelf) {
		v.serves(t)
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if got := s.counts(); got != [2]int{0, readers} || kept.count() != 1 {
			t.Errorf("in the freeze it signed %v, in %d files", got, kept.count())
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		v.expect(t, fmt.Sprint("2026-11-20-evening done sent=", readers))
		if got := s.counts(); got != [2]int{0, readers} || kept.count() != 0 {
			t.Errorf("at the end it has signed %v, in %d files", got, kept.count())
		}
	})
}

// TestARestartInTheFreezeSignsTheRest: nothing is signed twice, and what was damaged or
// signed with other keys is signed when it is sent.
func TestARestartInTheFreezeSignsTheRest(t *testing.T) {
	const readers = 700
	aheads(t, readers, func(t *testing.T, v *evening, s *stamper, kept *shelf) {
		stop := v.serves(t)
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		stop()
		f := kept.files[1]
		for key := range f.made {
			if key > 600 || key == 5 {
				delete(f.made, key)
			}
		}
		f.last = 600
		again := v.publisher(t)
		again.Signer, again.Signatures = s, kept
		again.Slots = v.Slots
		v.Publisher = again
		v.serves(t)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		v.expect(t, fmt.Sprint("2026-11-20-evening done sent=", readers))
		if got := s.counts(); got != [2]int{1, readers + 100} || kept.count() != 0 {
			t.Errorf("it signed %v, in %d files", got, kept.count())
		}
	})
}

// TestASigningAheadThatFailsHoldsNothingUp: a full disk, one that would be full, a copy that crashes, and keys that
// make nothing ahead.
func TestASigningAheadThatFailsHoldsNothingUp(t *testing.T) {
	for what, breaks := range map[string]func(*stamper, *shelf){
		"full":  func(_ *stamper, kept *shelf) { kept.full = errors.New("no space left on device") },
		"small": func(_ *stamper, kept *shelf) { kept.small = errors.New("no room") },
		"stuck": func(s *stamper, _ *shelf) { s.stuck = errors.New("the key is gone") },
		"bad":   func(s *stamper, _ *shelf) { s.bad = 3 },
	} {
		aheads(t, 20, func(t *testing.T, v *evening, s *stamper, kept *shelf) {
			breaks(s, kept)
			v.serves(t)
			time.Sleep(11 * time.Minute)
			synctest.Wait()
			if what == "full" && kept.count() != 0 {
				t.Error("what could not be written stays on the disk")
			}
			if got := s.counts(); what == "small" && got[1] != 0 {
				t.Errorf("%d were signed without room for them", got[1])
			}
			time.Sleep(15 * time.Minute)
			synctest.Wait()
			v.expect(t, "2026-11-20-evening done sent=20")
			if got := s.counts(); what != "bad" && got[0] != 20 || what == "bad" && got[0] != 1 {
				t.Errorf("%s: it signed %v", what, got)
			}
		})
	}
}

func TestWhatIsSentEarlyIsSignedAnew(t *testing.T) {
	aheads(t, 30, func(t *testing.T, v *evening, s *stamper, kept *shelf) {
		stop := v.serves(t)
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		stop()
		free := func() (Right, error) { return Right{Release: func() error { return nil }}, nil }
		r := v.tallied(t, 20).Record
		if sent, err := v.Send(t.Context(), r, Hand{Lock: free}); err != nil || sent.Tally.Sent != 30 {
			t.Fatalf("got %+v, %v", sent, err)
		}
		if got := s.counts(); got != [2]int{30, 30} || kept.count() != 0 {
			t.Errorf("it signed %v, in %d files", got, kept.count())
		}
	})
}
