package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"vesper/subscribers"
)

// A line is one departure, or says that all up to now are there:
//
//	4711 2026-11-22T18:00:05Z unsubscribed 3q2-7w… - 0123456789abcdef
//	4711 2026-11-22T19:00:00Z known - - fedcba9876543210
//
// Its end is an HMAC of the rest: a line that is torn, damaged or another database's is
// none. Lines that begin with # are for people.

// known is what stands in place of a kind where a line says how far the journal is.
const known = "known"

// head is for whoever finds a journal.
const head = `# Vesper's journal of departures: who left since the last backup, without names. Keep it:
# "vesper restore" replays it, so that nobody who left becomes a reader again.
`

// longest bounds a line.
const longest = 512

var encoding = base64.RawURLEncoding

// line writes a departure.
func line(key []byte, d subscribers.Departure) string {
	hash, until := "-", "-"
	if len(d.Hash) > 0 {
		hash = encoding.EncodeToString(d.Hash)
	}
	if d.Until != "" {
		until = d.Until
	}
	return signed(key, strings.Join([]string{
		strconv.FormatInt(d.ID, 10), d.At.UTC().Format(time.RFC3339),
		strings.ReplaceAll(string(d.Kind), " ", "-"), hash, until,
	}, " "))
}

// knownLine says that the journal has all up to the departure with an ID, and up to a time.
func knownLine(key []byte, last int64, at time.Time) string {
	return line(key, subscribers.Departure{ID: last, At: at, Kind: known})
}

func signed(key []byte, text string) string { return text + " " + sum(key, text) + "\n" }

func sum(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// parse reads a line without its end. It is false for what is none of this key.
func parse(key []byte, text string) (subscribers.Departure, bool) {
	var d subscribers.Departure
	at := strings.LastIndexByte(text, ' ')
	if at < 0 || len(text) > longest || subtle.ConstantTimeCompare([]byte(sum(key, text[:at])), []byte(text[at+1:])) == 0 {
		return d, false
	}
	fields := strings.Split(text[:at], " ")
	if len(fields) != 5 {
		return d, false
	}
	var err error
	if d.ID, err = strconv.ParseInt(fields[0], 10, 64); err != nil || d.ID < 0 {
		return d, false
	}
	if d.At, err = time.Parse(time.RFC3339, fields[1]); err != nil {
		return d, false
	}
	d.Kind = subscribers.DepartureKind(strings.ReplaceAll(fields[2], "-", " "))
	if fields[3] != "-" {
		if d.Hash, err = encoding.DecodeString(fields[3]); err != nil {
			return d, false
		}
	}
	if fields[4] != "-" {
		d.Until = fields[4]
	}
	return d, true
}
