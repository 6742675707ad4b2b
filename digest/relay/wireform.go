package relay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"vesper/digest"
)

// wireForm gives e's message as it goes over the wire up to its final dot: each
// line that starts with a dot gets another (RFC 5321 4.5.2), and a last line
// without an end gets one. Nothing else is changed, so what cannot be sent
// unchanged is refused: a bare carriage return or line feed, which some relays
// take for the end of a line and so, with a dot, for the end of the message.
func wireForm(e digest.Envelope) ([]byte, error) {
	if err := checkPath(e.From, true); err != nil {
		return nil, fmt.Errorf("return path: %w", err)
	}
	if err := checkPath(e.To, false); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	data := e.Data
	dots := 0
	for i, c := range data {
		switch c {
		case '\r':
			if i+1 == len(data) || data[i+1] != '\n' {
				return nil, errors.New("the message has a bare carriage return")
			}
		case '\n':
			if i == 0 || data[i-1] != '\r' {
				return nil, errors.New("the message has a bare line feed")
			}
		case '.':
			if i == 0 || data[i-1] == '\n' {
				dots++
			}
		}
	}
	ended := len(data) == 0 || data[len(data)-1] == '\n'
	if dots == 0 && ended {
		return data, nil
	}
	out := make([]byte, 0, len(data)+dots+2)
	for line := range bytes.Lines(data) {
		if line[0] == '.' {
			out = append(out, '.')
		}
		out = append(out, line...)
	}
	if !ended {
		out = append(out, '\r', '\n')
	}
	return out, nil
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
