package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestEveryKeyIsDescribedWhereItIsDefined: whoever adds a key says what it means
// and what it is when it is left out.
func TestEveryKeyIsDescribedWhereItIsDefined(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	described, says := map[string]string{}, regexp.MustCompile(`Default:\s|Required|No default`)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						described[spec.Name.Name+"."+name.Name] = f.Doc.Text()
					}
				}
			}
			return false
		})
	}
	for _, section := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if section.Tag.Get("toml") == "" {
			continue
		}
		table := section.Type
		if table.Kind() == reflect.Slice {
			table = table.Elem()
		}
		for _, key := range reflect.VisibleFields(table) {
			text := described[table.Name()+"."+key.Name]
			if !strings.HasPrefix(text, key.Name+" ") || !says.MatchString(text) {
				t.Errorf("%s.%s: %q does not say what the key is, and what when left out", table, key.Name, text)
			}
		}
	}
}

// TestInitShowsEveryKey: what an admin can set is in the file that init writes,
// some of it commented out. A secret itself is better left out of the file.
func TestInitShowsEveryKey(t *testing.T) {
	text := regexp.MustCompile(`(?m)^# (\[|\w+ = )`).ReplaceAllString(string(Commented()), "$1")
	shown := findKeys(text)
	for section, keys := range sections() {
		for _, key := range keys {
			name := section + "." + key
			if shown[name] == 0 && shown[fmt.Sprintf("%s.0.%s", section, key)] == 0 && !isSecret(name) {
				t.Errorf("%s is not shown", name)
			}
		}
	}
}

func TestASecretIsNeverShown(t *testing.T) {
	c := load(t, required+"username = \"evening\"\npassword = \"hunter2\"\n", none)
	if string(c.Relay[0].Password) != "hunter2" {
		t.Fatalf("got %q", string(c.Relay[0].Password))
	}
	var out strings.Builder
	if err := c.Show(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `password = "********"`) {
		t.Errorf("no stars for the password in\n%s", &out)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s %q", c, c, c.Relay, c.Relay[0].Password, c.Relay[0].Password)
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("the password is shown:\n%s", &out)
	}
}

func TestWhatIsShownIsReadAsTheSame(t *testing.T) {
	c := load(t, required+"[layout]\nquick_looks = \"all\"\n[[edition]]\ngrace = \"90m\"\n", none)
	var out strings.Builder
	if err := c.Show(&out); err != nil {
		t.Fatal(err)
	}
	shown := load(t, out.String(), none)
	if !reflect.DeepEqual(shown.Edition, c.Edition) || shown.Layout != c.Layout || shown.Publication != c.Publication {
		t.Errorf("got %+v, want %+v", shown, c)
	}
}
