package breaker

// What servers say without an enhanced code, in lower case. Each list is looked
// through before the next: "relaying to that mailbox is not permitted" is about us, and
// "mailbox quota exceeded" about the mailbox.
var (
	// relayingWords: the server takes no mail from us, or not without a login. Of
	// Postfix, Exim, Courier ("513 Relaying denied."), qmail ("sorry, that domain isn't
	// in my list of allowed rcpthosts"), Exchange ("Unable to relay") and hosters.
	relayingWords = []string{
		"relay access", "relaying", "unable to relay", "cannot relay", "can't relay", "relay denied",
		"relay not permitted", "not permitted to relay", "relay not allowed", "not allowed to relay",
		"do not relay", "don't relay", "no relay", "relay prohibited", "rcpthosts", "may not relay",
		"authentication required", "authentication is required", "must authenticate", "not authenticated",
		"not logged in", "please authenticate", "smtp auth", "login required", "must log in",
		"authenticate first", "pop before smtp", "check for mail first",
	}
	// mailboxWords: the mailbox is not there, full, shut or moved.
	mailboxWords = []string{
		"user unknown", "unknown user", "no such user", "no such address", "no such recipient", "no such mailbox",
		"no mailbox", "mailbox", "user not found", "recipient not found", "unknown recipient", "recipient unknown",
		"does not exist", "doesn't exist", "not a valid user", "no such account", "unknown address", "invalid recipient",
		"no such domain", "unknown domain", "domain not found", "unrouteable", "unroutable", "over quota",
		"overquota", "inactive user", "no longer active", "no longer available", "user is disabled", "account disabled",
		"account has been disabled", "unknown local", "not our customer", "inbox is full", "user account is",
		"no longer on server", "address unknown", "unknown or illegal alias", "unknown alias",
	}
	// quotaWords: we have sent enough for now. Of Google Workspace ("Daily SMTP relay
	// limit exceeded"), Amazon SES ("Daily message quota exceeded"), OVH, Mailgun and
	// cPanel's Exim ("has exceeded the max emails per hour").
	quotaWords = []string{
		"daily limit", "hourly limit", "daily quota", "hourly quota", "message quota", "sending quota",
		"sending limit", "sending rate", "message limit", "messages per", "emails per", "mails per", "recipients per",
		"limit exceeded", "limit reached", "limit has been", "exceeded the limit", "exceeded your", "exceeds the limit",
		"exceeded the max", "max emails", "quota exceeded", "quota reached", "rate limit", "ratelimit", "rate exceeded",
		"too many messages", "too many recipients", "too many emails", "too much mail", "throttl", "excessive volume",
		"sent too many", "plan limit", "out of credit", "not enough credit", "over the limit",
	}
	// ourWords: our name, sender, address in the net or reputation is refused, or what
	// we send taken for spam.
	ourWords = []string{
		"helo", "ehlo", "fully-qualified", "fully qualified", "reverse dns", "rdns", "ptr record", "no ptr",
		"reverse lookup", "hostname", "client host rejected", "client rejected", "sender address", "sender rejected",
		"sender verify", "sender domain", "sender is not", "sender not", "invalid sender", "sender denied",
		"not verified", "verify your", "from address", "return path", "not allowed to send", "not authorized",
		"not authorised", "unauthorized", "unauthenticated", "not permitted", "not allowed", "prohibited",
		"prohibition", "access denied", "denied by", "policy", "blacklist", "black list", "blocklist", "block list",
		"blocked", "banned", "listed", "dnsbl", "rbl", "spamhaus", "spamcop", "barracuda", "sorbs", "uceprotect",
		"reputation", "poor standing", "spam", "unsolicited", "bulk mail", "junk", "spf", "dkim", "dmarc", "virus",
		"malware", "phish", "suspended", "abuse", "your ip", "your server", "your network", "your account",
		"your domain", "tls required", "starttls", "encryption",
	}
)
