package digest

import "testing"

func TestTheNearestWordIsOneThatWasMeant(t *testing.T) {
	words := []string{"from", "name", "postal_address", "url"}
	for typed, want := range map[string]string{
		"nmae": "name", "NAME": "name", "postal_adress": "postal_address", "form": "from",
		"schedule": "", "": "", "address": "",
	} {
		if got := Nearest(typed, words); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
	if got := Nearest("b", []string{"c", "a"}); got != "a" {
		t.Errorf("got %q, want the first of the alphabet", got)
	}
	if got := Nearest("x", nil); got != "" {
		t.Errorf("got %q of no words", got)
	}
}
