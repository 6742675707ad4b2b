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
var dialect = regexp.MustCompile(`\b(PRAGMA|VACUUM|INDEXED BY|GLOB|OR (IGNORE|REPLACE|ROLLBACK))\b|` +
	`\b(pragma_|sqlite_|json_)\w+|\b(instr|randomblob|zeroblob|changes|last_insert_rowid)\(|\bx''`)

// ofTheFile are the sources about the file itself, which every kind of store has of
// its own.
var ofTheFile = map[string]bool{
	"conn.go": true, "file.go": true, "migrate.go": true, "open.go": true, "writer.go": true,
	"erase_file.go": true, "erase_rows.go": true, "examine.go": true, "fit.go": true, "giveway.go": true, "restore.go": true,
}

// A second store shares the statements about readers, editions, deliveries and
// letters.
func TestOnlyTheFileSpeaksSQLitesOwnWords(t *testing.T) {
	found := 0
	for text, where := range constantTexts(t, dialect.MatchString) {
		file, _, _ := strings.Cut(where, ":")
		if found++; !ofTheFile[file] {
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
	texts := map[string]string{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || info.Types[e].Value == nil || info.Types[e].Value.Kind() != constant.String {
				return true
			}
			text := constant.StringVal(info.Types[e].Value)
			if match(text) {
				texts[text] = fset.Position(e.Pos()).String()
			}
			// Its parts are not looked at by themselves.
			return false
		})
	}
	return texts
}

// nobody is an importer that finds nothing.
type nobody struct{}

func (nobody) Import(path string) (*types.Package, error) { return nil, fmt.Errorf("no %s here", path) }
