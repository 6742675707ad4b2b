package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// leaving are the parts of a column's folded name that speak of readers who must
// not be mailed.
var leaving = []string{
	"unsub", "optout", "optin", "bounce", "complain", "block", "blacklist", "subscribedto",
	"donotemail", "disabled",
}

// doubtful says whether a column that is not used may say who must not be
// mailed. One that could be a role's, if there were no likelier one, is known.
func (d *dialect) doubtful(column string) bool {
	for _, names := range d.columns {
		if slices.Contains(names, column) && !slices.Contains(d.standingColumns, column) {
			return false
		}
	}
	return slices.ContainsFunc(leaving, func(part string) bool { return strings.Contains(column, part) })
}

// SameColumn says whether two names are one column's, however they are written.
func SameColumn(a, b string) bool { return fold(a) == fold(b) }

// unknownWord is a value that a column does not have; want says what it has, where
// that can be said in a word.
type unknownWord struct{ column, value, want string }

func (u unknownWord) Error() string {
	if u.want != "" {
		return fmt.Sprintf("%s is %q: it is not clear whether the reader may be mailed (%s)", u.column, u.value,
			u.want)
	}
	return fmt.Sprintf("%q is not a known %s", u.value, u.column)
}
