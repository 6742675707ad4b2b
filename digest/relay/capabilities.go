package relay

import (
	"fmt"
	"strconv"

	"vesper/digest"
)

// parameters appends those of MAIL to dst, for e and what its message needs. The outcome
// has a class if this relay cannot take e, as its reply to EHLO tells: then nothing is to
// be sent. For an address that is the reader's fault, else the message's.
func (c *conn) parameters(dst []byte, e digest.Envelope, n needs) ([]byte, digest.Outcome) {
	if most, ok := c.offers["SIZE"]; ok {
		// No number, or 0, means no fixed bound (RFC 1870 4).
		if most, err := strconv.ParseInt(most, 10, 64); err == nil && most > 0 && int64(n.size) > most {
			return dst, digest.Outcome{
				Class: digest.Refused, Enhanced: "5.3.4",
				Reply: fmt.Sprintf("the message has %d octets, and the relay takes no more than %d", n.size, most),
			}
		}
		dst = strconv.AppendInt(append(dst, " SIZE="...), int64(n.size), 10)
	}
	if !ascii(e.From) {
		return dst, digest.Outcome{Class: digest.Account, Reply: "the return path is not ASCII"}
	}
	international := !ascii(e.To)
	if international {
		if !c.offers.has("SMTPUTF8") {
			return dst, digest.Outcome{
				Class: digest.Permanent, Enhanced: "5.6.7",
				Reply: "the address needs SMTPUTF8, which the relay does not offer",
			}
		}
		dst = append(dst, " SMTPUTF8"...)
	}
	if n.eightBit {
		switch {
		case c.offers.has("8BITMIME"):
			dst = append(dst, " BODY=8BITMIME"...)
		case !international: // else SMTPUTF8 covers the header (RFC 6531 3.4)
			return dst, digest.Outcome{
				Class: digest.Refused, Enhanced: "5.6.3",
				Reply: "the message has 8-bit octets, and the relay does not offer 8BITMIME",
			}
		}
	}
	return dst, digest.Outcome{}
}
