package relay

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// mechanisms are the AUTH mechanisms known here, the strongest first. XOAUTH2
// is the last because its password is another: it is taken only where it is
// named, or nothing else is offered.
var mechanisms = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2"}

// supported says whether an AUTH mechanism is among them.
func supported(mechanism string) bool {
	return slices.Contains(mechanisms, strings.ToUpper(mechanism))
}

// login is what go-mail asks for AUTH (RFC 4954). It chooses the mechanism,
// leaves the speaking to go-mail's own, and remembers that AUTH was reached: a
// refusal there means something else than one before.
type login struct {
	username, password string
	// only is the one mechanism to be used; empty means any.
	only   string
	begun  bool
	chosen smtp.Auth
	// scram says that chosen is SCRAM.
	scram bool
}

// Start chooses the mechanism. Over plain text nothing is said unless the relay
// is this machine.
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS && !loopbackName(server.Name) {
		return "", nil, errors.New("no password is sent over plain text")
	}
	name, err := l.choose(server.Auth)
	if err != nil {
		return "", nil, err
	}
	l.begun, l.scram, l.chosen = true, strings.HasPrefix(name, "SCRAM-"), l.mechanism(name, server)
	return l.chosen.Start(server)
}

// Next answers a challenge.
func (l *login) Next(fromServer []byte, more bool) ([]byte, error) {
	if more && l.scram && excessive(fromServer) {
		return nil, fmt.Errorf("the relay wants the password hashed more than %d times", mostIterations)
	}
	return l.chosen.Next(fromServer, more)
}

// mostIterations is how often the password is hashed for SCRAM at most: a second
// or less, and many times what servers ask for.
const mostIterations = 1_000_000

// excessive says whether a SCRAM server's message (RFC 5802 5.1) names a larger
// iteration count. The count is the server's to choose, and no deadline ends the
// hashing.
func excessive(fromServer []byte) bool {
	for field := range bytes.SplitSeq(fromServer, []byte(",")) {
		count, found := bytes.CutPrefix(field, []byte("i="))
		if n, err := strconv.Atoi(string(count)); found && err == nil && n > mostIterations {
			return true
		}
	}
	return false
}

// choose gives the mechanism to use with a relay that offers these.
func (l *login) choose(offered []string) (string, error) {
	for _, name := range mechanisms {
		wanted := l.only == "" || strings.EqualFold(l.only, name)
		if wanted && slices.ContainsFunc(offered, func(o string) bool { return strings.EqualFold(o, name) }) {
			return name, nil
		}
	}
	if l.only != "" {
		return "", fmt.Errorf("the relay does not offer AUTH %s", strings.ToUpper(l.only))
	}
	return "", errors.New("the relay offers no AUTH mechanism that is known here")
}

func (l *login) mechanism(name string, server *smtp.ServerInfo) smtp.Auth {
	switch name {
	case "SCRAM-SHA-256":
		return smtp.ScramSHA256Auth(l.username, l.password)
	case "SCRAM-SHA-1":
		return smtp.ScramSHA1Auth(l.username, l.password)
	case "CRAM-MD5":
		return smtp.CRAMMD5Auth(l.username, l.password)
	case "LOGIN":
		return smtp.LoginAuth(l.username, l.password, server.Name, !server.TLS)
	case "XOAUTH2":
		return smtp.XOAuth2Auth(l.username, l.password)
	}
	return smtp.PlainAuth("", l.username, l.password, server.Name, !server.TLS)
}
