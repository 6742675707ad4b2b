package subscribers

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Form is the sign-up form that somebody filled in: part of the proof that they asked.
type Form struct {
	// Version names the words that stood there: see [FormOf]. Of another site's form it is
	// the origin, "https://blog.news.example": its words are not known here. "" is not
	// known.
	Version string
	// Words is what stood there to read, "" where that is not known.
	Words string
	// FirstUsed is when somebody first signed up with these words; zero is not known.
	FirstUsed time.Time
}

// FormOf gives the form with these words. Its version is a hash of them, so other words
// have another one, and anybody can see that the words are those of the version.
func FormOf(words string) Form {
	sum := sha256.Sum256([]byte(words))
	return Form{Version: hex.EncodeToString(sum[:8]), Words: words}
}
