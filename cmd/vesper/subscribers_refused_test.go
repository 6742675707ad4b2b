package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest/whole"
)

// TestCommandsOnWholeListsRefuseInAClearWay gives import, export and sync what
// they can't do, and looks whether the list is what it was.
func TestCommandsOnWholeListsRefuseInAClearWay(t *testing.T) {
	whole.NotRaced(t)
	n := newNewsroom(t, 30)
	a := n.app(t)
	file := func(name, text string) string {
		path := filepath.Join(n.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.csv", "email,name\nines@reader.example,Ines\n")
	bad := map[string]string{
		"empty": "", "prose": "Dear all, hello\nand goodbye, all\n", "nul": "email\x00", "wide": "e\x00m\x00",
		"xls": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		"zip": "PK\x03\x04nonsense", "gzip": "\x1f\x8b\x08", "pdf": "%PDF-1.4",
		"departments": "user,department\nb,s\n", "mac": "email,name\ra@b.example,x\r",
		"long": "email\n" + strings.Repeat("x", 2<<20), "blank": "\n\n \n",
	}
	n.mode(t, file("secret.csv", "email\n"), 0)
	_, before, _ := say(t, a, "subscribers", "export")
	tried := 0
	refusedWith := func(status int, want string, args ...string) {
		t.Helper()
		tried++
		code, out, talk := say(t, a, append([]string{"--config", filepath.Join(n.dir, "vesper.toml"), "subscribers"},
			args...)...)
		said := strings.Split(strings.TrimSpace(talk), "\n")
		errors := 0
		for _, line := range said {
			if strings.HasPrefix(line, "vesper: ") {
				errors++
			}
		}
		if code != status || !strings.Contains(talk, want) ||
			errors != 1+strings.Count(talk, "worse.txt:3: ") || len(said) > 5 || out != "" &&
			!strings.HasPrefix(out, "dry run") {
			t.Errorf("%v: status %d, %q, %q, want %q and status %d", args, code, out, talk, want, status)
		}
	}
	refused := func(want string, args ...string) {
		t.Helper()
		refusedWith(exitUsage, want, args...)
	}
	for _, verb := range []string{"import", "sync"} {
		refused("subscribers "+verb+" needs a FILE", verb)
		refused("subscribers "+verb+" takes no second argument", verb, good, good)
		refused("no such file", verb, filepath.Join(n.dir, "nowhere.csv"))
		refused("no such file", verb, "")
		refused("it is a folder", verb, n.dir)
		refused("may say who unsubscribed", verb, file("doubt.csv", "email,optin?\nines@reader.example,no\n"), "--confirmed")
		refused("no unused column", verb, good, "--ignore-column", "name")
		refused("needs an argument", verb, good, "--ignore-column")
		refused("not a directory", verb, good+"/x")
		refused("unknown flag", verb, good, "--force")
		refused("it is table or json", verb, good, "-o", "csv")
		refused("invalid argument", verb, good, "--confirmed=perhaps")
		refused("file name too long", verb, strings.Repeat("x", 300))
		refused("invalid argument", verb, "a\x00b")
		for name, text := range bad {
			// A list without a row has nothing to import.
			status, nothing := exitUsage, exitUsage
			if verb == "import" {
				nothing = exitNothing
			}
			if name == "empty" || name == "blank" {
				status = nothing
			}
			refusedWith(status, name, verb, file(name, text))
			refusedWith(nothing, "stdin", verb, "-") // nothing is there
		}
	}
	refused("needs an argument", "import", good, "--rejects")
	refused("--rejects", "import", good, "--rejects", n.dir)
	refused("--rejects", "import", good, "--rejects", filepath.Join(n.dir, "no", "where"))
	refused("the list itself", "import", good, "--rejects", good)
	refused("invalid argument", "sync", good, "--expect-removals", "many")
	refused("number of readers", "sync", good, "--expect-removals", "-3")
	refused("30 readers would be removed, not 1", "sync", good, "--expect-removals", "1", "--yes")
	refused("more than a tenth", "sync", good, "--yes")
	refused("more than a tenth", "sync", good, "--dry-run")
	refused("no terminal", "sync", good, "--expect-removals", "30")
	refused("nobody who could be mailed", "sync", file("off.csv", "email,status\nines@reader.example,bounced\n"),
		"--yes")
	refused("can't be used", "sync", file("worse.txt", "ines@reader.example\n# x\n"+"\xff\n"), "--dry-run")
	for want, args := range map[string][]string{
		"csv or json": {"-o", "xml"}, "it is unconfirmed": {"--status", "gone"},
		"listmonk or ghost": {"--for", "substack"}, "is a table": {"--for", "ghost", "-o", "json"},
		"has no formulas": {"--raw", "-o", "json"}, "takes no argument, but got": {"everything"},
		"unknown flag": {"--into", "x"}, "needs an argument": {"--for"},
	} {
		refused(want, append([]string{"export"}, args...)...)
	}
	refused("did you mean", "exprot")
	refused("unknown command", "synch", good)
	if _, after, _ := say(t, a, "subscribers", "export"); after != before {
		t.Error("a refused command changed the list")
	}
	t.Logf("%d bad inputs: commands on whole lists", tried)
}

// app is the program in this process, at home in the newsroom.
func (n *newsroom) app(t *testing.T) *app {
	t.Helper()
	return &app{stdin: strings.NewReader(""), env: func(name string) string {
		if name == "VESPER_CONFIG" {
			return filepath.Join(n.dir, "vesper.toml")
		}
		return ""
	}, now: clock()}
}

func (n *newsroom) mode(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}
