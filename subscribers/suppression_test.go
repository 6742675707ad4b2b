package subscribers_test

import (
	"testing"

	"vesper/subscribers"
)

func TestOnlyWhatIsAboutTheAddressIsHeldAgainstIt(t *testing.T) {
	for enhanced, want := range map[string]bool{
		"5.1.1": true, "5.1.2": true, "5.1.10": true,
		"5.7.1": false, "5.7.26": false, "5.2.2": false, "4.1.1": false, "5.10.1": false, "": false,
	} {
		if got := subscribers.IsHardBounce(enhanced); got != want {
			t.Errorf("%q: got %v, want %v", enhanced, got, want)
		}
	}
}
