package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// ContentHash names what an edition says: the same hash is the same bytes.
type ContentHash [sha256.Size]byte

// Hash is SHA-256 over each message's variant, subject and bytes, in the order of the
// variants, and the web view, each with its length before it.
func (o Opening) Hash() ContentHash {
	messages := slices.SortedFunc(slices.Values(o.Messages), func(a, b Message) int {
		return strings.Compare(a.Variant, b.Variant)
	})
	h := sha256.New()
	add := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, m := range messages {
		add([]byte(m.Variant))
		add([]byte(m.Subject))
		add(m.Bytes)
	}
	add(o.WebView)
	return ContentHash(h.Sum(nil))
}

// Bytes gives the hash as it is stored.
func (h ContentHash) Bytes() []byte { return h[:] }

// shownOfHash is how many hexadecimal digits of a hash people are shown.
const shownOfHash = 12

// String gives the beginning of the hash, as people are shown it; "" for none.
func (h ContentHash) String() string {
	if h == (ContentHash{}) {
		return ""
	}
	return hex.EncodeToString(h[:])[:shownOfHash]
}

// Is says whether somebody who writes this beginning means the hash.
func (h ContentHash) Is(beginning string) bool {
	return len(beginning) >= shownOfHash && strings.HasPrefix(hex.EncodeToString(h[:]), strings.ToLower(beginning))
}

// KeptProof is a proof that was made of an edition to come.
type KeptProof struct {
	// Key names it in the book: a later one has a higher key.
	Key  int64
	Hash ContentHash
	At   time.Time
	// Approved is when it was approved last, and Approval tells the order: the
	// highest counts. Zero is one that nobody approved.
	Approved time.Time
	Approval int64
	// Letters is how many it was mailed to, Sent and Failed how many of them the relay took or
	// refused. The others wait. SentAt is when the last one went out.
	Letters, Sent, Failed int
	SentAt                time.Time
	// Reply is the relay's last word on one that was not sent.
	Reply string
}

// Waiting is how many of the letters are not at their end.
func (k KeptProof) Waiting() int { return k.Letters - k.Sent - k.Failed }

// Approved gives the proof that was approved last; false if none was.
func Approved(all []KeptProof) (KeptProof, bool) {
	var last KeptProof
	for _, k := range all {
		if k.Approval > last.Approval {
			last = k
		}
	}
	return last, last.Approval > 0
}
