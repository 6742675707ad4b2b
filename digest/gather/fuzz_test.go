package gather_test

import (
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/gather"
)

// FuzzCanonical: a canonical address is the same when it is made canonical again.
func FuzzCanonical(f *testing.F) {
	for _, address := range []string{
		"https://www.post.example/a/?utm_source=x&b=1#c", "http://POST.example:443/%2e%2e/é?b&a", "https://[::1]:8/", "javascript:x",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		once := gather.Canonical(address)
		if again := gather.Canonical("https://" + once); once != "" && !strings.HasPrefix(once, "www.") && again != once {
			t.Errorf("%q becomes %q, then %q", address, once, again)
		}
	})
}

// FuzzNamed: whatever a story is called, its article has a name that any file may have.
func FuzzNamed(f *testing.F) {
	f.Add("../../x", "https://post.example/1")
	f.Add("CON", "")
	f.Add("\u202e Ⅻ ﷽ é\u0301", "x\x00y")
	f.Fuzz(func(t *testing.T, headline, guid string) {
		id := gather.Named(gather.Story{GUID: guid, Article: digest.Article{Headline: headline, URL: guid}}).ID
		if len(id) < 8 || len(id) > 100 || strings.ContainsAny(id, "/\\.: \x00") {
			t.Errorf("%q has the name %q", headline, id)
		}
	})
}
