package digest

import "testing"

func TestAReasonHasWhatWasSaidAndNoAddress(t *testing.T) {
	for want, o := range map[string]Outcome{
		"no route to host": {Reply: "no route to host"},
		"550 5.7.1 no":     {Code: 550, Reply: "5.7.1 no"},
		"421":              {Code: 421},
		"550 <…> is not yours (look at line 7)":   {Code: 550, Reply: "<a@b.example> is not yours", Look: "line 7"},
		"550 5.1.8 <…> and <…> from <…>":          {Code: 550, Reply: "5.1.8 <c=d@e.example> and f@g from x@y"},
		"no STARTTLS on port 25 (look at line 1)": {Reply: "no STARTTLS on port 25", Look: "line 1"},
	} {
		if got := o.Reason(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
