package alarm

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// TestAnAlarmNamesThePapersNumber: scripts are told the number that readers see, and the
// program's own under another name.
func TestAnAlarmNamesThePapersNumber(t *testing.T) {
	d := &Desk{Now: func() time.Time { return at }, Numbers: func(edition string) (paper, ledger uint32) {
		if edition == "2026-11-22-evening" {
			return 214, 301
		}
		return 0, 0
	}}
	for edition, want := range map[string]string{
		"2026-11-22-evening": `"number":214,"ledger_number":301,`, "2026-11-23-evening": `"number":0,"ledger_number":0,`,
		"": `"number":0,"ledger_number":0,`,
	} {
		raised := digest.RaisedAlarm{Alarm: digest.Alarm{Kind: digest.AlarmPaused, Edition: edition}, Began: at}
		got, err := json.Marshal(d.message(digest.AlarmWord{RaisedAlarm: raised}).Facts())
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("of %q it says %s, %v, want %s", edition, got, err, want)
		}
	}
}
