package relay

import (
	"fmt"
	"io"
	"net"
	"testing"
)

func TestANameThatDNSDoesNotAnswerIsToldApartFromOneItDoesNotKnow(t *testing.T) {
	for want, err := range map[string]error{
		"DNS knows no host smtp.example":       &net.DNSError{Name: "smtp.example", IsNotFound: true, Server: "10.0.0.1:53"},
		"DNS does not answer for smtp.example": &net.DNSError{Name: "smtp.example", IsTimeout: true, Server: "10.0.0.1:53"},
		"":                                     io.EOF,
	} {
		if got := unnamed(fmt.Errorf("dial tcp: %w", err)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
