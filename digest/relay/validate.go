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
	// Problem says in one sentence what is wrong. It never quotes the password. Hint says
	// what would be right.
	Problem, Hint string
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
		return &Flaw{"host", "the relay has no host", `host = "smtp.news.example"`}
	case strings.ContainsAny(r.Host, "/[] \t\r\n") || strings.Contains(r.Host, ":") && net.ParseIP(r.Host) == nil:
		return flawed("host", "its name alone: the port has a key of its own", "%q is not the name or IP address of a relay",
			r.Host)
	case r.Port < 1 || r.Port > 65535:
		return flawed("port", "587, 465 with tls = \"implicit\", or 25", "%d is not a port: 1 to 65535", r.Port)
	case !(r.Rate >= 0): // this is true of a rate that is no number, too
		return flawed("rate", "0 is no limit", "a rate of %g messages a second is negative", r.Rate)
	case r.Username == "" && r.Password != "":
		return &Flaw{"password", "the relay has a password but no user name", "username is who logs in"}
	case r.Connections < 0:
		return flawed("connections", "how many there are at once, such as 8", "%d connections is negative", r.Connections)
	case r.Auth != "" && !supported(r.Auth):
		return flawed("auth", "leave it out: the strongest one that the relay offers is used",
			"%q is not an AUTH mechanism that is known here: %s", r.Auth, strings.Join(mechanisms, ", "))
	case r.Auth != "" && r.Username == "":
		return &Flaw{"auth", "the relay has an AUTH mechanism but no user name", "username is who logs in"}
	case !printable(r.Hello):
		return flawed("hello", `such as "mail.news.example"`, "%q is not a name for EHLO", r.Hello)
	}
	switch r.Pipelining {
	case "", Off, InMessage, Overlap:
	default:
		return flawed("pipelining", `"message" is well with most relays`,
			"pipelining is off, message or overlap, not %q", r.Pipelining)
	}
	switch r.security() {
	case Required, Implicit:
	case None:
		if !loopbackName(r.Host) {
			return flawed("tls", `"required" is STARTTLS, "implicit" is TLS from the first byte`,
				`tls = "none" is for this machine only, and %s is another machine`, r.Host)
		}
	default:
		return flawed("tls", `"required" is STARTTLS, "implicit" is TLS from the first byte`,
			"tls is required, implicit or none, not %q", r.TLS)
	}
	return nil
}

func flawed(field, hint, problem string, args ...any) *Flaw {
	return &Flaw{field, fmt.Sprintf(problem, args...), hint}
}

// loopbackName says whether host can only mean this machine.
func loopbackName(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// printable says whether s is visible ASCII without spaces.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
}
