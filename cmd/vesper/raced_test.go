package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unraced is where .ci/check names the packages that it does not run under the race detector.
var unraced = regexp.MustCompile(`(?m)^unraced='([^']+)'$`)

// beginners are packages that begin goroutines which call those who import them.
var beginners = []string{
	"net/http", "net/http/httptest", "os/exec", "database/sql", "testing/synctest", "golang.org/x/sync/errgroup",
}

// begins are the names of functions that begin a goroutine, such as those of a sync.WaitGroup
// and a testing.T.
var begins = []string{"Go", "Parallel", "RunParallel", "AfterFunc"}

// TestWhatBeginsAGoroutineIsRaced: the packages that .ci/check does not run under the race
// detector have nothing side by side, nor has one of ours that they use.
func TestWhatBeginsAGoroutineIsRaced(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../.ci/check")
	if err != nil {
		t.Fatal(err)
	}
	names := unraced.FindSubmatch(script)
	if names == nil {
		t.Fatalf("nothing in .ci/check is like %s", unraced)
	}
	all := map[string]goPackage{}
	for _, p := range listPackages(t) {
		all[p.ImportPath] = p
	}
	for name := range strings.FieldsSeq(string(names[1])) {
		p, there := all["vesper/"+name]
		if !there {
			t.Errorf(".ci/check names %s, which is not there", name)
		}
		for _, where := range p.beginnings(t, all) {
			t.Errorf("%s begins a goroutine: it does not belong to unraced in .ci/check", where)
		}
	}
	if len(all["vesper/digest/relay"].beginnings(t, all)) == 0 {
		t.Error("no goroutine is found in digest/relay, which has many")
	}
}

// beginnings says where the package, its tests or what they use of ours begin a goroutine.
func (p goPackage) beginnings(t *testing.T, all map[string]goPackage) []string {
	t.Helper()
	where := p.inFiles(t, slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles))
	seen := []string{p.ImportPath}
	for queue := slices.Concat(p.Imports, p.TestImports, p.XTestImports); len(queue) > 0; queue = queue[1:] {
		used, ours := all[queue[0]]
		if !ours || slices.Contains(seen, used.ImportPath) {
			continue
		}
		seen = append(seen, used.ImportPath)
		where = append(where, used.inFiles(t, used.GoFiles)...)
		queue = append(queue, used.Imports...)
	}
	return where
}

// inFiles says where files of the package begin a goroutine.
func (p goPackage) inFiles(t *testing.T, names []string) (where []string) {
	t.Helper()
	set := token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			found := false
			switch n := n.(type) {
			case *ast.GoStmt:
				found = true
			case *ast.SelectorExpr:
				found = slices.Contains(begins, n.Sel.Name)
			case *ast.ImportSpec:
				found = slices.Contains(beginners, strings.Trim(n.Path.Value, `"`))
			}
			if found {
				where = append(where, fmt.Sprintf("%s/%s:%d", p.ImportPath, name, set.Position(n.Pos()).Line))
			}
			return true
		})
	}
	return where
}
