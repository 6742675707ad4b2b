package relay

import (
	"errors"
	"slices"

	"github.com/wneessen/go-mail/smtp"
)

// login is what go-mail asks for AUTH (RFC 4954). It takes the strongest
// mechanism that the relay offers, leaves the speaking to go-mail's own, and
// remembers that AUTH was reached: a refusal there means something else than one
// before.
type login struct {
	username, password string
	begun              bool
	chosen             smtp.Auth
}

// Start chooses the mechanism. Over plain text nothing is said unless the relay
// is this machine.
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	plain := !server.TLS
	if plain && !loopbackName(server.Name) {
		return "", nil, errors.New("no password is sent over plain text")
	}
	for _, m := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(l.username, l.password)},
		{"SCRAM-SHA-1", smtp.ScramSHA1Auth(l.username, l.password)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(l.username, l.password)},
		{"PLAIN", smtp.PlainAuth("", l.username, l.password, server.Name, plain)},
		{"LOGIN", smtp.LoginAuth(l.username, l.password, server.Name, plain)},
	} {
		if slices.Contains(server.Auth, m.name) {
			l.begun, l.chosen = true, m.auth
			return l.chosen.Start(server)
		}
	}
	return "", nil, errors.New("the relay offers no AUTH mechanism that is known here")
}

// Next answers a challenge.
func (l *login) Next(fromServer []byte, more bool) ([]byte, error) {
	return l.chosen.Next(fromServer, more)
}
