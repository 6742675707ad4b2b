package relay

import (
	"fmt"
	"net"
	"strings"
)

// Flaw is what is wrong with one option of a relay.
type Flaw struct {
	// Field is the option's key as a configuration writes it: "host", "port",
	// "tls", "username", "password", "auth", "connections", "rate", "pipelining" or "hello".
	Field string
	// Problem says in one sentence what is wrong. It never quotes the password.
	Problem string
}

// Error gives the problem.
func (f *Flaw) Error() string { return f.Problem }

// lookAt gives where to look for an option; "" for none.
func (r *Relay) lookAt(option string) string {
	if option == "" || r.Where == nil {
		return option
	}
	return r.Where(option)
}

// Validate looks at the fields without touching the network. The error is a
// [*Flaw]: the first that is found.
func (r *Relay) Validate() error {
	if f := r.flaw(); f != nil {
		return f
	}
	return nil
}

// flaw gives the first flaw of the fields, or nil.
func (r *Relay) flaw() *Flaw {
	switch {
	case r.Host == "":
		return &Flaw{"host", "the relay has no host"}
	case strings.ContainsAny(r.Host, "/[] \t\r\n") || strings.Contains(r.Host, ":") && net.ParseIP(r.Host) == nil:
		return flawed("host", "%q is not the name or IP address of a relay", r.Host)
	case r.Port < 1 || r.Port > 65535:
		return flawed("port", "%d is not a port: 1 to 65535", r.Port)
	case !(r.Rate >= 0): // this is true of a rate that is no number, too
		return flawed("rate", "a rate of %g messages a second is negative", r.Rate)
	case r.Username == "" && r.Password != "":
		return &Flaw{"password", "the relay has a password but no user name"}
	case r.Connections < 0:
		return flawed("connections", "%d connections is negative", r.Connections)
	case r.Auth != "" && !supported(r.Auth):
		return flawed("auth", "%q is not an AUTH mechanism that is known here: %s", r.Auth,
			strings.Join(mechanisms, ", "))
	case r.Auth != "" && r.Username == "":
		return &Flaw{"auth", "the relay has an AUTH mechanism but no user name"}
	case !printable(r.Hello):
		return flawed("hello", "%q is not a name for EHLO", r.Hello)
	}
	switch r.Pipelining {
	case "", Off, InMessage, Overlap:
	default:
		return flawed("pipelining", "pipelining is off, message or overlap, not %q", r.Pipelining)
	}
	switch r.security() {
	case Required, Implicit:
	case None:
		if !loopbackName(r.Host) {
			return flawed("tls", `tls = "none" is for this machine only, and %s is another machine`, r.Host)
		}
	default:
		return flawed("tls", "tls is required, implicit or none, not %q", r.TLS)
	}
	return nil
}

func flawed(field, problem string, args ...any) *Flaw {
	return &Flaw{field, fmt.Sprintf(problem, args...)}
}

// loopbackName says whether host can only mean this machine.
func loopbackName(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// printable says whether s is visible ASCII without spaces.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}
