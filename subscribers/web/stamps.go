package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

// A person needs at least quickest to fill in a form. A form that was shown more than
// slowest ago, or was sent mostUses times, is shown anew.
const (
	quickest = 2 * time.Second
	slowest  = 24 * time.Hour
	mostUses = 5
)

// stamps signs the time at which a form was shown.
type stamps struct {
	secret []byte

	mu sync.Mutex
	// used counts how often a form was sent to this process.
	used map[string]int
}

// newStamps signs with this secret. Without one it makes one, which no other process knows.
func newStamps(secret []byte) *stamps {
	if len(secret) == 0 {
		secret = make([]byte, 32)
		rand.Read(secret)
	}
	return &stamps{secret: secret, used: map[string]int{}}
}

// A stamp is the time, a random number so that each form has its own, and the MAC.
const (
	stampTime = 8
	stampText = stampTime + 8
	stampMAC  = 16
)

func (s *stamps) at(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Unix()))
	b = append(b, make([]byte, stampText-stampTime)...)
	rand.Read(b[stampTime:])
	return base64.RawURLEncoding.EncodeToString(append(b, s.mac(b)...))
}

// age gives how long ago a form with this stamp was shown. ok is false for a stamp
// that is not ours.
func (s *stamps) age(stamp string, now time.Time) (age time.Duration, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(stamp)
	if err != nil || len(b) != stampText+stampMAC || !hmac.Equal(b[stampText:], s.mac(b[:stampText])) {
		return 0, false
	}
	return now.Sub(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)), true
}

// remembered is how many forms are counted at most: then counting begins anew.
const remembered = 100_000

// use counts a form that is sent, and says whether it may be.
func (s *stamps) use(stamp string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.used) >= remembered {
		clear(s.used)
	}
	s.used[stamp]++
	return s.used[stamp] <= mostUses
}

func (s *stamps) mac(b []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write(b)
	return h.Sum(nil)[:stampMAC]
}
