package relay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vesper/digest"
)

// parameters gives those of MAIL. The outcome has a class if this relay cannot
// take e, as its reply to EHLO tells: then nothing is to be sent. For an address
// that is the reader's fault, else the message's.
func (c *conn) parameters(e digest.Envelope) (string, digest.Outcome) {
	var parameters strings.Builder
	if most, ok := c.offers["SIZE"]; ok {
		size := wireSize(e.Data)
		// No number, or 0, means no fixed bound (RFC 1870 4).
		if n, err := strconv.ParseInt(most, 10, 64); err == nil && n > 0 && int64(size) > n {
			return "", digest.Outcome{
				Class: digest.Refused, Enhanced: "5.3.4",
				Reply: fmt.Sprintf("the message has %d octets, and the relay takes no more than %d", size, n),
			}
		}
		fmt.Fprintf(&parameters, " SIZE=%d", size)
	}
	if !ascii(e.From) {
		return "", digest.Outcome{Class: digest.Account, Reply: "the return path is not ASCII"}
	}
	international := !ascii(e.To)
	if international {
		if !c.offers.has("SMTPUTF8") {
			return "", digest.Outcome{
				Class: digest.Permanent, Enhanced: "5.6.7",
				Reply: "the address needs SMTPUTF8, which the relay does not offer",
			}
		}
		parameters.WriteString(" SMTPUTF8")
	}
	if eightBit(e.Data) {
		switch {
		case c.offers.has("8BITMIME"):
			parameters.WriteString(" BODY=8BITMIME")
		case !international: // else SMTPUTF8 covers the header (RFC 6531 3.4)
			return "", digest.Outcome{
				Class: digest.Refused, Enhanced: "5.6.3",
				Reply: "the message has 8-bit octets, and the relay does not offer 8BITMIME",
			}
		}
	}
	return parameters.String(), digest.Outcome{}
}

// wireSize is the size of a message as RFC 1870 counts it: line ends included,
// the dots of transparency not.
func wireSize(data []byte) int {
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return len(data) + len("\r\n")
	}
	return len(data)
}

func eightBit(data []byte) bool {
	return slices.ContainsFunc(data, func(b byte) bool { return b >= utf8.RuneSelf })
}
