package exchange

import (
	"strings"

	"vesper/subscribers"
)

// pending is a standing beside the reasons for a suppression: the reader was
// asked and has not confirmed.
const pending = "pending"

// A judge gives the standing of a row: a reason for which its reader must not be
// mailed, pending, or "". A word that it doesn't know is an error.
type judge func(cell) (string, error)

// always is for a file whose readers all stand alike.
func always(standing string) judge {
	return func(cell) (string, error) { return standing, nil }
}

// byWord judges by a column of words.
func byWord(column string, words map[string]string) judge {
	return func(row cell) (string, error) {
		word := row(column)
		standing, ok := words[strings.ToLower(word)]
		if !ok {
			return "", unknownWord{column, word}
		}
		return standing, nil
	}
}

// substackStanding also takes a flag that was left empty: it is so for readers
// whom the owner put there.
var substackStanding = byWord("emaildisabled", map[string]string{"false": "", "": "", "true": subscribers.ByReader})

func ghostStanding(row cell) (string, error) {
	if row("deletedat") != "" {
		return subscribers.ByReader, nil
	}
	return byWord("subscribedtoemails", map[string]string{"true": "", "false": subscribers.ByReader})(row)
}

var listmonkStanding = byWord("status", map[string]string{
	"enabled": "", "disabled": subscribers.Manual,
	// A reader's own "nothing more, ever" is among the ways to get there.
	"blocklisted": subscribers.ByReader,
})

// buttondownTypes include those whose payment is not in order: it sends to them.
var buttondownTypes = map[string]string{
	"regular": "", "premium": "", "gifted": "", "trialed": "", "churning": "", "churned": "", "past_due": "", "paused": "",
	"unactivated": pending, "unsubscribed": subscribers.ByReader, "complained": subscribers.Complaint,
	"undeliverable": subscribers.HardBounce, "blocked": subscribers.Manual, "removed": subscribers.Manual,
}

func buttondownStanding(row cell) (string, error) {
	standing, err := byWord("subscribertype", buttondownTypes)(row)
	if standing == "" && row("unsubscriptiondate") != "" {
		standing = subscribers.ByReader
	}
	return standing, err
}

var beehiivWords = map[string]string{
	"active": "", "pending": pending, "validating": pending, "inactive": subscribers.ByReader, "invalid": subscribers.HardBounce,
}

func beehiivStanding(row cell) (string, error) {
	standing, err := byWord("status", beehiivWords)(row)
	if row("unsubscribedat") != "" {
		standing = subscribers.ByReader
	}
	return standing, err
}

var keilaStanding = byWord("status", map[string]string{
	"active": "", "unsubscribed": subscribers.ByReader, "unreachable": subscribers.HardBounce,
})

// tableWords are what programs call the standings, folded.
var tableWords = map[string]string{
	"": "", "active": "", "subscribed": "", "enabled": "", "confirmed": "", "regular": "", "yes": "", "true": "", "1": "",
	"pending": pending, "unconfirmed": pending, "unactivated": pending, "invited": pending,
	"unsubscribed": subscribers.ByReader, "inactive": subscribers.ByReader, "disabled": subscribers.ByReader, "cancelled": subscribers.ByReader,
	"canceled": subscribers.ByReader, "optedout": subscribers.ByReader, "optout": subscribers.ByReader, "deleted": subscribers.ByReader,
	"removed": subscribers.ByReader, "no": subscribers.ByReader, "false": subscribers.ByReader, "0": subscribers.ByReader,
	"bounced": subscribers.HardBounce, "hardbounce": subscribers.HardBounce, "hardbounced": subscribers.HardBounce,
	"cleaned": subscribers.HardBounce, "undeliverable": subscribers.HardBounce, "unreachable": subscribers.HardBounce,
	"invalid": subscribers.HardBounce, "complained": subscribers.Complaint, "complaint": subscribers.Complaint,
	"spam": subscribers.Complaint, "junk": subscribers.Complaint, "abuse": subscribers.Complaint,
	"suppressed": subscribers.Manual, "blocked": subscribers.Manual, "blocklisted": subscribers.Manual, "blacklisted": subscribers.Manual,
}

// tableDates are the columns in which any entry says that a reader is not to be
// mailed.
var tableDates = map[string]string{
	"unsubscribedat": subscribers.ByReader, "unsubscribed": subscribers.ByReader, "deletedat": subscribers.ByReader,
	"bouncedat": subscribers.HardBounce, "complainedat": subscribers.Complaint,
}

// tableStanding takes the gravest of what the columns say.
func tableStanding(row cell) (string, error) {
	var reasons []string
	waits := false
	for _, column := range []string{"status", "state", "subscriptionstatus"} {
		standing, ok := tableWords[fold(row(column))]
		if !ok {
			return "", unknownWord{column, row(column)}
		}
		waits = waits || standing == pending
		reasons = append(reasons, standing)
	}
	for column, reason := range tableDates {
		switch fold(row(column)) {
		case "", "0", "no", "false":
		default:
			reasons = append(reasons, reason)
		}
	}
	if gravest := subscribers.Gravest(reasons); gravest != "" || !waits {
		return gravest, nil
	}
	return pending, nil
}
