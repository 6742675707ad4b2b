// Package subscribers says who is on the list and in which standing, and holds
// the pure rules that move them: addresses, standings, preferences,
// suppressions and link tokens. It does no I/O, asks no clock, and knows neither
// SQL nor HTTP.
package subscribers
