package config

import (
	"fmt"
	"net"
	"strings"

	"vesper/digest"
)

// Examples gives the values that are still those of the file that a newsroom starts
// with: whoever mails with them mails in somebody else's name, or through somebody else's
// relay. Where all relays are on this machine it may be a trial, and there are none.
func (c *Config) Examples() []*digest.Flaw {
	if !c.mailsAbroad() {
		return nil
	}
	return c.examples("write your own value there; until then nothing is mailed")
}

// LocalExamples gives these values where all relays are on this machine: a mail server
// here passes on what it is given, so it is not a trial for certain.
func (c *Config) LocalExamples() []*digest.Flaw {
	if c.mailsAbroad() {
		return nil
	}
	return c.examples("write your own value there, unless this is a trial: the mail server on this machine may pass it on")
}

func (c *Config) examples(hint string) []*digest.Flaw {
	first, r := Default(c.file), &Report{file: c.file, lines: c.lines}
	first.decode(string(commented), &Report{})
	first.Complete()
	example := func(key, given, value string) {
		if given == value {
			_, name, _ := strings.Cut(key, ".")
			r.Flaw(key, fmt.Sprintf("%s %q is still the example value", name[strings.LastIndexByte(name, '.')+1:], value),
				hint)
		}
	}
	example("publication.from", c.Publication.From, first.Publication.From)
	if c.Given("publication.url") {
		example("publication.url", c.Publication.URL, first.Publication.URL)
	}
	example("publication.postal_address", c.Publication.PostalAddress, first.Publication.PostalAddress)
	example("web.base_url", c.Web.BaseURL, first.Web.BaseURL)
	for i, relay := range c.Relay {
		example(fmt.Sprintf("relay.%d.host", i), relay.Host, first.Relay[0].Host)
	}
	r.inOrder()
	return r.flaws
}

// mailsAbroad says whether a relay is on another machine.
func (c *Config) mailsAbroad() bool {
	for _, r := range c.Relay {
		ip := net.ParseIP(strings.Trim(r.Host, "[]"))
		if r.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return true
		}
	}
	return false
}
