package store

// What SQLite and PostgreSQL say in different words, in words that both understand, or in two.

// endsWith says whether a text ends with another. To count from the first character is the same
// on both, and takes SQLite a quarter longer for a whole list.
func endsWith(c conn, text, end string) string {
	if isServer(c) {
		return `right(` + text + `, length(` + end + `)) = ` + end
	}
	return `substr(` + text + `, -length(` + end + `)) = ` + end
}

// greater is the greater of two numbers, and NULL where a is: max(a, b) of the one, and
// greatest(a, b) of the other, but for what is NULL.
func greater(a, b string) string {
	return `CASE WHEN ` + a + ` < ` + b + ` THEN ` + b + ` ELSE ` + a + ` END`
}
