package publish

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"vesper/digest"
)

// agency is where articles come from. What is withdrawn leaves the desk.
type agency struct {
	evening   *evening
	withdrawn map[string]bool
	asked     []string
}

func (a *agency) Fresh(context.Context, time.Time) {}

func (a *agency) Withdraw(_ context.Context, picked []digest.Article) (bool, error) {
	any := false
	for _, p := range picked {
		a.asked = append(a.asked, p.ID)
		any = any || a.withdrawn[p.ID]
	}
	a.evening.desk.articles = slices.DeleteFunc(a.evening.desk.articles, func(p digest.Article) bool {
		return a.withdrawn[p.ID] && slices.Contains(a.asked, p.ID)
	})
	return any, nil
}

// TestWhatMovesUpIsAskedForAtItsSourceToo: nothing is printed that nobody asked for, be it in
// place of what was withdrawn or because of a late pin.
func TestWhatMovesUpIsAskedForAtItsSourceToo(t *testing.T) {
	v := newEvening(t)
	for i := range 6 {
		v.write(fmt.Sprintf("Story %d", i))
		v.desk.articles[i].Published = v.clock().Add(-time.Duration(i+1) * time.Minute)
	}
	ids := make([]string, 6)
	for i, a := range v.desk.articles {
		ids[i] = a.ID
	}
	v.Slots[0].MaxArticles = 2
	w := &agency{evening: v, withdrawn: map[string]bool{ids[0]: true, ids[2]: true, ids[5]: true}}
	v.Wire = w
	now := v.clock()
	d, err := v.DecideFresh(t.Context(), v.Slots[0], digest.DateOf(now.In(v.Zone)), now, digest.Words{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{ids[1], ids[3]}; !slices.Equal(idsOf(d), want) || !slices.Equal(w.asked, ids[:4]) {
		t.Errorf("picked are %q, and asked for %q", idsOf(d), w.asked)
	}
	if err := v.SetPins(t.Context(), v.Slots[0].Name, nil, []string{ids[5], ids[4]}); err != nil {
		t.Fatal(err)
	}
	if d, err = v.Open(t.Context(), d); err != nil || d.Refused() {
		t.Fatal(err, d.Refusal)
	}
	if want := []string{ids[4], ids[1]}; !slices.Equal(idsOf(d), want) || !slices.Equal(w.asked[4:], []string{ids[5], ids[4]}) {
		t.Errorf("printed are %q, and asked for %q", idsOf(d), w.asked)
	}
}

func idsOf(d Decision) (ids []string) {
	for _, a := range d.Edition.Articles {
		ids = append(ids, a.ID)
	}
	return ids
}
