package digest_test

import (
	"testing"
	"time"

	"vesper/digest"
)

func TestQuietHoursMayBeOverMidnight(t *testing.T) {
	for said, c := range map[string]struct{ quiet, loud time.Duration }{
		"22:00-07:00": {6*time.Hour + 59*time.Minute, 7 * time.Hour},
		"12:00-14:00": {12 * time.Hour, 11*time.Hour + 59*time.Minute},
	} {
		q, err := digest.ParseQuiet(said)
		if err != nil || !q.Has(c.quiet) || q.Has(c.loud) {
			t.Errorf("%s: %+v, %v", said, q, err)
		}
	}
	if q, err := digest.ParseQuiet(""); err != nil || q.Has(0) || q.Has(23*time.Hour) {
		t.Errorf("none is %+v, %v", q, err)
	}
	for _, said := range []string{"22:00", "22-7", "22:00-24:00", "07:00-07:00", "22:00-07:00-", "-", "22:00 - 07:00"} {
		if q, err := digest.ParseQuiet(said); err == nil {
			t.Errorf("%q is %+v", said, q)
		}
	}
}
