// Package exchange reads the lists of subscribers that people and other programs
// keep in files, and writes ours. It says who stands on which line and in which
// standing; who may be mailed is not its to decide. It knows no database.
//
// A file is known by its header, never by its name. Every program's standing is
// kept: who left, bounced or complained there becomes a suppression here. A
// reader is active only where the program recorded a confirmation in the row:
//
//	Mailchimp    CONFIRM_TIME, which is the consent that is kept
//	Buttondown   a type that it sends to, with a subscription_date: until a
//	             reader confirms, the type is "unactivated"
//	Vesper       its own word, with confirmed_at
//	tables       a time in a column such as confirmed_at
//	Substack, Ghost, listmonk, beehiiv, Keila, Curated, plain lists
//	             nothing: an export does not tell who confirmed from whom the
//	             owner put there, so all come in as unconfirmed
//
// A word of standing that is not known rejects its row, as does a row that is cut
// short before it: nobody is mailed on a guess.
package exchange
