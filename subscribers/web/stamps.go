package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A person needs at least quickest to fill in a form. A form that was shown more than
// slowest ago is shown anew.
const (
	quickest = 2 * time.Second
	slowest  = 24 * time.Hour
)

// stamps signs the time at which a form was shown. The secret is made anew by each
// process. Who has a form from before a restart presses the button once more.
type stamps struct{ secret []byte }

func newStamps() stamps {
	secret := make([]byte, 32)
	rand.Read(secret)
	return stamps{secret}
}

const stampMAC = 16

func (s stamps) at(now time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(now.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(b, s.mac(b)...))
}

// age gives how long ago a form with this stamp was shown. ok is false for a stamp
// that is not ours.
func (s stamps) age(stamp string, now time.Time) (age time.Duration, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(stamp)
	if err != nil || len(b) != 8+stampMAC || !hmac.Equal(b[8:], s.mac(b[:8])) {
		return 0, false
	}
	return now.Sub(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)), true
}

func (s stamps) mac(b []byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write(b)
	return h.Sum(nil)[:stampMAC]
}
