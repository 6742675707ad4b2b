package feed

import "strings"

// lockedMarks are what WordPress prints in place of the text of a post with a password: its
// form, and the sentence in place of a summary.
var lockedMarks = [...]string{
	"action=postpass", "post-password-form", "There is no excerpt because this is a protected post.",
}

// Locked says whether HTML asks for a password instead of showing a story's text.
func Locked(html string) bool {
	for _, mark := range lockedMarks {
		if strings.Contains(html, mark) {
			return true
		}
	}
	return false
}

// isLocked says so of an item. A story on such forms has text of its own.
func isLocked(it Item) bool {
	return len(it.Content) < 8<<10 && (Locked(it.Content) || Locked(it.Summary))
}
