package exchange

import (
	"slices"
	"strings"
	"unicode"

	"vesper/subscribers"
)

// Format is what a file was recognised as.
type Format string

// The formats.
const (
	MailchimpSubscribed   Format = "mailchimp subscribed"
	MailchimpUnsubscribed Format = "mailchimp unsubscribed"
	MailchimpCleaned      Format = "mailchimp cleaned"
	Substack              Format = "substack"
	SubstackPaid          Format = "substack paid"
	SubstackDashboard     Format = "substack dashboard"
	Ghost                 Format = "ghost"
	Listmonk              Format = "listmonk"
	Buttondown            Format = "buttondown"
	Beehiiv               Format = "beehiiv"
	Keila                 Format = "keila"
	Curated               Format = "curated"
	// List is one address a line.
	List Format = "list"
	// Vesper is our own export.
	Vesper Format = "vesper"
	// Table is no program's that we know. It is read by the names of its columns.
	Table Format = "table"
)

// role is what a column is for.
type role int

const (
	theAddress role = iota
	theName
	theFirst
	theLast
	theTags
	theZone
	theCreated
	theAsked
	theAskedFrom
	theConfirmed
	theConfirmedFrom
	roles
)

// cell gives the field of a row by the folded name of its column, "" if there is no
// such column.
type cell func(column string) string

// dialect is how one program writes its subscribers. Names of columns are folded.
type dialect struct {
	format Format
	title  string
	// header are the columns by which the program is recognised. With only, the table
	// has no others.
	header []string
	only   bool
	// columns are the names that a column may have for each role, the best first.
	columns [roles][]string
	// byValues: names of columns may be in any language, so the column that holds
	// addresses is the address.
	byValues bool
	// separators stand between tags.
	separators string
	// statusColumns are the columns that status reads.
	statusColumns []string
	status        status
	// flag is a column of true and false; flagged is the tag of a reader with true.
	flag, flagged string
	// lenient takes a time that can't be read for none: we don't know how this program
	// writes times.
	lenient bool
}

// fold reduces the name of a column to its letters and digits in lower case.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// The names that people give to the columns of a reader's name.
var (
	wholeNames = []string{"name", "fullname", "displayname", "subscribername"}
	firstNames = []string{
		"firstname", "fname", "first", "givenname", "vorname", "prénom", "prenom", "nombre", "nome",
		"voornaam",
	}
	lastNames = []string{
		"lastname", "lname", "last", "surname", "familyname", "nachname", "nom", "apellido",
		"apellidos", "cognome", "achternaam",
	}
)

var mailchimpColumns = [roles][]string{
	theFirst: firstNames, theLast: lastNames, theTags: {"tags"}, theZone: {"timezone"}, theCreated: {"optintime"},
	theAsked: {"optintime"}, theAskedFrom: {"optinip"}, theConfirmed: {"confirmtime"}, theConfirmedFrom: {"confirmip"},
}

// dated are the columns of a program that tells an address, a name and when the
// reader came.
func dated(created string) [roles][]string {
	return [roles][]string{theAddress: {"email"}, theName: {"name"}, theCreated: {created}, theAsked: {created}}
}

