// Package feed reads what publishers offer their stories as: RSS, RDF, Atom, JSON Feed
// and WordPress's REST posts, and lists of feeds in OPML. It opens no connection.
package feed
