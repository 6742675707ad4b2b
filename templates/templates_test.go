package templates

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestEveryTemplateIsSetInTheDesign(t *testing.T) {
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		source, err := Source(name)
		if err != nil {
			return err
		}
		if left := strings.ReplaceAll(source, "@media", ""); strings.Contains(left, "@") {
			t.Errorf("%s: a token is left over", name)
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if m := regexp.MustCompile(`[^&]#[0-9a-f]{3,6}\b`).Find(raw); m != nil {
			t.Errorf("%s: the colour %s is not a token", name, m)
		}
		if strings.HasSuffix(name, ".txt") {
			_, err = Text(name)
			return err
		}
		_, err = HTML(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEmailUsesNothingThatMailProgramsDrop(t *testing.T) {
	source, err := Source("email/edition.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"var(", "flex", "grid", "float", "position:", "rgba", "rem;", "@import", "<form", "<img", "<script", "<details", `href="#`, "@font-face",
	} {
		if strings.Contains(source, bad) {
			t.Errorf("the edition uses %s", bad)
		}
	}
	styles := 0
	for _, m := range regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(source, -1) {
		styles += len(m[1])
	}
	if styles > 2048 {
		t.Errorf("the style blocks are %d bytes, want at most 2048", styles)
	}
}

func TestUnknownNamesAreErrors(t *testing.T) {
	if _, err := Source("email/nothing.html"); err == nil {
		t.Error("there is no such template")
	}
	if _, err := HTML("email/edition.html", "web/nothing.html"); err == nil {
		t.Error("there is no such template in the set")
	}
	if _, err := expand("color:@inc"); err == nil {
		t.Error("there is no such token")
	}
}
