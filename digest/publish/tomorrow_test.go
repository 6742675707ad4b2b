package publish

import (
	"context"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// ofDay gives what lies there.
type ofDay func() (digest.Tomorrow, []*digest.Flaw)

func (f ofDay) Tomorrow(context.Context) (digest.Tomorrow, []*digest.Flaw) { return f() }

// TestTomorrowIsPrintedByTheEditionOfTheDayBefore, as it lay there when that was decided.
func TestTomorrowIsPrintedByTheEditionOfTheDayBefore(t *testing.T) {
	v := newEvening(t)
	lies := digest.Tomorrow{Date: on(21).Date, Lines: []string{"The council votes."}}
	var wrong []*digest.Flaw
	v.Tomorrows = ofDay(func() (digest.Tomorrow, []*digest.Flaw) { return lies, wrong })
	decide := func() Decision {
		t.Helper()
		cutOff, _ := v.Slots[0].At(on(20).Date)
		d, err := v.Decide(t.Context(), v.Slots[0], on(20).Date, cutOff, digest.Words{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := decide(); d.Refusal.Kind != TooFew {
		t.Errorf("it makes an edition by itself: %+v", d.Refusal)
	}
	v.write("Night trains return")
	v.now = v.now.Add(6 * time.Hour)
	d := decide()
	if len(d.Edition.Tomorrow.Lines) != 1 || d.Refused() {
		t.Fatalf("got %+v, %+v", d.Edition.Tomorrow, d.Refusal)
	}
	// What is exchanged after that is not what somebody has looked at.
	lies.Lines = []string{"Another."}
	opening, err := v.Publisher.render(d)
	if err != nil || !strings.Contains(string(opening.WebView), "The council votes.") {
		t.Errorf("opened without it: %v", err)
	}
	lies.Date = on(22).Date
	if d := decide(); len(d.Edition.Tomorrow.Lines) != 0 || d.Tomorrow.Date != on(22).Date {
		t.Errorf("got %+v", d.Edition.Tomorrow)
	}
	lies, wrong = digest.Tomorrow{}, []*digest.Flaw{{File: "tomorrow.txt", Problem: "more than 5 lines"}}
	if d := decide(); d.Refused() || len(d.Flaws) != 1 {
		t.Errorf("a file that is wrong stops the edition: %+v, %v", d.Refusal, d.Flaws)
	}
}
