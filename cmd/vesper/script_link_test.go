package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// linkinCommand sets $LINK to the link to a page in the last message to an address, or in the
// page that is in the file http: linkin c ines@reader.example, linkin r http.
func linkinCommand(ts *testscript.TestScript, _ bool, args []string) {
	text, root := "", "http://127.0.0.1:"+ts.Getenv("PORT")+"/"
	if args[1] == "http" {
		text = strings.ReplaceAll(ts.ReadFile("http"), `action="../`, `action="`+root)
	} else {
		files, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), "mail/*"+args[1]+"*.eml"))
		ts.Check(err)
		if len(files) == 0 {
			ts.Fatalf("no message to %s", args[1])
		}
		text = strings.ReplaceAll(ts.ReadFile(files[len(files)-1]), "=\r\n", "")
	}
	link := regexp.MustCompile(regexp.QuoteMeta(root+args[0]+"/") + `[\w-]+`).FindString(text)
	if link == "" {
		ts.Fatalf("no link to /%s/ in %s", args[0], text)
	}
	ts.Setenv("LINK", link)
}
