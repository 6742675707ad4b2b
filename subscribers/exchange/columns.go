package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// leaving are parts of names of columns, folded, that hint at readers who must not be
// mailed.
var leaving = []string{
	"unsub", "optout", "optin", "bounce", "complain", "block", "blacklist", "subscribedto",
	"donotemail", "disabled",
}

// doubtful says whether a column that is not used may say who must not be mailed. A
// column that has a role's second name is not: we know what is in it.
func (d *dialect) doubtful(column string) bool {
	for _, names := range d.columns {
		if slices.Contains(names, column) && !slices.Contains(d.standingColumns, column) {
			return false
		}
	}
	return slices.ContainsFunc(leaving, func(part string) bool { return strings.Contains(column, part) })
}

// SameColumn says whether two names are the same column's, whatever their case and
// punctuation.
func SameColumn(a, b string) bool { return fold(a) == fold(b) }

// unknownWord is a value that a column must not have. want, if it is not empty, says
// what it may have.
type unknownWord struct{ column, value, want string }

func (u unknownWord) Error() string {
	if u.want != "" {
		return fmt.Sprintf("%s is %q: it is not clear whether the reader may be mailed (%s)", u.column, u.value,
			u.want)
	}
	return fmt.Sprintf("%q is not a known %s", u.value, u.column)
}
