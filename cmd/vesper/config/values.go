package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span written as Go does: "72h", "90m". "14d" are 14 days of 24 hours.
type Duration time.Duration

// UnmarshalText reads a time span.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		v = time.Duration(n) * 24 * time.Hour
	}
	if err != nil {
		return fmt.Errorf("%q is not a duration like \"4h\" or \"90m\"", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the span without minutes and seconds that are zero: "72h".
func (d Duration) MarshalText() ([]byte, error) {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// QuickLooks is how many Quick Looks a story shows; [AllQuickLooks] is all.
type QuickLooks int

// AllQuickLooks is what "all" is read as.
const AllQuickLooks QuickLooks = -1

// UnmarshalTOML reads a number from 1 to 100, or "all".
func (q *QuickLooks) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case int64:
		if v < 1 || v > 100 {
			return fmt.Errorf("quick_looks = %d: it is 1 or more, or \"all\"", v)
		}
		*q = QuickLooks(v)
	case string:
		return q.UnmarshalText([]byte(v))
	default:
		return errors.New("quick_looks is a number or \"all\"")
	}
	return nil
}

// UnmarshalText reads the same from the environment.
func (q *QuickLooks) UnmarshalText(text []byte) error {
	if string(text) == "all" {
		*q = AllQuickLooks
		return nil
	}
	var n int64
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return fmt.Errorf("quick_looks = %q: it is a number or \"all\"", text)
	}
	return q.UnmarshalTOML(n)
}

// MarshalTOML writes the number bare and "all" quoted.
func (q QuickLooks) MarshalTOML() ([]byte, error) {
	if q == AllQuickLooks {
		return []byte(`"all"`), nil
	}
	return fmt.Append(nil, int(q)), nil
}

// Secret is a value that is never shown: whatever prints or writes it prints or
// writes stars. string(s) is the value.
type Secret string

const masked = "********"

// String gives stars, or "" if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString gives stars too, for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.String()) }

// MarshalText writes stars too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
