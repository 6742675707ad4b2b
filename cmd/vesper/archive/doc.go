// Package archive is the form of a backup: a .tar.gz with a manifest first and then the
// files that it names. Reading takes nothing on trust: an archive may come from anybody.
//
// It does not know what the files mean, nor where they go.
package archive
