package store

// What SQLite and PostgreSQL say in different words, in words that both understand.

// endsWith says whether a text ends with another. Both count from the first character: from
// the last one they count differently.
func endsWith(text, end string) string {
	return `substr(` + text + `, length(` + text + `) - length(` + end + `) + 1) = ` + end
}

// greater is the greater of two numbers, and NULL where a is: max(a, b) of the one, and
// greatest(a, b) of the other, but for what is NULL.
func greater(a, b string) string {
	return `CASE WHEN ` + a + ` < ` + b + ` THEN ` + b + ` ELSE ` + a + ` END`
}