// dialects are tried in this order.
var dialects = []dialect{
	{
		format: Vesper, title: "Vesper's own export",
		header: []string{
			"address", "status", "evenings", "slots", "variant", "pauseduntil", "confirmedat", "consentaskedat",
		},
	},
	{
		format: MailchimpUnsubscribed, title: "Mailchimp, unsubscribed", header: []string{"leid", "euid", "unsubtime"},
		columns: mailchimpColumns, byValues: true, separators: ",", status: always(subscribers.ByReader),
	},
	{
		format: MailchimpCleaned, title: "Mailchimp, cleaned", header: []string{"leid", "euid", "cleantime"},
		columns: mailchimpColumns, byValues: true, separators: ",", status: always(subscribers.HardBounce),
	},
	{
		format: MailchimpSubscribed, title: "Mailchimp, subscribed", header: []string{"leid", "euid"},
		columns: mailchimpColumns, byValues: true, separators: ",", status: always(""),
	},
	{
		format: SubstackDashboard, title: "Substack, from its dashboard",
		header:  []string{"email", "subscriptiontype", "activity", "subscriptiondate"},
		columns: dated("subscriptiondate"), status: always(""), lenient: true,
	},
	{
		format: Substack, title: "Substack",
		header:  []string{"email", "activesubscription", "expiry", "emaildisabled"},
		columns: dated("createdat"), statusColumns: []string{"emaildisabled"}, status: substackStatus,
		flag: "preferdigests", flagged: "prefers digests",
	},
	{
		format: SubstackPaid, title: "Substack, paid", header: []string{"email", "expiry", "emaildisabled", "type"},
		columns:       [roles][]string{theAddress: {"email"}, theName: {"name"}},
		statusColumns: []string{"emaildisabled"}, status: substackStatus,
		flag: "preferdigests", flagged: "prefers digests",
	},
	{
		format: Ghost, title: "Ghost", header: []string{"email", "subscribedtoemails"},
		columns: [roles][]string{
			theAddress: {"email"}, theName: {"name"}, theTags: {"labels"},
			theCreated: {"createdat"}, theAsked: {"createdat"},
		},
		separators: ",", statusColumns: []string{"subscribedtoemails", "deletedat"}, status: ghostStatus,
	},
	{
		format: Listmonk, title: "listmonk", header: []string{"uuid", "email", "name", "attributes", "status"},
		columns: dated("createdat"), statusColumns: []string{"status"}, status: listmonkStatus,
	},
	{
		format: Listmonk, title: "listmonk, as it imports",
		header: []string{"email", "name", "attributes"}, only: true,
		columns: [roles][]string{theAddress: {"email"}, theName: {"name"}}, status: always(""),
	},
	{
		format: Buttondown, title: "Buttondown",
		header: []string{"subscribertype", "subscriptiondate", "unsubscriptiondate"},
		columns: [roles][]string{
			theAddress: {"email", "emailaddress"}, theTags: {"tags"}, theCreated: {"creationdate"},
			theAsked: {"creationdate"}, theAskedFrom: {"ipaddress"}, theConfirmed: {"subscriptiondate"},
		},
		separators: ";", statusColumns: []string{"subscribertype", "unsubscriptiondate"},
		status: buttondownStatus, lenient: true,
	},
	{
		format: Beehiiv, title: "beehiiv", header: []string{"email", "status", "tier", "createdat", "unsubscribedat"},
		columns: [roles][]string{
			theAddress: {"email"}, theFirst: {"firstname"}, theLast: {"lastname"},
			theCreated: {"createdat"}, theAsked: {"createdat"},
		},
		statusColumns: []string{"status", "unsubscribedat"}, status: beehiivStatus,
	},
	{
		format: Keila, title: "Keila", header: []string{"email", "data", "status", "externalid"},
		columns:       [roles][]string{theAddress: {"email"}, theFirst: {"firstname"}, theLast: {"lastname"}},
		statusColumns: []string{"status"}, status: keilaStatus,
	},
	{
		format: Curated, title: "Curated", header: []string{"emailaddress", "subscribedat", "utmsource"},
		columns: [roles][]string{
			theAddress: {"emailaddress"}, theCreated: {"subscribedat"}, theAsked: {"subscribedat"},
		},
		status: always(""),
	},
	table,
}

// ownMarks are columns, folded, that only our own export has.
var ownMarks = []string{
	"evenings", "variant", "pauseduntil", "consentaskedat", "consentconfirmedat", "leftat", "suppressions",
	"sourcesha256",
}

// missing says of which export a table is a part that lacks the column of who left, ""
// for any other table.
func missing(header []string) string {
	has := func(name string) bool { return slices.Contains(header, name) }
	marks := 0
	for _, name := range ownMarks {
		if has(name) {
			marks++
		}
	}
	begins := func(part string) bool {
		return slices.ContainsFunc(header, func(name string) bool { return strings.HasPrefix(name, part) })
	}
	switch {
	case marks > 2 && !has("status"):
		return "Vesper's own export without its column status"
	case has("leid") && has("euid") && begins("unsub") && !has("unsubtime"):
		return "Mailchimp's export of who left, without its column UNSUB_TIME"
	case has("leid") && has("euid") && begins("clean") && !has("cleantime"):
		return "Mailchimp's export of addresses that bounced, without its column CLEAN_TIME"
	}
	return ""
}

// knows says whether a header is this program's.
func (d *dialect) knows(header []string) bool {
	if d.header == nil || d.only && len(header) != len(d.header) {
		return false
	}
	for _, name := range d.header {
		if !slices.Contains(header, name) {
			return false
		}
	}
	return true
}
