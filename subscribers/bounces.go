package subscribers

import "strings"

// HardBounce says whether an enhanced status code (RFC 3463) is about the
// address: 5.1.x, it does not exist or can't be reached. Every other refusal is
// not held against the reader, 5.7.x least of all, which is about the sender.
func HardBounce(enhanced string) bool { return strings.HasPrefix(enhanced, "5.1.") }
