package config

import (
	"cmp"
	"fmt"
	"strings"

	"vesper/subscribers"
)

// Relay is one [[relay]]: an SMTP server that takes the mail. At least one is
// required; of several the first one that is up is used.
type Relay struct {
	// Host is its name or IP address, without a port. Required.
	Host string `toml:"host"`
	// Port is its TCP port. Default: 587; 1 to 65535.
	Port int `toml:"port"`
	// TLS is "required" (STARTTLS), "implicit" (TLS from the first byte) or "none",
	// which is for loopback alone. Default: "required".
	TLS string `toml:"tls"`
	// Username is who logs in. Default: empty, nobody does.
	Username string `toml:"username"`
	// Password is the password itself. Better is PasswordFile; only one of them may be
	// given. Default: empty.
	Password Secret `toml:"password"`
	// PasswordFile is a file with the password, 4096 bytes at most. One line end after
	// it is no part of it. Default: empty.
	PasswordFile string `toml:"password_file"`
	// Auth is the one mechanism to log in by, such as "xoauth2". Default: empty, the
	// strongest one that the relay offers.
	Auth string `toml:"auth"`
	// Connections is how many connections there are at most. Default: 8; 1 to 100.
	Connections int `toml:"connections"`
	// Rate is how many messages are sent in a second at most; 0 is no limit. Default:
	// 0.
	Rate float64 `toml:"rate"`
	// Pipelining is how the commands of a message are sent to a relay that offers to take
	// several at once: "message" sends them together, "off" one by one, for a relay, or
	// a firewall before it, that has trouble with that. "overlap" also sends those of the
	// next message with the end of the one before; one connection tries that first.
	// Default: "message".
	Pipelining string `toml:"pipelining"`
	// Hello is the name that we give ourselves at EHLO, such as "mail.news.example".
	// Default: empty, the machine's full name or, if it has none, its address.
	Hello string `toml:"hello"`
}

// Delivery is [delivery]: what is done about mail that does not arrive at once.
type Delivery struct {
	// InDoubt says what becomes of a message that may have arrived, where the relay's
	// reply was lost: "resend" sends it a second time, "hold" lists it for the desk to
	// decide. What is so for the third time is listed in any case. Default: "resend".
	InDoubt string `toml:"in_doubt"`
	// GiveUpAfter is how long a message is tried that the relay deferred, counted from
	// then. Default: "6h"; more than 0.
	GiveUpAfter Duration `toml:"give_up_after"`
	// ReturnPath is the envelope sender, which bounces come back to. "{token}" stands
	// in it once, before the @, for the reader and the edition. It should be under
	// From's domain. Default: bounces+{token}@bounce. and From's domain.
	ReturnPath string `toml:"return_path"`
}

// DKIM is [dkim]: in whose name mail is signed. Left out, the relay signs.
type DKIM struct {
	// Domain is From's domain or a parent of it, in small letters and its ASCII form.
	// Default: empty, nothing is signed here.
	Domain string `toml:"domain"`
	// KeyFile is the RSA key, which its owner alone can read. Default: keys/v1.pem, by
	// the selector.
	KeyFile string `toml:"key_file"`
	// Selector is the key's name in the DNS. Default: "v1".
	Selector string `toml:"selector"`
	// Ed25519 is the key of a second signature, published under the selector with
	// "-ed" after it. Default: empty, there is none.
	Ed25519 string `toml:"ed25519"`
}

// Signing gives [dkim] with the values of what is left out. The domain may be
// missing from the configuration: then nothing is signed as yet.
func (c *Config) Signing() DKIM {
	d := c.DKIM
	d.Domain = cmp.Or(d.Domain, c.SenderDomain())
	d.KeyFile = cmp.Or(d.KeyFile, "keys/"+d.Selector+".pem")
	return d
}

func checkRelays(c *Config, r *Report) {
	if len(c.Relay) == 0 {
		r.Flaw("relay", "there is no [[relay]]",
			`name the SMTP server that takes the mail: [[relay]] and host = "smtp.news.example"`)
	}
	for i, one := range c.Relay {
		key := fmt.Sprintf("relay.%d", i)
		if one.Host == "" {
			r.Flaw(key+".host", "host is missing from [[relay]]", `host = "smtp.news.example"`)
			continue
		}
		if strings.HasPrefix(one.Host, "[") {
			r.Flaw(key+".host", fmt.Sprintf("host %q is in brackets", one.Host),
				fmt.Sprintf("host = %q", strings.Trim(one.Host, "[]")))
		}
		if one.Connections < 1 || one.Connections > 100 {
			r.Flaw(key+".connections", fmt.Sprintf("connections = %d is not from 1 to 100", one.Connections),
				"how many connections there are at once, such as 8")
		}
		if one.Username != "" && one.Password == "" && one.PasswordFile == "" {
			r.Warn(key+".username", "there is a username and no password: most relays refuse that",
				`password_file = "relay.password"`)
		}
		switch {
		case one.Port == 465 && one.TLS == "required":
			r.Warn(key+".port", "port 465 is for TLS from the start", `tls = "implicit"`)
		case one.Port == 587 && one.TLS == "implicit":
			r.Warn(key+".tls", "port 587 is for STARTTLS: it starts in plain text", `tls = "required", or port = 465`)
		}
	}
}

func checkDelivery(c *Config, r *Report) {
	d := c.Delivery
	if d.InDoubt != "resend" && d.InDoubt != "hold" {
		r.Flaw("delivery.in_doubt", fmt.Sprintf("in_doubt %q is neither resend nor hold", d.InDoubt),
			`"resend" may send a message twice, "hold" lists it for the desk to decide`)
	}
	if d.GiveUpAfter <= 0 {
		r.Flaw("delivery.give_up_after", "give_up_after must be more than 0", `such as "6h"`)
	}
	checkReturnPath(c, r)
}

func checkReturnPath(c *Config, r *Report) {
	const key = "delivery.return_path"
	path := c.Delivery.ReturnPath
	// All tokens are as long as this one.
	token := subscribers.Key{}.ReturnPath(0, 0)
	local, domain, _ := strings.Cut(path, "@")
	a, err := subscribers.ParseAddress(strings.ReplaceAll(path, "{token}", token))
	if err != nil || a.International() || strings.Count(local, "{token}") != 1 || strings.Contains(domain, "{") {
		r.Flaw(key, fmt.Sprintf("return_path %q is not an address with {token} once before the @", path),
			`such as "bounces+{token}@bounce.news.example"`)
		return
	}
	if from := c.SenderDomain(); from != "" && !strings.HasSuffix("."+a.Domain(), "."+from) {
		r.Warn(key, fmt.Sprintf("return_path is not under %s, the domain of from: receivers rate such mail lower",
			from), fmt.Sprintf("return_path = \"bounces+{token}@bounce.%s\"", from))
	}
}
