package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Choices are what an admin says of a file beside what it says itself. The zero value
// says nothing.
type Choices struct {
	// Address names the column with the addresses.
	Address string
	// Left are values that say that a reader has left.
	Left []Left
	// Now is the time: nobody has confirmed later. The zero value is no limit.
	Now time.Time
}

// Left is a value of a column that says that the reader has left.
type Left struct{ Column, Value string }

// ParseLeft reads NAME=VALUE.
func ParseLeft(s string) (Left, error) {
	name, value, ok := strings.Cut(s, "=")
	if l := (Left{strings.TrimSpace(name), trim(value)}); ok && fold(l.Column) != "" && l.Value != "" {
		return l, nil
	}
	return Left{}, fmt.Errorf("%q is not NAME=VALUE", s)
}

// is says whether the cell has the value, whatever its case and punctuation. All ways to
// write yes are the same, and so are those to write no.
func (l Left) is(value string) bool {
	if yes, ok := yesOrNo(l.Value); ok {
		other, ok := yesOrNo(value)
		return ok && yes == other
	}
	if folded := fold(l.Value); folded != "" {
		return fold(value) == folded
	}
	return value == l.Value
}

func yesOrNo(value string) (yes, ok bool) {
	switch word := fold(value); word {
	case "0":
		return false, true
	default:
		yes, ok = answerWords[word]
		return yes, ok
	}
}

// A ColumnError is a question about the columns of a file that an admin has to
// answer.
type ColumnError struct{ Problem, Hint string }

func (e *ColumnError) Error() string { return e.Problem }

// ErrNoRow is a file without any row of a reader.
var ErrNoRow = errors.New("nobody is in it")

// SameColumn says whether two names are the same column's, whatever their case and
// punctuation.
func SameColumn(a, b string) bool { return fold(a) == fold(b) }

// leaves says whether a choice of the admin's says that the reader has left.
func (p *Part) leaves(get func(i int) string) bool {
	return slices.ContainsFunc(p.choices.Left, func(l Left) bool {
		return slices.ContainsFunc(p.columns[fold(l.Column)], func(i int) bool { return l.is(get(i)) })
	})
}

// MayLeave says whether --left-when may name this column.
func (p *Part) MayLeave(column string) bool {
	return p.Format != Vesper && len(p.columns[fold(column)]) > 0
}
