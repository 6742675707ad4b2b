package digest

import (
	"fmt"
	"strings"
)

// Flaw is what is wrong with one file that foreign hands wrote: an article that
// is not in the house format, a line of a list that is no address. A flawed
// file is put aside and named; it never stops an edition.
type Flaw struct {
	// File is the path as the reader of the message knows it.
	File string
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Problem says what is wrong, Hint what would be right (it may be empty).
	Problem, Hint string
}

// Error gives the flaw as "file:line: problem".
func (f *Flaw) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Problem)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Problem)
}

// Distance is how many letters must be put in, taken out or changed to make b of
// a (Levenshtein's), whatever their case: what hints are found by.
func Distance(a, b string) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}
