// Package intake reads articles onto the desk: the folder of files that an
// edition is made from. Each format of article has a file of its own here.
// [WriteHouse] writes the file of an article that was fetched, after [Clean].
//
// A file that is not in its format is a flaw with file and line. It does not stop
// the others. Nothing here knows which articles an edition takes, or what becomes
// of them.
package intake
