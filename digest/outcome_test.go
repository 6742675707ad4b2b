package digest

import "testing"

func TestAReasonHasWhatWasSaidAndNoAddress(t *testing.T) {
	for want, o := range map[string]Outcome{
		"no route to host": {Reply: "no route to host"},
		"550 5.7.1 no":     {Code: 550, Reply: "5.7.1 no"},
		"421":              {Code: 421},
		"550 <…> is not yours (look at line 7)":   {Code: 550, Reply: "<a@b.example> is not yours", Look: "line 7"},
		"550 5.1.8 <…> and <…> from <…>":          {Code: 550, Reply: "5.1.8 <c=d@e.example> and f@g from x@y"},
		"550 <…> rejected":                        {Code: 550, Reply: `<"ada lovelace"@reader.example> rejected`},
		"550 user <…> unknown, <…> .":             {Code: 550, Reply: `user "a\"b c"@b.example unknown, "d"@e.example .`},
		"550 see <…>":                             {Code: 550, Reply: "see https://why.example/?to=ada%40reader.example"},
		"550 sorry, <…> left":                     {Code: 550, Reply: "sorry, <ada&#64;reader.example> left"},
		"no STARTTLS on port 25 (look at line 1)": {Reply: "no STARTTLS on port 25", Look: "line 1"},
	} {
		if got := o.Reason(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
