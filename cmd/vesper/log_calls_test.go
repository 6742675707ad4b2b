package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// logCall is one place where something is logged.
type logCall struct {
	at, message string
	keys        []string
	// more says that keys come from elsewhere.
	more bool
}

// logger is how the source names what it logs to.
var logger = regexp.MustCompile(`(^|\.)([lL]og|line)(\(\)|ger\(\))?$`)

// elsewhere are words that have another name in every log.
var elsewhere = map[string]string{
	"why": "reason", "error": "err", "do": "hint", "for": "seconds", "after": "seconds", "duration": "duration_seconds",
	"address": "subscriber", "email": "subscriber", "id": "edition, article, letter or report", "host_name": "host",
}

// logCalls gives all that the program logs, and what is wrong about how it is written.
func logCalls(t *testing.T) (all []logCall, wrong []string) {
	t.Helper()
	set := token.NewFileSet()
	for _, folder := range []string{"../../digest", "../../subscribers", "."} {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && logs(set, call) {
					one, flaws := readLogCall(set, call)
					all, wrong = append(all, one), append(wrong, flaws...)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all, wrong
}

func logs(set *token.FileSet, call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	switch strings.TrimSuffix(s.Sel.Name, "Context") {
	case "Debug", "Info", "Warn", "Error", "With":
		return logger.MatchString(source(set, s.X))
	}
	return false
}

func source(set *token.FileSet, n ast.Node) string {
	var text strings.Builder
	printer.Fprint(&text, set, n)
	return text.String()
}

// readLogCall takes a call apart: [context], message, then key and value by turns.
func readLogCall(set *token.FileSet, call *ast.CallExpr) (logCall, []string) {
	one, name := logCall{at: set.Position(call.Pos()).String()}, call.Fun.(*ast.SelectorExpr).Sel.Name
	var flaws []string
	flaw := func(format string, args ...any) {
		flaws = append(flaws, one.at+": "+fmt.Sprintf(format, args...))
	}
	args := call.Args
	if strings.HasSuffix(name, "Context") {
		args = args[1:]
	}
	if name != "With" {
		var fixed bool
		if one.message, fixed = literal(args[0]); !fixed {
			flaw("the message %s is not always the same: what varies is a key's", source(set, args[0]))
		}
		args = args[1:]
	}
	for len(args) > 0 {
		key, fixed := literal(args[0])
		text := source(set, args[0])
		switch {
		case fixed && !snake.MatchString(key):
			flaw("the key %q is not in snake_case", key)
		case fixed && elsewhere[key] != "":
			flaw("the key %q is %s elsewhere", key, elsewhere[key])
		case strings.HasSuffix(text, ".Row"):
			one.keys = append(one.keys, "subscriber", "letter")
		case fixed:
			one.keys = append(one.keys, key)
		case strings.HasSuffix(text, ".Attr()"): // digest.Outcome's
			one.keys = append(one.keys, "reason", "code")
			args = args[1:]
			continue
		case call.Ellipsis.IsValid():
			one.more = true
			return one, flaws
		default:
			flaw("%s stands where a key is to be", text)
		}
		args = args[min(2, len(args)):]
	}
	return one, flaws
}

// literal gives the text of a string literal, or of a sum of some.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, one := literal(e.X)
		y, other := literal(e.Y)
		return x + y, one && other && e.Op == token.ADD
	}
	return "", false
}

var (
	messageRow = regexp.MustCompile("(?m)^\\| (`[^|\n]+) \\| (?:info|warn|error)[a-z, ]* \\| ([^|\n]+) \\|$")
	wordInTick = regexp.MustCompile("`([^`]+)`")
)

// TestTheDetailsKnowTheLog: what they say of messages and their keys is so in the source.
func TestTheDetailsKnowTheLog(t *testing.T) {
	details, err := os.ReadFile("../../.github/DETAILS.md")
	if err != nil {
		t.Fatal(err)
	}
	all, _ := logCalls(t)
	keys, more := map[string]map[string]bool{}, map[string]bool{}
	for _, one := range all {
		if keys[one.message] == nil {
			keys[one.message] = map[string]bool{}
		}
		for _, key := range one.keys {
			keys[one.message][key] = true
		}
		more[one.message] = more[one.message] || one.more
	}
	rows := messageRow.FindAllStringSubmatch(string(details), -1)
	if len(rows) < 15 {
		t.Errorf("the details have only %d rows of messages", len(rows))
	}
	for _, row := range rows {
		// Those of With are said of many lines at once.
		has, open := maps.Clone(keys[""]), false
		for _, message := range wordInTick.FindAllStringSubmatch(row[1], -1) {
			if keys[message[1]] == nil {
				t.Errorf("nothing logs %q", message[1])
			}
			maps.Copy(has, keys[message[1]])
			open = open || more[message[1]]
		}
		for _, key := range wordInTick.FindAllStringSubmatch(row[2], -1) {
			if !has[key[1]] && !open {
				t.Errorf("%s has no key %s", row[1], key[1])
			}
		}
	}
}

// TestALogCanBeSearched: of one fact the message is always the same, what varies has a key
// in snake_case, and a key has one name in the whole program.
func TestALogCanBeSearched(t *testing.T) {
	all, wrong := logCalls(t)
	if len(all) < 100 {
		t.Errorf("only %d places that log were found", len(all))
	}
	for _, w := range wrong {
		t.Error(w)
	}
	for _, one := range all {
		if m := one.message; m != "" && (m != strings.TrimRight(m, ".!\n") || strings.Contains(m, "%")) {
			t.Errorf("%s: %q is not a message of a log", one.at, m)
		}
	}
}
