package exchange

import (
	"strings"

	"vesper/subscribers"
)

// pending is the standing of a reader who was asked and has not confirmed.
const pending = "pending"

// A standing reads what a row says of its reader: a reason for which the reader
// must not be mailed, pending, or "". A word that it doesn't know is an error.
type standing func(cell) (string, error)

// always is for a file whose readers all have the same standing.
func always(word string) standing {
	return func(cell) (string, error) { return word, nil }
}

// byWord reads the standing from a column of words.
func byWord(column string, words map[string]string) standing {
	return func(row cell) (string, error) {
		word := row(column)
		is, ok := words[strings.ToLower(word)]
		if !ok {
			return "", unknownWord{column: column, value: word}
		}
		return is, nil
	}
}

// substackStanding takes an empty flag as false: it is empty for readers whom the owner
// added.
var substackStanding = byWord("emaildisabled", map[string]string{"false": "", "": "", "true": subscribers.ByReader})

func ghostStanding(row cell) (string, error) {
	if row("deletedat") != "" {
		return subscribers.ByReader, nil
	}
	return byWord("subscribedtoemails", map[string]string{"true": "", "false": subscribers.ByReader})(row)
}

var listmonkStanding = byWord("status", map[string]string{
	"enabled": "", "disabled": subscribers.Manual,
	// An admin puts readers there, but also the reader who wants nothing more, ever.
	"blocklisted": subscribers.ByReader,
})

// buttondownTypes: Buttondown also sends to readers whose payment is not in order.
var buttondownTypes = map[string]string{
	"regular": "", "premium": "", "gifted": "", "trialed": "",
	"churning": "", "churned": "", "past_due": "", "paused": "",
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
	"active": "", "pending": pending, "validating": pending,
	"inactive": subscribers.ByReader, "invalid": subscribers.HardBounce,
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
