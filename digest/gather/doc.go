// Package gather is the day: it asks the feeds what is new, and makes articles of what
// they offer.
//
// A feed's item becomes an article in one of three ways. Where its text has the house's
// own parts, Quick Looks and Deep Look, it becomes the article that a file would be.
// Another story of the publication has its summary and its text. A story of another
// publisher has headline, summary, source and link, and never its text: that is theirs.
package gather
