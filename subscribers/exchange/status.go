package exchange

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"vesper/subscribers"
)

// pending is the status of a reader who was asked and has not confirmed.
const pending = "pending"

// A status reads what a row says of its reader: a reason for which the reader
// must not be mailed, pending, or "". A word that it doesn't know is an error.
type status func(cell) (string, error)

// always is for a file whose readers all have the same status.
func always(word string) status {
	return func(cell) (string, error) { return word, nil }
}

// byWord reads the status from a column of words.
func byWord(column string, words map[string]string) status {
	return func(row cell) (string, error) {
		word := row(column)
		is, ok := words[strings.ToLower(word)]
		if !ok {
			return "", unknownWord{column: column, value: word}
		}
		return is, nil
	}
}

// substackStatus takes an empty flag as false: it is empty for readers whom the owner
// added.
var substackStatus = byWord("emaildisabled", map[string]string{"false": "", "": "", "true": subscribers.ByReader})

func ghostStatus(row cell) (string, error) {
	if row("deletedat") != "" {
		return subscribers.ByReader, nil
	}
	return byWord("subscribedtoemails", map[string]string{"true": "", "false": subscribers.ByReader})(row)
}

var listmonkStatus = byWord("status", map[string]string{
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

func buttondownStatus(row cell) (string, error) {
	status, err := byWord("subscribertype", buttondownTypes)(row)
	if status == "" && row("unsubscriptiondate") != "" {
		status = subscribers.ByReader
	}
	return status, err
}

var beehiivWords = map[string]string{
	"active": "", "pending": pending, "validating": pending,
	"inactive": subscribers.ByReader, "invalid": subscribers.HardBounce,
}

func beehiivStatus(row cell) (string, error) {
	status, err := byWord("status", beehiivWords)(row)
	if row("unsubscribedat") != "" {
		status = subscribers.ByReader
	}
	return status, err
}

var keilaStatus = byWord("status", map[string]string{
	"active": "", "unsubscribed": subscribers.ByReader, "unreachable": subscribers.HardBounce,
})

// nth gives a row's fields, of a column that is there several times the nth one or the
// last.
func (p *Part) nth(rec record, n int) cell {
	return func(column string) string {
		all := p.columns[column]
		if len(all) == 0 {
			return ""
		}
		return field(rec, all[min(n, len(all)-1)])
	}
}

// status reads what a row says of its reader. Where a column is there several times,
// the gravest counts.
func (p *Part) status(rec record) (string, error) {
	if p.leaves(func(i int) string { return field(rec, i) }) {
		return subscribers.ByReader, nil
	}
	times := 1
	for _, name := range p.dialect.statusColumns {
		times = max(times, len(p.columns[name]))
	}
	var reasons []string
	waits := ""
	for n := range times {
		status, err := p.dialect.status(p.nth(rec, n))
		if word, ok := errors.AsType[unknownWord](err); ok {
			return "", unknownWord{p.titles[word.column], word.value, word.want}
		}
		if err != nil {
			return "", err
		}
		if status == pending {
			waits = pending
		}
		reasons = append(reasons, status)
	}
	return cmp.Or(subscribers.Gravest(reasons), waits), nil
}

// confirms says whether a reader may have confirmed then: not at the first day of some
// program's calendar, nor in the future.
func confirms(at, now time.Time) bool {
	return at.Year() >= 1990 && (now.IsZero() || !at.After(now))
}
