package exchange

import (
	"bytes"
	"strings"
)

// GuardRemark is the first line of a file whose rows went through [Part.Guard]: Open
// takes the apostrophes off again.
const GuardRemark = `# an apostrophe before = + - or @ keeps a spreadsheet from calculating`

// Guard gives a row of the part as it stands in a file that people open in a
// spreadsheet: an apostrophe stands before each cell that would be a formula. JSON is no
// table, and stays as it is.
func (p *Part) Guard(row string) string {
	if p.json {
		return row
	}
	var b strings.Builder
	for i := range len(row) {
		if begins(row, i) && calculates(row[i:]) {
			b.WriteByte('\'')
		}
		b.WriteByte(row[i])
	}
	return b.String()
}

// unguard undoes Guard.
func unguard(row []byte) []byte {
	if !bytes.Contains(row, []byte("'")) {
		return row
	}
	text, out := string(row), make([]byte, 0, len(row))
	for i := range len(text) {
		if begins(text, i) && text[i] == '\'' && calculates(text[i:]) {
			continue
		}
		out = append(out, text[i])
	}
	return out
}

// begins says whether a cell may begin at an octet of a row, whatever separates cells.
func begins(row string, i int) bool {
	before := row[:i]
	if strings.HasSuffix(before, `"`) {
		before = before[:i-1]
	}
	return before == "" || strings.ContainsRune(",;\t\n\r|", rune(before[len(before)-1]))
}

// calculates says whether a cell is a formula, apostrophes before it or not.
func calculates(cell string) bool {
	i := 0
	for i < len(cell) && cell[i] == '\'' {
		i++
	}
	return i < len(cell) && strings.ContainsRune("=+-@", rune(cell[i]))
}
