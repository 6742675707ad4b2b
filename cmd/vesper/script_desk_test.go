package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var (
	deskLinks  = regexp.MustCompile(`http://[^\s"<>]*/d/[^\s"<>]*`)
	shownField = regexp.MustCompile(`name="(version|acts)" value="([^"]*)"`)
)

// deskCommand sets $DESK to the link to the desk page in the last proof that went to an
// address.
func deskCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), "mail/*"+args[0]+"*.eml"))
	ts.Check(err)
	for i := len(files) - 1; i >= 0; i-- {
		text := strings.ReplaceAll(strings.ReplaceAll(ts.ReadFile(files[i]), "=\r\n", ""), "=3D", "=")
		if link := deskLinks.FindString(text); link != "" {
			ts.Setenv("DESK", link)
			return
		}
	}
	ts.Fatalf("no proof with a link went to %s", args[0])
}

// pressCommand presses a button of the desk page that is in the file http, as a browser does:
// press NAME=VALUE… The answer is in the file http then.
func pressCommand(ts *testscript.TestScript, _ bool, args []string) {
	form := url.Values{}
	for _, m := range shownField.FindAllStringSubmatch(ts.ReadFile("http"), 2) {
		form.Set(m[1], m[2])
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		form.Set(name, value)
	}
	answer, err := scriptClient.PostForm(ts.Getenv("DESK"), form)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("http"), fmt.Appendf(nil, "%d\n%s", answer.StatusCode, text), 0o600))
}
