package mailbox

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheAddressHoldsTheWholeState(t *testing.T) {
	states := []view{readView(nil)}
	for _, c := range choices {
		var more []view
		for _, v := range states {
			for _, one := range c.Values {
				more = append(more, v.with(c.Key, one.Name))
			}
		}
		states = more
	}
	for _, want := range states {
		at, err := url.Parse(want.page(3))
		if err != nil || at.Path != "/m/3" {
			t.Fatalf("%s: %v", want.page(3), err)
		}
		if diff := cmp.Diff(want, readView(at.Query())); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
	if got := readView(nil).page(3); got != "/m/3" {
		t.Errorf("got %s, want /m/3", got)
	}
}

func TestWhatIsUnknownFallsBack(t *testing.T) {
	for _, query := range []string{
		"", "view=x&width=9&theme=&images=ON&styles=1&form=%00", "view[]=text&x=y", "theme=sepia&theme=dark",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(readView(nil), readView(values)); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestTimesInTheListAreShort(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	east := time.FixedZone("east", 3600)
	for want, at := range map[string]time.Time{
		"18:00":       time.Date(2026, 11, 22, 18, 0, 3, 0, time.UTC),
		"00:10":       time.Date(2026, 11, 23, 0, 10, 0, 0, east),
		"21 Nov":      time.Date(2026, 11, 21, 23, 59, 0, 0, time.UTC),
		"22 Nov 2025": time.Date(2025, 11, 22, 18, 0, 0, 0, time.UTC),
	} {
		if got := when(at, now); got != want {
			t.Errorf("%s: got %q, want %q", at, got, want)
		}
	}
}

func TestSizesAreRounded(t *testing.T) {
	for octets, want := range map[int]string{0: "0 B", 999: "999 B", 23451: "23.5 kB", MaxSize: "10.5 MB"} {
		if got := size(octets); got != want {
			t.Errorf("%d: got %q, want %q", octets, got, want)
		}
	}
}
