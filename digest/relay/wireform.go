package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"vesper/digest"
)

// wired is a message as it goes over the wire up to its final dot.
type wired struct {
	octets []byte
	// pieces, if there are any, are it in place of octets.
	pieces [][]byte
	needs
}

// needs is what a message wants of a relay.
type needs struct {
	// size is the message's as RFC 1870 counts it: line ends included, the dots of
	// transparency not.
	size int
	// eightBit says that there are octets above 127.
	eightBit bool
}

// needsOf gives what e's message needs.
func needsOf(e digest.Envelope) needs {
	if e.Form.Ready {
		size := len(e.Data)
		for _, piece := range e.Pieces {
			size += len(piece)
		}
		return needs{size, e.Form.EightBit}
	}
	n := needs{len(e.Data), eightBit(e.Data)}
	if !ended(e.Data) {
		n.size += len("\r\n")
	}
	return n
}

// ended says whether the last line has its end.
func ended(data []byte) bool { return len(data) == 0 || data[len(data)-1] == '\n' }

// wireForm gives e's message as it goes over the wire up to its final dot: each
// line that starts with a dot gets another (RFC 5321 4.5.2), and a last line
// without an end gets one. Nothing else is changed, so what cannot be sent
// unchanged is refused: a bare carriage return or line feed, which some relays
// take for the end of a line and so, with a dot, for the end of the message.
//
// A message whose maker has looked at all that is not looked through again. What has
// to be changed is copied to the buffer, which is made longer if need be.
func wireForm(e digest.Envelope, buffer *[]byte) (wired, error) {
	if err := checkPath(e.From, true); err != nil {
		return wired{}, fmt.Errorf("return path: %w", err)
	}
	if err := checkPath(e.To, false); err != nil {
		return wired{}, fmt.Errorf("recipient: %w", err)
	}
	w := wired{e.Data, e.Pieces, needsOf(e)}
	if e.Form.Ready {
		return w, nil
	}
	dots, err := survey(e.Data)
	if err != nil {
		return wired{}, err
	}
	if dots == 0 && ended(e.Data) {
		return w, nil
	}
	*buffer = stuffed((*buffer)[:0], e.Data)
	if !ended(e.Data) {
		*buffer = append(*buffer, "\r\n"...)
	}
	w.octets = *buffer
	return w, nil
}

// survey counts the lines that start with a dot. A bare carriage return or line feed
// is an error.
func survey(data []byte) (dots int, err error) {
	ends := 0
	for rest := data; len(rest) > 0; ends++ {
		if rest[0] == '.' {
			dots++
		}
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		if i == 0 || rest[i-1] != '\r' {
			return 0, errors.New("the message has a bare line feed")
		}
		rest = rest[i+1:]
	}
	if bytes.Count(data, []byte{'\r'}) != ends {
		return 0, errors.New("the message has a bare carriage return")
	}
	return dots, nil
}

// stuffed appends data to dst with another dot at the start of each line that starts
// with one.
func stuffed(dst, data []byte) []byte {
	for len(data) > 0 {
		if data[0] == '.' {
			dst = append(dst, '.')
		}
		n := bytes.Index(data, []byte("\n.")) + 1
		if n == 0 {
			n = len(data)
		}
		dst = append(dst, data[:n]...)
		data = data[n:]
	}
	return dst
}

// eightBit says whether there are octets above 127.
func eightBit(data []byte) bool {
	const high, word = 0x8080808080808080, 8
	for ; len(data) >= 4*word; data = data[4*word:] {
		some := binary.NativeEndian.Uint64(data) | binary.NativeEndian.Uint64(data[word:]) |
			binary.NativeEndian.Uint64(data[2*word:]) | binary.NativeEndian.Uint64(data[3*word:])
		if some&high != 0 {
			return true
		}
	}
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// checkPath says whether an address can stand between < and > in a command
// without ending it. The text does not quote the address.
func checkPath(address string, empty bool) error {
	switch {
	case address == "" && !empty:
		return errors.New("the address is empty")
	case len(address) > 254: // RFC 5321 4.5.3.1.3, without the angle brackets
		return errors.New("the address is longer than 254 octets")
	case !utf8.ValidString(address):
		return errors.New("the address is not UTF-8 text")
	case strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '<' || c == '>' }):
		return errors.New("the address has a space, control or angle bracket in it")
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c >= utf8.RuneSelf })
}
