package relay

import (
	"strings"

	"vesper/digest"
)

// accused adds to a refusal of our account where to look for the cause.
func (r *Relay) accused(out digest.Outcome, p phase) digest.Outcome {
	option := "return_path"
	switch {
	case out.Class != digest.Account:
		return out
	case p == phaseAuth, out.Code == 535:
		option = "password"
	case strings.Contains(strings.ToUpper(out.Reply), "STARTTLS"):
		option = "tls"
	case p == phaseOpening, out.Code == 530:
		option = "username"
	}
	out.Look = r.lookAt(option)
	return out
}

// looks are words of refusals for good that speak of us, and the option that may be the
// cause: the first that fits counts.
var looks = []struct{ words, option string }{
	{"relay access|relaying|to relay|not relay|relay not|relay denied|authenti|log in|logged in|login", "username"},
	{"helo|ehlo|hostname|fully qualified|fully-qualified|reverse dns|ptr record", "hello"},
	{"sender|from address|return path|your domain|verify your", "return_path"},
	{"tls|encrypt", "tls"},
}

// advised says where to look for the cause of a refusal for good that speaks of us.
func (r *Relay) advised(out digest.Outcome) digest.Outcome {
	if out.Class != digest.Permanent && out.Class != digest.Refused || out.Code == 0 {
		return out
	}
	text := strings.ToLower(out.Reply)
	for _, l := range looks {
		for word := range strings.SplitSeq(l.words, "|") {
			if strings.Contains(text, word) {
				out.Look = r.lookAt(l.option)
				return out
			}
		}
	}
	return out
}
