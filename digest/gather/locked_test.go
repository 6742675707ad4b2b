package gather_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vesper/digest"
)

// form is what WordPress shows in place of the text of a post with a password.
const form = `<form action="https://post.example/wp-login.php?action=postpass" class="post-password-form" method="post">` +
	`<p>This content is password protected.</p></form>`

// TestAStoryWithAPasswordIsNotPublished, be it said by its feed or by its page; and one that
// gets a password later leaves the desk.
func TestAStoryWithAPasswordIsNotPublished(t *testing.T) {
	n := newNewsroom(t)
	locked := strings.Replace(n.item(1, 1, ""), "<description>", "<description>"+strings.ReplaceAll(form, "<", "&lt;"), 1)
	short := `<item><guid>2</guid><title>Geschützt: Etat</title><link>https://post.example/2</link><pubDate>` +
		seen.Format(http.TimeFormat) + `</pubDate><description>Es gibt keinen Auszug.</description></item>`
	n.site["https://post.example/2"] = "<html><body><article><h1>Etat</h1>" + form + "</article></body></html>"
	n.has(locked, short)
	if r := n.fetch(t); r.Passed != 2 || len(n.lies(t)) != 0 {
		t.Errorf("it came to %+v, and on the desk lie %q", r, n.lies(t))
	}
	n.has(n.item(1, 1, ""), short)
	n.fetch(t)
	path := n.one(t)
	n.has(locked, short)
	n.fetch(t)
	st, err := n.book.Known(t.Context(), wire, "1", "")
	if lies := n.lies(t); err != nil || st.State != digest.StoryWithdrawn || len(lies) != 1 || lies[0] != ".spiked" {
		t.Errorf("%s is %s, and on the desk lie %q", path, st.State, lies)
	}
}

// TestAPagesHeadLeadsToItsPost: a story that came by RSS and got a password answers 200, and
// its head names WordPress's answer, which says so.
func TestAPagesHeadLeadsToItsPost(t *testing.T) {
	p := newPress(t, 5, false)
	for i, link := range []string{
		`<%s/wp-json/wp/v2/posts/7>; rel="alternate"; title="JSON"; type="application/json"`,                            // withdrawn
		`<%s/wp-json/>; rel="https://api.w.org/", <%s/wp-json/wp/v2/posts/7>; rel="alternate"; type="application/json"`, // withdrawn
		`<http://localhost/wp-json/wp/v2/posts/7>; rel="alternate"; type="application/json"`,
		`<%s/wp-json/wp/v2/posts/7>; rel="alternate"; type="text/html"`,
		`<%s/wp-json/wp/v2/posts/8>; rel="alternate"; type="application/json"`, // forbidden
	} {
		p.set(fmt.Sprintf("/%d", i+1), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.ReplaceAll(link, "%s", p.URL))
			fmt.Fprint(w, "<p>Here it is.")
		})
	}
	p.set("/wp-json/wp/v2/posts/7", says(200, `{"id":7,"status":"publish","content":{"rendered":"","protected":true}}`))
	p.set("/wp-json/wp/v2/posts/8", says(401, `{"code":"rest_forbidden"}`))
	if left := p.withdraw(t); left != 3 {
		t.Errorf("on the desk lie %q", p.lies(t))
	}
}
