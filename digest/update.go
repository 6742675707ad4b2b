package digest

import "fmt"

// MostUpdates is how many updates of one article a changing source can bring in all.
const MostUpdates = 3

// update says what an article updates; empty for one that updates none.
func (call Call) update(a Article) string {
	if a.Updates == "" {
		return ""
	}
	in, printed := call.Printed[a.Updates]
	if !printed {
		return fmt.Sprintf("update of %q, which was not printed", a.Updates)
	}
	looks := "1 new Quick Look"
	if n := len(a.QuickLooks); n != 1 {
		looks = fmt.Sprintf("%d new Quick Looks", n)
	}
	return fmt.Sprintf("update of %q, printed in %s: %s", a.Updates, in, looks)
}

// updateOfSame says whether one article updates the other, or both the same one: they have
// the same words and are two all the same.
func updateOfSame(a, b Article) bool {
	return a.Updates != "" && (a.Updates == b.ID || a.Updates == b.Updates) || b.Updates != "" && b.Updates == a.ID
}
