package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// TestAReaderAsksForAnotherAddressAndNobodyLearnsWhoIsOnTheList: the answer is the same
// whatever becomes of it.
func TestAReaderAsksForAnotherAddressAndNobodyLearnsWhoIsOnTheList(t *testing.T) {
	b := serve(t, nil)
	path := "/p/" + preferToken()
	_, page := b.ask(t, "GET", path, "", "")
	if !strings.Contains(page, `name="address"`) || len(b.list.moves) != 0 {
		t.Fatalf("got %s", page)
	}
	w, page := b.ask(t, "POST", path, encoded, "address=+ines%40new.example+")
	want := fmt.Sprintf("%x asks for ines@new.example at %d", uint64(reader), b.now.Unix())
	if w.StatusCode != http.StatusOK || !slices.Equal(b.list.moves, []string{want}) ||
		!strings.Contains(page, "If ines@new.example can get") {
		t.Errorf("%d %q %s", w.StatusCode, b.list.moves, page)
	}
	if strings.Contains(b.log.String(), "new.example") {
		t.Errorf("the log has the address: %s", b.log)
	}
	w, page = b.ask(t, "POST", path, encoded, "address=ines%40")
	if w.StatusCode != http.StatusUnprocessableEntity || len(b.list.moves) != 1 ||
		!strings.Contains(page, `role="alert"`) {
		t.Errorf("no address: %d %q", w.StatusCode, b.list.moves)
	}
}

// TestAnAddressIsChangedByTheButtonsOfTheLettersAlone: to open a link changes nothing, each
// does one thing, and none does it too late.
func TestAnAddressIsChangedByTheButtonsOfTheLettersAlone(t *testing.T) {
	asked := now.Add(-time.Hour).Truncate(time.Second)
	move := newKey.Link(subscribers.ToMove, reader, asked.Add(subscribers.MoveWithin))
	stay := newKey.Link(subscribers.ToStay, reader, asked.Add(subscribers.UndoMoveWithin))
	for path, c := range map[string]struct{ asks, done, word, late string }{
		"/m/" + move: {"Change address?", "Your address is changed", "moves as asked", "not possible any more"},
		"/n/" + stay: {
			"Undo the change of address?", "Your address is as before", "moves back as moved",
			"cannot be undone any more",
		},
	} {
		b := serve(t, nil)
		if _, page := b.ask(t, "GET", path, "", ""); !strings.Contains(page, c.asks) || len(b.list.moves) != 0 {
			t.Errorf("to open it: %q %s", b.list.moves, page)
		}
		_, page := b.ask(t, "POST", path, encoded, "")
		want := fmt.Sprintf("%x %s at %d", uint64(reader), c.word, asked.Unix())
		if !slices.Equal(b.list.moves, []string{want}) || !strings.Contains(page, c.done) {
			t.Errorf("got %q, want %q: %s", b.list.moves, want, page)
		}
		b.list.refuses = true
		if _, page := b.ask(t, "POST", path, encoded, ""); !strings.Contains(page, c.late) {
			t.Errorf("refused: %s", page)
		}
		*b.now = b.now.Add(8 * 24 * time.Hour)
		for _, method := range []string{"GET", "POST"} {
			if _, page := b.ask(t, method, path, encoded, ""); !strings.Contains(page, c.late) || len(b.list.moves) != 2 {
				t.Errorf("%s too late: %s", method, page)
			}
		}
	}
	b := serve(t, nil)
	for _, path := range []string{
		"/m/" + stay, "/n/" + move, "/m/" + preferToken(), "/u/" + move, "/p/" + stay,
		"/c/" + move,
	} {
		if w, _ := b.ask(t, "POST", path, encoded, ""); w.StatusCode != http.StatusNotFound || len(b.list.moves) != 0 {
			t.Errorf("%s is answered with %d", path[:3], w.StatusCode)
		}
	}
}
