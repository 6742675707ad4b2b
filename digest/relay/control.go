package relay

import (
	"context"

	"vesper/digest"
)

// control asks if the relay would take messages to any of these, one command after
// another, and sends none. It is accepted if one of them is; else the outcome is what
// was said of the last.
func (c *conn) control(ctx context.Context, to []digest.Envelope) result {
	if end := c.over(ctx); end.Class != "" {
		return result{outcome: end, then: cut}
	}
	last := digest.Outcome{Class: digest.Local, Reply: "there is nobody to ask for"}
	begun := false
	for _, e := range to {
		if !ascii(e.From) || !ascii(e.To) {
			continue
		}
		if !begun {
			if out := c.ask(ctx, phaseMail, "MAIL FROM:<"+e.From+">"); out.Class != "" {
				return result{outcome: out, then: after(out.Class)}
			}
		}
		begun = true
		switch out := c.ask(ctx, phaseRcpt, "RCPT TO:<"+e.To+">"); out.Class {
		case "":
			return result{outcome: digest.Outcome{Class: digest.Accepted, Code: 250}, then: reset}
		case digest.Transient, digest.Permanent:
			last = out
		default:
			return result{outcome: out, then: after(out.Class)}
		}
	}
	if !begun {
		return result{outcome: last}
	}
	return result{outcome: last, then: reset}
}
