// Package exchange reads lists of subscribers from the files of people and of other
// programs, and writes ours. It gives a row for each line: who, and in which
// status. It does not decide who may be mailed, and knows no database.
//
// A file is recognised by its header, never by its name. Every program's status is
// kept: who left, bounced or complained there becomes a suppression here. A
// reader is active only where the program recorded a confirmation in the row:
//
//	Mailchimp    CONFIRM_TIME, which is the consent that is kept
//	Buttondown   a type that it sends to, with a subscription_date: until a
//	             reader confirms, the type is "unactivated"
//	Vesper       its own word, with confirmed_at
//	tables       a time in a column such as confirmed_at
//	Substack, Ghost, listmonk, beehiiv, Keila, Curated, plain lists
//	             nothing: their exports do not tell readers who confirmed from
//	             readers whom the owner added, so all come in as unconfirmed
//
// A row whose word for the status we don't know is rejected, and so is a row that is
// cut short before that word. Nobody is mailed on a guess.
package exchange
