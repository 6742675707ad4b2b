package main

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers says what each package may import besides the standard library and, of
// modules, what lies below the paths given. It is policy, not description: do
// not loosen it to make a build pass. Vocabularies import next to nothing, the
// edges import vocabularies and a few libraries and never each other, publish
// puts an evening together, door does the same for the list, and cmd/vesper alone
// knows everybody.
var layers = map[string][]string{
	"vesper/digest":      {},
	"vesper/subscribers": {"golang.org/x/net/idna", "golang.org/x/text"},
	"vesper/templates":   {"golang.org/x/text"},

	"vesper/digest/intake": {"vesper/digest"},
	"vesper/digest/gather": {
		"vesper/digest", "vesper/digest/intake", "vesper/digest/intake/feed", "vesper/digest/intake/fetch",
		"vesper/digest/intake/page",
	},
	"vesper/digest/intake/page": {
		"codeberg.org/readeck/go-readability/v2", "golang.org/x/net/html",
	},
	"vesper/digest/intake/fetch": {"code.dny.dev/ssrf"},
	"vesper/digest/intake/feed": {
		"github.com/mmcdole/gofeed", "golang.org/x/net/html", "golang.org/x/text",
	},
	"vesper/digest/render":  {"vesper/digest", "vesper/templates", "github.com/wneessen/go-mail", "golang.org/x/text"},
	"vesper/digest/report":  {"vesper/digest", "vesper/templates"},
	"vesper/digest/dkim":    {"vesper/digest", "github.com/emersion/go-msgauth/dkim"},
	"vesper/digest/domain":  {"vesper/digest"},
	"vesper/digest/relay":   {"vesper/digest", "github.com/wneessen/go-mail"},
	"vesper/digest/ahead":   {},
	"vesper/digest/alarm":   {"vesper/digest"},
	"vesper/digest/breaker": {"vesper/digest"},
	"vesper/digest/deliver": {"vesper/digest", "vesper/digest/breaker", "golang.org/x/sync/errgroup"},
	"vesper/digest/marker":  {"vesper/digest"},
	"vesper/digest/mailbox": {"github.com/emersion/go-smtp", "github.com/emersion/go-message"},
	"vesper/digest/growth":  {"vesper/digest/whole"},
	"vesper/digest/whole":   {},
	"vesper/digest/publish": {
		"vesper/digest", "vesper/digest/render", "vesper/digest/deliver",
		"github.com/robfig/cron/v3",
	},

	"vesper/subscribers/store": {
		"vesper/digest", "vesper/subscribers", "github.com/mattn/go-sqlite3", "github.com/jackc/pgx/v5",
		"github.com/riverqueue/river",
	},
	"vesper/subscribers/web":      {"vesper/digest", "vesper/subscribers", "vesper/templates"},
	"vesper/subscribers/exchange": {"vesper/subscribers", "golang.org/x/text"},
	"vesper/subscribers/bounce": {
		"vesper/subscribers", "github.com/emersion/go-message", "golang.org/x/net/html",
	},
	"vesper/subscribers/returns":          {"vesper/digest", "vesper/subscribers", "vesper/subscribers/bounce"},
	"vesper/subscribers/returns/hook":     {"vesper/subscribers", "vesper/subscribers/bounce", "vesper/subscribers/returns"},
	"vesper/subscribers/returns/hooktest": {},
	"vesper/subscribers/returns/imap": {
		"vesper/subscribers/bounce", "vesper/subscribers/returns", "github.com/emersion/go-imap",
	},
	"vesper/subscribers/returns/lmtp": {
		"vesper/subscribers", "vesper/subscribers/bounce", "vesper/subscribers/returns", "github.com/emersion/go-smtp",
	},
	"vesper/templates/lint": {"golang.org/x/net/html"},

	"vesper/subscribers/door": {"vesper/digest", "vesper/subscribers", "vesper/digest/render"},

	"vesper/subscribers/journal": {"vesper/subscribers"},

	"vesper/subscribers/pgtest": {"github.com/jackc/pgx/v5"},
	"vesper/subscribers/storetest": {
		"vesper/digest", "vesper/digest/whole", "vesper/subscribers", "github.com/google/go-cmp",
	},

	"vesper/cmd/vesper/archive": {},
	"vesper/cmd/vesper/config":  {"vesper/digest", "vesper/subscribers", "github.com/BurntSushi/toml"},
	"vesper/cmd/vesper":         {"*"},
}

// goPackage is a package: its files, and what these import.
type goPackage struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json", "vesper/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestPackagesImportWhatTheirLayerMay(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		may, ok := layers[p.ImportPath]
		if !ok {
			t.Errorf("%s stands in no layer", p.ImportPath)
		}
		seen[p.ImportPath] = true
		for _, imported := range p.Imports {
			if !mayImport(may, imported) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
	for path := range layers {
		if !seen[path] {
			t.Errorf("the layers name %s, which is not there", path)
		}
	}
}

func TestEveryPackageIsInTheMapOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, drawn, _ := strings.Cut(string(text), "| package | what it is |")
	drawn, _, _ = strings.Cut(drawn, "\n\n")
	for _, p := range listPackages(t) {
		if path := strings.TrimPrefix(p.ImportPath, "vesper/"); !strings.Contains(drawn, "`"+path+"`") {
			t.Errorf("%s is not there", path)
		}
	}
}

func mayImport(may []string, imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	ours := first == "vesper"
	if !ours && !strings.Contains(first, ".") || slices.Contains(may, "*") {
		return true
	}
	for _, allowed := range may {
		if imported == allowed || !strings.HasPrefix(allowed, "vesper/") && strings.HasPrefix(imported, allowed+"/") {
			return true
		}
	}
	return false
}

// wiring is the files of cmd/vesper that know which database there is.
var wiring = []string{"wire.go", "wire_database.go"}

func TestOnlyTheWiringKnowsTheDatabase(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if slices.Contains(wiring, name) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range f.Imports {
			path := imported.Path.Value
			if strings.Contains(path, "subscribers/store") || strings.Contains(path, "sql") || strings.Contains(path, "pgx") {
				t.Errorf("%s imports %s: only %v may", name, imported.Path.Value, wiring)
			}
		}
	}
}
