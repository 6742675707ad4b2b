package config

import (
	"fmt"
	"net/mail"
	"strings"
)

// Alarms is [alarms]: who is told when something goes wrong. Left out, nobody is: alarms
// stand in the log, in "vesper status" and at /metrics alone.
type Alarms struct {
	// Command is a program that is run, and its arguments, such as ["/usr/local/bin/page-me",
	// "vesper"]. No shell reads them. It gets the facts as JSON on stdin and ten seconds, and
	// nothing of the environment but PATH, HOME and the like. Default: none.
	Command []string `toml:"command"`
	// Webhook is an address that the facts are posted to, over https or on loopback. It may
	// have a secret in it: WebhookFile keeps it out of here. Default: empty.
	Webhook Secret `toml:"webhook"`
	// WebhookFile is a file with the webhook's address, which its owner alone can read.
	// Default: empty.
	WebhookFile string `toml:"webhook_file"`
	// Secret is what posts are signed with (Standard Webhooks): whsec_ and 24 to 64 bytes in
	// base64. Better is SecretFile; one of them is needed beside a webhook. Default: empty.
	Secret Secret `toml:"secret"`
	// SecretFile is a file with the secret, which its owner alone can read. Default: empty.
	SecretFile string `toml:"secret_file"`
	// MailTo is who is mailed to: one address, such as "ops@news.example", or several in a
	// list. Each gets a message of its own. Default: empty.
	MailTo Addresses `toml:"mail_to"`
	// Heartbeat is an address that is fetched after each evening that was finished or
	// decided: who watches that from elsewhere knows when this machine is dead. It is https
	// or on loopback, and may have a secret in it. Default: empty.
	Heartbeat Secret `toml:"heartbeat"`
	// HeartbeatFile is a file with the heartbeat's address, which its owner alone can read.
	// Default: empty.
	HeartbeatFile string `toml:"heartbeat_file"`
}

// readAlarmSecrets reads the secrets that lie in files of their own.
func (c *Config) readAlarmSecrets(env func(string) string, r *Report) {
	a := &c.Alarms
	c.readPair(&a.Webhook, a.WebhookFile, "alarms.", "webhook", env, r)
	c.readPair(&a.Secret, a.SecretFile, "alarms.", "secret", env, r)
	c.readPair(&a.Heartbeat, a.HeartbeatFile, "alarms.", "heartbeat", env, r)
}

// HowToMakeASigningSecret is a command that writes one into a file.
func HowToMakeASigningSecret(file string) string {
	return fmt.Sprintf(`make one: (umask 077; echo "whsec_$(openssl rand -base64 32)" > %s)`, file)
}

func checkAlarms(c *Config, r *Report) {
	a := c.Alarms
	if len(a.Command) > 0 && strings.TrimSpace(a.Command[0]) == "" {
		r.Flaw("alarms.command", "command in [alarms] names no program", `such as ["/usr/local/bin/page-me"]`)
	}
	for _, one := range a.Command {
		if strings.ContainsRune(one, 0) {
			r.Flaw("alarms.command", "command in [alarms] has a NUL byte in it",
				"write the program's name and arguments as text")
		}
	}
	if len(a.Command) > 0 && strings.HasPrefix(a.Command[0], "~") {
		r.Flaw("alarms.command", "command in [alarms] begins with ~, which only a shell understands", "write the path in full")
	}
	given := a.Secret != "" || a.SecretFile != ""
	switch hooked := a.Webhook != "" || a.WebhookFile != ""; {
	case hooked && !given:
		r.Flaw("alarms.webhook", "secret_file is missing from [alarms]: posts to a webhook are signed",
			`secret_file = "alarms.secret"; `+HowToMakeASigningSecret("alarms.secret"))
	case given && !hooked:
		r.Flaw("alarms.secret_file", "webhook is missing from [alarms]: the secret is for it",
			`webhook = "https://…", or leave the secret out`)
	}
	for _, to := range a.MailTo {
		r.mailbox("alarms.mail_to", "mail_to", to)
		if m, err := mail.ParseAddress(to); err == nil && c.SenderDomain() != "" &&
			strings.EqualFold(m.Address, senderOf(c.Publication.From)) {
			r.Warn("alarms.mail_to", "mail_to is the address that editions come from", "somebody must read it at night")
		}
	}
}

func senderOf(from string) string {
	if m, err := mail.ParseAddress(from); err == nil {
		return m.Address
	}
	return ""
}
