package main

import (
	"context"
	"strings"

	"vesper/digest"
	"vesper/digest/alarm"
)

// lookAtAlarms looks whether the ways by which somebody is told can be used. Nobody is told
// anything: that is for "vesper alarms test". Addresses and secrets were checked with the
// configuration.
func lookAtAlarms(_ context.Context, p *patient) []digest.Finding {
	const name = "alarms"
	var f findings
	c := p.config.Alarms
	var ways []string
	if len(c.Command) > 0 {
		ways = append(ways, "command")
		if err := (alarm.Command{Args: c.Command, Dir: p.config.Dir()}).Check(); err != nil {
			f.say(name, digest.Fail, "mend command in [alarms], or chmod +x what it names", "its command can't be run: %v", err)
		}
	}
	if c.Webhook != "" {
		ways = append(ways, "webhook")
	}
	if len(c.MailTo) > 0 {
		ways = append(ways, "mail")
	}
	switch {
	case len(ways) == 0:
		f.say(name, digest.Unseen, "", "nobody is told: [alarms] names neither command, webhook nor mail_to")
	case len(f.all) > 0:
	case len(ways) == 1 && len(c.MailTo) > 0 && len(p.config.Relay) == 1:
		f.say(name, digest.Warn, "add a command or a webhook in [alarms], or a second [[relay]]",
			"that the one relay fails can't be told by mail through it")
	default:
		f.say(name, digest.OK, "", "somebody is told by %s; \"vesper alarms test\" tries it", strings.Join(ways, ", "))
	}
	return f.all
}
