package intake

import "fmt"

// headingMark begins a sub-heading in a fetched article.
const headingMark = "## "

// fetched reads what comes after the first line of a fetched article: the Quick Looks,
// the Deep Look, both or neither. A file that people write has no Feed line, so that a
// part that they forgot is said.
func (h *house) fetched(lines []line) {
	quick := h.head(lines[:min(1, len(lines))], quickLooks)
	rest := lines[quick+1:]
	looks := rest
	deep := h.head(rest, deepLook)
	if deep >= 0 {
		looks = rest[:deep]
	}
	if quick >= 0 {
		h.bullets(lines[quick], looks)
	} else if len(looks) > 0 {
		h.flaw(looks[0].number, fmt.Sprintf("%.40q is between the first line and %q", looks[0].text, deepLook),
			fmt.Sprintf("under the first line there may only be %q or %q", quickLooks, deepLook))
	}
	if deep >= 0 {
		h.paragraphs(rest[deep], rest[deep+1:])
	}
}
