package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// judges are the files that say what is wrong with a configuration.
var judges = []string{
	"config/*.go", "wire_checks.go", "webhooks.go", "alarms_ways.go", "../../digest/edition.go", "../../digest/pattern.go",
	"../../digest/wave.go", "../../digest/publish/slot.go",
	"../../digest/publish/finish.go", "../../digest/relay/validate.go",
	"../../digest/render/render.go", "../../digest/dkim/key.go", "../../digest/alarm/webhook.go",
	"../../templates/flaws.go", "../../templates/templates.go", "../../subscribers/returns/hook/check.go",
}

// parsersOwn are mistakes whose messages a parser words, of TOML or of templates.
var parsersOwn = []string{"not-toml.toml", "port-in-quotes.toml", "templates-broken.toml"}

// words is a text of the program's source: a part of a message, or none.
type words struct {
	at   string // file:line
	form *regexp.Regexp
	// fixed is how many octets of it are not a value's.
	fixed int
}

// verb is what fmt puts a value in for.
var verb = regexp.MustCompile(`%[0-9.]*[a-z]`)

// TestEachMistakeIsFoundByALineOfItsOwn: the longest words of every message that stand in the
// source are in a line that no other mistake has. And every line of the package config that
// refuses something in words of its own is the one of a mistake.
func TestEachMistakeIsFoundByALineOfItsOwn(t *testing.T) {
	t.Parallel()
	all, refusals := sources(t)
	found := map[string]string{}
	for _, c := range badConfigs(t) {
		said, _, _ := strings.Cut(c.want, "\n")
		at, most := "", 0
		for _, w := range all {
			if w.fixed > most && w.form.MatchString(said) {
				at, most = w.at, w.fixed
			}
		}
		for _, own := range parsersOwn {
			if c.name == own {
				at = own
			}
		}
		if at == "" || found[at] != "" {
			t.Errorf("%s: its message has the line %q, as %s", c.name, at, found[at])
		}
		found[at] = c.name
	}
	t.Logf("%d mistakes, each from a line of its own", len(found))
	for _, r := range refusals {
		if !r.in(found) {
			t.Errorf("%s:%d refuses something, and no mistake of testdata/bad_configs is found there", r.file, r.from)
		}
	}
}

// refusing is a call of Flaw, from a line to a line.
type refusing struct {
	file     string
	from, to int
}

// in says whether a mistake comes from there.
func (r refusing) in(found map[string]string) bool {
	for line := r.from; line <= r.to; line++ {
		if found[fmt.Sprintf("%s:%d", r.file, line)] != "" {
			return true
		}
	}
	return false
}

// sources gives the texts of the judges, and where the package config refuses something in
// words of its own.
func sources(t *testing.T) (all []words, refusals []refusing) {
	t.Helper()
	files := token.NewFileSet()
	for _, pattern := range judges {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no such file (%v)", pattern, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					all = appendWords(all, fmt.Sprintf("%s:%d", path, files.Position(text.Pos()).Line), text.Value)
				}
				if call, ok := n.(*ast.CallExpr); ok && refuses(call) && strings.HasPrefix(path, "config/") {
					refusals = append(refusals, refusing{
						path, files.Position(call.Pos()).Line, files.Position(call.End()).Line,
					})
				}
				return true
			})
		}
	}
	return all, refusals
}

// appendWords adds a text that may be what is wrong: it has several words, and does not only
// lead to what another says.
func appendWords(all []words, at, literal string) []words {
	text, err := strconv.Unquote(literal)
	const least = 8 // octets: fewer may be found anywhere
	if bare := verb.ReplaceAllString(text, ""); err != nil || len(bare) < least || !severalWords(literal) ||
		strings.HasSuffix(text, "can't be used: ") {
		return all
	}
	fixed := 0
	parts := verb.Split(text, -1)
	for i, part := range parts {
		fixed += len(part)
		parts[i] = regexp.QuoteMeta(part)
	}
	return append(all, words{at, regexp.MustCompile(strings.Join(parts, ".*?")), fixed})
}

func severalWords(literal string) bool {
	text, err := strconv.Unquote(literal)
	return err == nil && len(strings.Fields(verb.ReplaceAllString(text, ""))) > 1
}

// refuses says whether a call reports a flaw with a text in it.
func refuses(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Flaw" || len(call.Args) != 3 {
		return false
	}
	several := false
	ast.Inspect(call.Args[1], func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			several = several || severalWords(text.Value)
		}
		return true
	})
	return several
}
