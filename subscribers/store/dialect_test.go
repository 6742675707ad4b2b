package store

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dialect is what SQLite alone understands.
var dialect = regexp.MustCompile(`\b(PRAGMA|VACUUM|BEGIN IMMEDIATE|INDEXED BY|GLOB|OR (IGNORE|REPLACE|ROLLBACK))\b|` +
	`\b(pragma_|sqlite_|json_)\w+|\b(instr|randomblob|zeroblob|changes|last_insert_rowid)\(|\bx''`)

// ofTheFile are the sources about the file itself, which every kind of store has of
// its own.
var ofTheFile = map[string]bool{
	"conn.go": true, "file.go": true, "migrate.go": true, "open.go": true, "writer.go": true,
	"erase_file.go": true, "erase_rows.go": true, "examine.go": true, "fit.go": true, "giveway.go": true,
	"restore.go": true, "backup.go": true, "door.go": true, "wait.go": true, "move_file.go": true,
	"move_file_rows.go": true,
}

// ofTheServer begins the names of the sources about a server.
const ofTheServer = "server"

// A second store shares the statements about readers, editions, deliveries and
// letters.
func TestOnlyTheFileSpeaksSQLitesOwnWords(t *testing.T) {
	found := 0
	for text, where := range constantTexts(t, dialect.MatchString) {
		file, _, _ := strings.Cut(where, ":")
		if found++; !ofTheFile[file] && !strings.HasPrefix(file, ofTheServer) {
			t.Errorf("%s: %q", where, text)
		}
	}
	if found == 0 {
		t.Error("not even the pragmas were found")
	}
}

// constantTexts gives the texts of the package that match, each with its place:
// string constants, and what is put together of them.
func constantTexts(t *testing.T, match func(text string) bool) map[string]string {
	t.Helper()
	texts := map[string]string{}
	inSources(t, func(n ast.Node, text func(ast.Expr) (string, bool), place func(ast.Node) string) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		is, ok := text(e)
		if ok && match(is) {
			texts[is] = place(e)
		}
		// Its parts are not looked at by themselves.
		return !ok
	})
	return texts
}

// calls are those that run a statement, each with the place of its text among what it
// is called with.
var calls = map[string]int{"Exec": 1, "Query": 1, "QueryRow": 1, "has": 2}

// statementsInSources gives the statements that are known when the program is built, each
// with its place. Those about the file are left out.
func statementsInSources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	inSources(t, func(n ast.Node, text func(ast.Expr) (string, bool), place func(ast.Node) string) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		at, ok := calls[name]
		if !ok || len(call.Args) <= at {
			return true
		}
		file, _, _ := strings.Cut(place(n), ":")
		if is, ok := text(call.Args[at]); ok && !ofTheFile[file] {
			all[is] = place(n)
		}
		return true
	})
	return all
}

// inSources has each node of the package's sources looked at, with what gives an
// expression's text, if that is a constant, and a node's place. Where look gives false, the
// node's parts are passed over.
func inSources(
	t *testing.T, look func(n ast.Node, text func(ast.Expr) (string, bool), place func(ast.Node) string) bool,
) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	// Of what is imported nothing is known, and constants are no worse for it.
	config := types.Config{Importer: nobody{}, Error: func(error) {}, FakeImportC: true}
	_, _ = config.Check("sqlite", fset, files, info)
	text := func(e ast.Expr) (string, bool) {
		if info.Types[e].Value == nil || info.Types[e].Value.Kind() != constant.String {
			return "", false
		}
		return constant.StringVal(info.Types[e].Value), true
	}
	place := func(n ast.Node) string { return fset.Position(n.Pos()).String() }
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool { return look(n, text, place) })
	}
}

// nobody is an importer that finds nothing.
type nobody struct{}

func (nobody) Import(path string) (*types.Package, error) { return nil, fmt.Errorf("no %s here", path) }
