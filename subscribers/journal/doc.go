// Package journal keeps, in files beside the database and the backups, who left since the
// last backup, without naming anybody, so that a database that was put back does not make
// them readers again.
//
// A journal follows the departures that the database has recorded: what is missing in it
// is added when it can be reached. It does not know the database, nor what a departure
// does to a reader.
package journal
