package intake

import "fmt"

// headingMark begins a sub-heading in a fetched article.
const headingMark = "## "

// fetched reads what comes after the first line of a fetched article: the Quick Looks,
// the Deep Look, both or neither. A file that people write has no Feed line, so that a
// part that they forgot is said.
func (h *house) fetched(lines []line) {
	if len(lines) > 0 && is(lines[0], quickLooks) {
		deep := find(lines, deepLook)
		if deep < 0 {
			deep = len(lines)
		}
		h.bullets(lines[0], lines[1:deep])
		lines = lines[deep:]
	}
	switch {
	case len(lines) == 0:
	case is(lines[0], deepLook):
		h.paragraphs(lines[0], lines[1:])
	default:
		h.flaw(lines[0].number, fmt.Sprintf("%.40q stands between the first line and %q", lines[0].text, deepLook),
			fmt.Sprintf("under the first line stands %q or %q, if anything", quickLooks, deepLook))
	}
}
