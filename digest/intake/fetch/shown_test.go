package fetch

import "testing"

func TestNoSecretOfAnAddressIsToldOrLogged(t *testing.T) {
	for address, want := range map[string][2]string{
		"https://paper.example/feed":                {"https://paper.example/feed", "https://paper.example/feed"},
		"https://paper.example/?feed=rss2":          {"https://paper.example/?feed=rss2", "https://paper.example/"},
		"https://ana:secret@paper.example/?key=abc": {"https://paper.example/?key=abc", "https://paper.example/"},
		"https://ana@paper.example/feed#top":        {"https://paper.example/feed#top", "https://paper.example/feed#top"},
		"https://ana:secret@paper.example:port/":    {"…", "…"},
		"feed.xml":                                  {"feed.xml", "feed.xml"},
	} {
		if got := [2]string{Shown(address), Logged(address)}; got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}
