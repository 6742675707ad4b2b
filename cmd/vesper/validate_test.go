package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest/whole"
)

const vnuPath = "../../.ci/node_modules/vnu-jar/build/dist/vnu.jar"

// exceptions are what the validator may say of an email, word by word, and why
// it stays. One that is never said has no place here.
var exceptions = map[string]string{
	"The “width” attribute on the “table” element is obsolete. Use CSS instead.": "Outlook takes a table's width " +
		"from the attribute alone",

	"The “cellpadding” attribute on the “table” element is obsolete. Use CSS instead.": "without it every " +
		"program pads the cells by a pixel where it drops the styles",

	"The “cellspacing” attribute on the “table” element is obsolete. Use CSS instead.": "Outlook has no border-spacing",

	"The “border” attribute on the “table” element is obsolete. " +
		"Consider specifying “img { border: 0; }” in CSS instead.": "Outlook draws borders unless it is told so here",

	"The “align” attribute on the “td” element is obsolete. Use CSS instead.": "Outlook centres a table by " +
		"its cell's attribute, not by its margins",

	"Attribute “xmlns:o” not allowed here.": "Outlook reads its own settings in this namespace " +
		"only if it is declared here",
}

// remark is what the validator says of a line of a page.
type remark struct {
	URL, Type, Message, Extract string
	LastLine                    int
}

// TestPagesAreValid holds every page to the Nu HTML checker. Only emails have
// exceptions.
func TestPagesAreValid(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed")
	}
	if _, err := os.Stat(vnuPath); err != nil {
		t.Skip(`the validator is not installed: "npm ci --prefix .ci" brings it`)
	}
	pages := map[string]golden{}
	// Half of its time would go into compiling itself for a long run.
	args := []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m"}
	args = append(args, "-jar", vnuPath, "--format", "json", "--exit-zero-always", "--stdout")
	for _, p := range append(goldens(t), reportPages(t)...) {
		path, err := filepath.Abs(p.path)
		if err != nil {
			t.Fatal(err)
		}
		pages["file:"+path] = p
		args = append(args, path)
	}
	out, err := exec.Command("java", args...).Output()
	if err != nil {
		t.Fatalf("the validator: %v", err)
	}
	var said struct{ Messages []remark }
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("the validator said %.200q: %v", out, err)
	}
	met := map[string]bool{}
	for _, r := range said.Messages {
		p := pages[r.URL]
		if r.Type == "info" && p.name == "edition-stress" &&
			strings.HasPrefix(r.Message, "Text run is not in Unicode Normalization Form C.") {
			continue // What an article says is shown as it was typed.
		}
		if _, known := exceptions[r.Message]; known && p.email {
			met[r.Message] = true
			continue
		}
		t.Errorf("%s:%d: %s: %s\n%s", p.path, r.LastLine, r.Type, r.Message, r.Extract)
	}
	for message, reason := range exceptions {
		if !met[message] {
			t.Errorf("the validator does not say %q: the exception for it goes (%s)", message, reason)
		}
	}
}
