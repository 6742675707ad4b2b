package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"vesper/digest"
	"vesper/templates"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestReportsLookAsTheyAreKept: whoever changes a word or a colour sees where.
func TestReportsLookAsTheyAreKept(t *testing.T) {
	looks := templates.BuiltIn()
	for name, r := range map[string]digest.RunReport{
		"report-full": full(), "report-missed": missed(), "report-quiet": quiet(), "report-paused": paused(),
	} {
		html, err := HTML(r, "Newslooks", newYork, looks)
		if err != nil {
			t.Fatal(err)
		}
		hold(t, name+".html", []byte(html))
		hold(t, name+".txt", []byte(Subject(r)+"\n\n"+Text(r, newYork)))
	}
	page, err := month().HTML(looks)
	if err != nil {
		t.Fatal(err)
	}
	hold(t, "reports.html", page)
	page, err = Page{Publication: "Newslooks", At: evening, Zone: newYork}.HTML(looks)
	if err != nil {
		t.Fatal(err)
	}
	hold(t, "reports-none.html", page)
}

func hold(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
		for i := range g {
			if i >= len(w) || !bytes.Equal(g[i], w[i]) {
				t.Errorf("%s is another one from line %d on (-update rewrites it): %s", name, i+1, g[i])
				return
			}
		}
		t.Errorf("%s has ended too early", name)
	}
}
