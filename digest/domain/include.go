package domain

import "strings"

// includes says what the owners of well-known relays ask senders to include, by the end of
// the relay's name. They change now and then: each owner's own page decides.
var includes = []struct{ end, include string }{
	{".amazonaws.com", "amazonses.com"},
	{".resend.com", "amazonses.com"},
	{".sendgrid.net", "sendgrid.net"},
	{".mailgun.org", "mailgun.org"},
	{".postmarkapp.com", "spf.mtasv.net"},
	{".sparkpostmail.com", "sparkpostmail.com"},
	{".mandrillapp.com", "spf.mandrillapp.com"},
	{".mailjet.com", "spf.mailjet.com"},
	{".gmail.com", "_spf.google.com"},
	{".office365.com", "spf.protection.outlook.com"},
	{".messagingengine.com", "spf.messagingengine.com"},
	{".fastmail.com", "spf.messagingengine.com"},
}

// Include gives what an SPF record has to include for a relay, "" if that is not known
// here.
func Include(host string) string {
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	for _, one := range includes {
		if strings.HasSuffix(host, one.end) {
			return one.include
		}
	}
	return ""
}
