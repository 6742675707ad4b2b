package web

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestOurPagesLookAsTheyDid(t *testing.T) {
	for suffix, p := range map[string]Pages{
		"":     {Title: "Evening Edition", Publication: digest.Publication{Name: "Harbour Courier", Language: "en"}},
		"-rtl": {Title: "النشرة المسائية", Publication: digest.Publication{Name: "بريد الميناء", Language: "ar"}},
	} {
		p.Templates = templates.BuiltIn()
		p.Publication.URL, p.Publication.PostalAddress = "https://www.courier.example/", "14 Chandlers Row, Port Ellery, ME 04000, USA"
		pages, err := p.Specimens()
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			path := filepath.Join("testdata", page.Name+suffix+".html")
			if *update {
				if err := os.WriteFile(path, []byte(page.HTML), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), page.HTML); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", path, diff)
			}
		}
	}
}

func TestReadersChooseTheirForm(t *testing.T) {
	b := serve(t, nil)
	p := "/p/" + preferToken()
	_, page := b.ask(t, "GET", p, "", "")
	if !strings.Contains(page, `value="designed" checked`) || strings.Contains(page, "Saved") {
		t.Errorf("the page does not begin with the designed form:\n%s", page)
	}
	_, page = b.ask(t, "POST", p, form, "form=plain")
	if b.list.chosen[reader] != digest.Plain || !strings.Contains(page, `value="plain" checked`) || !strings.Contains(page, "Saved") {
		t.Errorf("got %v, want plain text for this reader, and that it is saved", b.list.chosen)
	}
	_, page = b.ask(t, "GET", p, "", "")
	if !strings.Contains(page, `value="plain" checked`) {
		t.Error("the page forgot what was chosen")
	}
	b.ask(t, "POST", p, form, "form=glossy")
	if b.list.chosen[reader] != digest.Designed {
		t.Errorf("got %v for a form that there is not, want the designed one", b.list.chosen)
	}
	w, page := b.ask(t, "POST", p, form, "leave=yes&form=plain")
	if w.StatusCode != http.StatusOK || !strings.Contains(page, "<h1>You are unsubscribed</h1>") || b.list.left[reader] != 1 || b.list.chosen[reader] != digest.Designed {
		t.Errorf("leaving: got %d, off the list %v, chosen %v", w.StatusCode, b.list.left, b.list.chosen)
	}
}

func TestForeignTokensChooseForNobody(t *testing.T) {
	b := serve(t, nil)
	_, asked := b.ask(t, "GET", "/p/"+preferToken(), "", "")
	_, saved := b.ask(t, "POST", "/p/nonsense", form, "form=plain")
	for _, foreign := range []string{
		"nonsense", token(), key.Link(subscribers.ToConfirm, reader, time.Time{}),
		subscribers.Key{ID: 1, Secret: []byte("somebody else's")}.Link(subscribers.ToPrefer, reader, time.Time{}),
	} {
		if w, page := b.ask(t, "GET", "/p/"+foreign, "", ""); w.StatusCode != http.StatusOK || page != asked {
			t.Errorf("GET gives %d and another page", w.StatusCode)
		}
		if w, page := b.ask(t, "POST", "/p/"+foreign, form, "form=plain"); w.StatusCode != http.StatusOK || page != saved {
			t.Errorf("POST gives %d and another page", w.StatusCode)
		}
		if w, _ := b.ask(t, "POST", "/p/"+foreign, form, "leave=yes"); w.StatusCode != http.StatusOK {
			t.Errorf("leaving gives %d", w.StatusCode)
		}
	}
	if len(b.list.chosen)+len(b.list.left) > 0 {
		t.Errorf("got chosen %v, off the list %v, want nobody", b.list.chosen, b.list.left)
	}
	if w, _ := b.ask(t, "POST", "/p/"+preferToken(), form, strings.Repeat("x", maxBody+1)); w.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: got %d, want 413", w.StatusCode)
	}
}

func TestTheLatestEditionIsFound(t *testing.T) {
	b := serve(t, nil)
	w, _ := b.ask(t, "GET", "/e/latest", "", "")
	if w.StatusCode != http.StatusFound || w.Header.Get("Location") != "2026-11-22-evening" {
		t.Errorf("got %d to %q", w.StatusCode, w.Header.Get("Location"))
	}
	b = serve(t, func(p *Pages) { p.Editions = shelf{err: digest.ErrNotFound} })
	if w, _ := b.ask(t, "GET", "/e/latest", "", ""); w.StatusCode != http.StatusNotFound {
		t.Errorf("with none printed: got %d, want 404", w.StatusCode)
	}
}
