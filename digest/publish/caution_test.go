package publish

import (
	"context"
	"strings"
	"testing"

	"vesper/digest"
)

// spam is a caution.
type spam string

func (s *spam) Caution(context.Context) (string, error) { return string(*s), nil }

func TestWhereThereIsACautionTheServiceWaitsForAWord(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	why := spam("40 of 1000 readers called it spam")
	v.Cautions = &why
	for _, minute := range []int{0, 1, 30} {
		v.at(t, 20, 18, minute)
	}
	v.expect(t)
	if said := v.log.lines(string(why)); len(said) != 1 {
		t.Errorf("got %q, want one line", said)
	}
	// Somebody sends it by hand, and the next one is opened as ever.
	v.open(t, 0)
	v.looks(t)
	why = ""
	v.write("A ferry for winter")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening done sent=2")
}

func TestAnEditionThatNobodySendsByHandIsMissed(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	why := spam("40 of 1000 readers called it spam")
	v.Cautions = &why
	v.at(t, 20, 18, 0)
	v.at(t, 20, 23, 0)
	v.expect(t, "2026-11-20-evening missed sent=0")
	r, err := v.Past.Record(t.Context(), on(20))
	if err != nil || r.State != digest.Missed || !strings.Contains(r.Reason, string(why)) {
		t.Errorf("got %+v, %v", r, err)
	}
}
