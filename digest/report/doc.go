// Package report is what those who run a newsroom read of editions that are over: one as a
// letter in text and HTML, and the last ones as a page with plots. It is pure: it is given
// what is so, and asks nobody. Readers see nothing of it, so it speaks English and has no
// words in other languages.
package report
