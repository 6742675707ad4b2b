// Package subscribers says who is on the list and in which status, and holds
// the pure rules that move readers: what an import row means for a reader, who may
// be asked to confirm and how often, who may confirm, who is off the list and who
// can bring them back. It also holds addresses, preferences and link tokens.
//
// A rule is a function over values. It takes what is known of a reader, the [Facts], and
// a word for or against them. It gives a [Change], which a store writes as it is,
// in one transaction. Nothing here does I/O, asks a clock, or knows SQL or HTTP.
package subscribers
