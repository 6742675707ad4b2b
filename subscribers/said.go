package subscribers

import (
	"fmt"
	"strconv"
	"strings"
)

// Said gives what a server said with its codes, in one line, or else what that was taken
// for: "550 5.1.1 no such user".
func (r Report) Said() string {
	text := strings.Join(strings.Fields(r.Diagnostic), " ")
	if text == "" {
		text = string(r.Cause)
	}
	var all []string
	if r.Code != 0 && !strings.Contains(text, strconv.Itoa(r.Code)) {
		all = append(all, strconv.Itoa(r.Code))
	}
	if r.Status != "" && !strings.Contains(text, r.Status) {
		all = append(all, r.Status)
	}
	return strings.Join(append(all, text), " ")
}

// Told says what a report is, of which edition, and what proves whose: "delivery report
// of 2026-11-22-evening, proven by the return path".
func (r Report) Told() string {
	s := string(r.Kind)
	if r.EditionID != "" {
		s += " of " + r.EditionID
	}
	switch r.Proof {
	case NotProven:
		return s + ", not proven"
	case ByAdmin:
		return s + ", believed by an admin"
	}
	return fmt.Sprintf("%s, proven by the %s", s, r.Proof)
}

// Bounced says whether a report says that a message did not arrive, whoever is to blame.
func (r Report) Bounced() bool {
	switch r.Kind {
	case ReportRefusal, ReportDelivery, ReportEvent:
		return r.Class == ClassRemove || r.Class == ClassCount || r.Class == ClassSender
	}
	return false
}
