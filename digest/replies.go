package digest

import (
	"net/mail"
	"strings"
)

// Rhythm is how often a reader gets mail at most.
type Rhythm string

// The rhythms. Where a reader may get several editions a day, or weeks pass without one,
// nothing is said.
const (
	OnceAnEvening Rhythm = "evening"
	OnceADay      Rhythm = "day"
)

// unanswered are local parts of mailboxes that nobody reads, without what may stand
// between their words.
var unanswered = []string{
	"noreply", "donotreply", "dontreply", "noanswer", "mailerdaemon", "postmaster", "bounce", "nichtantworten",
	"keineantwort", "nepasrepondre", "pasdereponse", "norespond", "nocontest", "nonrispondere", "norispost", "naorespond",
	"unsubscribe", "nobody", "devnull",
}

// TakesReplies says whether somebody reads what readers answer: the publication says so by
// naming a mailbox for it, that of From or another. One whose name says that it isn't read
// is none.
func (p Publication) TakesReplies() bool {
	a, err := mail.ParseAddress(p.ReplyTo)
	if err != nil {
		return false
	}
	local := strings.ToLower(a.Address[:strings.LastIndexByte(a.Address, '@')])
	local = strings.NewReplacer("-", "", "_", "", ".", "", "+", "", "'", "").Replace(local)
	for _, name := range unanswered {
		if strings.Contains(local, name) {
			return false
		}
	}
	return true
}
