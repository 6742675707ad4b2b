package exchange

import (
	"regexp"

	"vesper/subscribers"
)

// table is no program's: it is read by the usual names of columns.
var table = dialect{
	format: Table, title: "a table",
	columns: [roles][]string{
		theAddress: addressNames,
		theName:    wholeNames, theFirst: firstNames, theLast: lastNames,
		theTags: {"tags", "groups", "labels"}, theZone: {"timezone", "tz"},
		theCreated: {
			"createdat", "created", "subscribed", "subscribedat", "dateadded", "signupdate",
			"subscriptiondate",
		},
		theAsked: {
			"optintime", "createdat", "created", "subscribed", "subscribedat", "dateadded", "signupdate",
			"subscriptiondate",
		},
		theAskedFrom:     {"signupip", "optinip", "ipaddress"},
		theConfirmed:     {"confirmedat", "confirmtime", "confirmationdate"},
		theConfirmedFrom: {"confirmip", "confirmedip"},
	},
	byValues: true, separators: ",;|", lenient: true,
	statusColumns: tableStatusColumns(), status: tableStatus,
}

// tableWords are the words that programs have for statuses, folded.
var tableWords = map[string]string{
	"": "", "active": "", "subscribed": "", "enabled": "", "confirmed": "", "regular": "",
	"yes": "", "true": "", "1": "",
	"pending": pending, "unconfirmed": pending, "unactivated": pending, "invited": pending,
	"no": subscribers.ByReader, "false": subscribers.ByReader, "0": subscribers.ByReader,
}

// tableWord gives what a program's word, folded, says of a reader.
func tableWord(word string) (status string, ok bool) {
	if status, ok = tableWords[word]; !ok {
		status, ok = leavingWords[word]
	}
	return status, ok
}

// tableStatuses are the columns that hold such a word.
var tableStatuses = []string{"status", "state", "subscriptionstatus", "subscriberstatus", "optinstatus"}

// tableFlags are columns that hold yes, no or a date. A reader with yes or a date must
// not be mailed, for the reason beside the columns.
var tableFlags = []struct {
	reason  string
	columns []string
}{
	{subscribers.ByReader, []string{
		"unsubscribed", "unsubscribedat", "unsubscribedon", "unsubscribedate", "unsubscribeddate", "unsubscribetime",
		"unsubtime", "unsubscriptiondate",
		"optout", "optedout", "optoutat", "optedoutat", "optoutdate", "optouttime", "deletedat", "donotemail",
		"emaildisabled",
	}},
	{subscribers.HardBounce, []string{"bounced", "bouncedat", "bouncedon", "hardbounced"}},
	{subscribers.Complaint, []string{"complained", "complainedat", "complainedon"}},
	{subscribers.Manual, []string{"blocked", "blocklisted", "blacklisted"}},
}

// tableWanted are columns that hold the same, where a reader with no must not be mailed.
var tableWanted = []string{"subscribed", "subscribedtoemails"}

func tableStatusColumns() []string {
	var all []string
	all = append(append(all, tableStatuses...), tableWanted...)
	for _, f := range tableFlags {
		all = append(all, f.columns...)
	}
	return all
}

// tableStatus gives the gravest reason of all columns.
func tableStatus(row cell) (string, error) {
	var reasons []string
	waits := false
	for _, column := range tableStatuses {
		status, ok := tableWord(fold(row(column)))
		if !ok {
			return "", unknownWord{column: column, value: row(column)}
		}
		waits = waits || status == pending
		reasons = append(reasons, status)
	}
	for _, f := range tableFlags {
		for _, column := range f.columns {
			switch is, ok := answer(row(column)); {
			case !ok:
				return "", unknownWord{column, row(column), answerWanted}
			case is:
				reasons = append(reasons, f.reason)
			}
		}
	}
	for _, column := range tableWanted {
		switch is, ok := answer(row(column)); {
		case !ok:
			return "", unknownWord{column, row(column), answerWanted}
		case !is && row(column) != "":
			reasons = append(reasons, subscribers.ByReader)
		}
	}
	if gravest := subscribers.Gravest(reasons); gravest != "" || !waits {
		return gravest, nil
	}
	return pending, nil
}

const answerWanted = "yes, no or a date"

// answerWords are the ways in which programs and spreadsheets write yes and no, folded.
var answerWords = map[string]bool{
	"yes": true, "y": true, "true": true, "t": true, "1": true, "on": true, "x": true,
	"ja": true, "wahr": true, "oui": true, "vrai": true, "sí": true, "si": true, "verdadero": true,
	"no": false, "n": false, "false": false, "f": false, "off": false,
	"never": false, "null": false, "none": false, "nil": false,
	"nein": false, "falsch": false, "non": false, "faux": false, "falso": false,
	"sim": true, "não": false, "nao": false, "nee": false, "نعم": true, "لا": false,
}

var (
	// date is what looks like a date, with its numbers in any order, or is seconds since
	// 1970.
	date = regexp.MustCompile(`(?i)^(\d{1,4}[-./ ]{1,2}(\d{1,2}|[a-z]{3,9})[-./ ,]{1,2}\d{1,4}([ t,].*)?` +
		`|[a-z]{3,9}[. ]+\d{1,2},? +\d{4}\b.*|\d{9,13}(\.\d+)?)$`)
	// noDate is how programs write that there is no date: nothing, zeros, or the first
	// day of their calendar.
	noDate = regexp.MustCompile(`^(-?|0+([-:/. T]+0+)*Z?|0001-01-01\b.*)$`)
)

// answer reads yes, no or a date. A date is a yes, and nothing is a no. ok is false for
// all else.
func answer(s string) (is, ok bool) {
	if s == "" { // as most are, of which there may be millions
		return false, true
	}
	if is, ok = answerWords[fold(s)]; ok {
		return is, true
	}
	if noDate.MatchString(s) {
		return false, true
	}
	return true, date.MatchString(s)
}
