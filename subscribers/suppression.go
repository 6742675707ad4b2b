package subscribers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The reasons for which an address must not be mailed. They are in the database
// and in files that people keep: they never change.
const (
	// HardBounce is an address that does not exist.
	HardBounce = "hard bounce"
	// Complaint is a reader who called it spam.
	Complaint = "complaint"
	// ByReader is a reader who left.
	ByReader = "unsubscribed"
	// Manual is an admin's word.
	Manual = "manual"
)

// Reasons are all of them, the gravest first. Where several stand, the first of
// them is the one to name.
var Reasons = []string{Complaint, ByReader, HardBounce, Manual}

// Suppression is why an address must not be mailed, and since when.
type Suppression struct {
	Reason string
	Since  time.Time
}

// Liftable says whether an admin may lift a suppression for this reason. A
// complaint and a reader's own leaving are lifted by the reader alone, who
// confirms anew. The reader does not lift the other two.
func Liftable(reason string) bool { return reason == HardBounce || reason == Manual }

// ByGravity gives the reasons among these, each once and the gravest first.
func ByGravity(reasons []string) []string {
	if len(reasons) == 0 {
		return nil
	}
	var all []string
	for _, r := range Reasons {
		if slices.Contains(reasons, r) {
			all = append(all, r)
		}
	}
	return all
}

// Gravest gives the reason to name of several, "" of none.
func Gravest(reasons []string) string {
	if all := ByGravity(reasons); len(all) > 0 {
		return all[0]
	}
	return ""
}

// CheckReason refuses what is not one of Reasons.
func CheckReason(reason string) error {
	if !slices.Contains(Reasons, reason) {
		return fmt.Errorf("%q is not a reason to suppress", reason)
	}
	return nil
}

// ErrSuppressed says that an address must not be put on the list by anybody but
// its reader: the reader has left, or mail to the address has done harm.
var ErrSuppressed = errors.New("the reader has unsubscribed or must not be mailed")

// Barred is ErrSuppressed with the gravest reason that stands.
type Barred struct{ Reason string }

func (e Barred) Error() string { return ErrSuppressed.Error() }

// Is says that it is ErrSuppressed.
func (e Barred) Is(target error) bool { return target == ErrSuppressed }

// IsHardBounce says whether an enhanced status code (RFC 3463) is about the
// address: 5.1.x, it does not exist or can't be reached. No other refusal is held
// against the reader. 5.7.x in particular is about the sender.
func IsHardBounce(enhanced string) bool { return strings.HasPrefix(enhanced, "5.1.") }
