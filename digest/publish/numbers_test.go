package publish

import (
	"fmt"
	"strings"
	"testing"

	"vesper/digest"
)

// prints wants the edition that was opened last to have a number in the book.
func (v *evening) prints(t *testing.T, want uint32) {
	t.Helper()
	e := v.store.editions[len(v.store.editions)-1]
	if e.PaperNumber != want || e.opening.Edition.PaperNumber != want {
		t.Errorf("edition %s is No. %d, and prints %d, want %d", e.ID, e.PaperNumber, e.opening.Edition.PaperNumber, want)
	}
	said := fmt.Sprintf("No.\u00a0%d", want)
	if page := string(e.opening.WebView); !strings.Contains(page, said) {
		t.Errorf("edition %s does not say %q on its page", e.ID, said)
	}
}

// TestEachPaperHasTheNextNumber: an evening without one takes none, and a slot that is told
// where to begin goes on from there.
func TestEachPaperHasTheNextNumber(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	if d := v.decide(t, 0, digest.Words{}); d.Edition.PaperNumber != 1 {
		t.Errorf("the plan says No. %d", d.Edition.PaperNumber)
	}
	v.at(t, 20, 18, 0)
	v.prints(t, 1)
	v.at(t, 21, 18, 0) // Nothing was written.
	v.write("Libraries open late")
	v.at(t, 22, 18, 0)
	v.prints(t, 2)
	v.Slots[0].FirstNumber = 214
	v.write("Moss roofs keep schools cooler")
	v.at(t, 23, 18, 0)
	v.prints(t, 214)
	v.write("The ferry sails again")
	v.at(t, 24, 18, 0)
	v.prints(t, 215)
}

// TestANumberThatAnotherEditionTookIsRenderedAnew: what was decided, with its number, is not
// what is printed when another process opened an edition of the slot in between.
func TestANumberThatAnotherEditionTookIsRenderedAnew(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	slow := v.decide(t, 1, digest.Words{})
	v.open(t, 0)
	v.prints(t, 1)
	d, err := v.Open(t.Context(), slow)
	if err != nil || d.Refusal.Kind != TooFew {
		t.Fatalf("got %+v, %v: the other one printed all there was", d.Refusal, err)
	}
	v.write("Libraries open late")
	if slow = v.decide(t, 1, digest.Words{}); slow.Edition.PaperNumber != 2 {
		t.Fatalf("decided on No. %d", slow.Edition.PaperNumber)
	}
	slow.Edition.PaperNumber, slow.before = 1, 0
	if d, err = v.Open(t.Context(), slow); err != nil || d.Refused() || d.Record.PaperNumber != 2 {
		t.Fatalf("got No. %d, %+v, %v", d.Record.PaperNumber, d.Refusal, err)
	}
	v.prints(t, 2)
}
