package digest

import "testing"

// TestTomorrowIsOfTheDayBefore: editions of other days do not print it.
func TestTomorrowIsOfTheDayBefore(t *testing.T) {
	day := func(s string) Date { d, _ := ParseDate(s); return d }
	tomorrow := Tomorrow{Date: day("2026-12-01"), Lines: []string{"A vote."}}
	for edition, want := range map[string]bool{
		"2026-11-29": false, "2026-11-30": true, "2026-12-01": false, "2026-12-02": false, "2025-11-30": false,
	} {
		if got := tomorrow.For(day(edition)); got != want {
			t.Errorf("edition of %s: got %t", edition, got)
		}
	}
	if (Tomorrow{}).For(Date{}.AddDays(-1)) {
		t.Error("nothing is printed")
	}
}
