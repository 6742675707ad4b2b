package intake

import "testing"

func TestADatelineIsToldFromAByline(t *testing.T) {
	for text, want := range map[string]int{
		"Washington DC": 2, "WASHINGTON": 2, "NEW DELHI": 2, "HAYWARD, Calif. (AP)": 2, "Lisbon, Portugal": 2, "São Paulo": 2,
		"U.S.": -1, "Mahlow": -1, "San Lorenzo": -1, "Elizabeth City": -1, "Paris": 2,
		"Mary Sidiqi": 3, "By the Newsroom": 3, "T. Reiter": 3, "The Ardane Post": 3, "Reuters": 3, "AFP": 3, "Ida": -1,
		"Sports Desk": 3, "Sidiqi": -1, "": -1, "ИВАНОВ": 2,
	} {
		if got := placeOrPerson(text, "The Ardane Post"); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
