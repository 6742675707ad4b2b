// Package intake reads articles onto the desk: the folder of files that an
// edition is made from. Each format of article has a file of its own here.
//
// What is not in a format is a flaw with file and line, and stops nothing else.
// Nothing here knows which articles an edition takes, or what becomes of them.
package intake
