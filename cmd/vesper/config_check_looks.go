package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/templates"
)

// appearance checks how editions and pages look, and keeps the templates.
func (k *checker) appearance() {
	o := templates.Options{Dir: k.path(k.Templates.Dir), Accent: k.Layout.Accent, AccentDark: k.Layout.AccentDark}
	const hint = "a colour that text can be read in, on white for accent, on nearly black for accent_dark"
	if err := templates.CheckAccent(o.Accent, ""); err != nil {
		k.bad("layout.accent", err.Error(), hint)
		o.Accent = ""
	}
	if err := templates.CheckAccent("", o.AccentDark); err != nil {
		k.bad("layout.accent_dark", err.Error(), hint)
		o.AccentDark = ""
	}
	dir := o.Dir
	set, err := templates.Load(o)
	if err != nil {
		k.flaws = append(k.flaws, templateFlaws(dir, err)...)
		return
	}
	k.config.looks = set
	if !set.Speaks(k.Publication.Language) {
		k.warn("publication.language", fmt.Sprintf("there are no words of ours in language %q: English ones are used", k.Publication.Language),
			`"vesper templates dump" shows them; a translation in words/ of the folder of [templates] is used`)
	}
	if dir == "" {
		return
	}
	// Better now than when an edition is due.
	if _, err := render.Specimens(set); err != nil {
		k.flaws = append(k.flaws, templateFlaws(dir, err)...)
	}
}

// templateFlaws gives what is wrong with templates as flaws of their files.
func templateFlaws(dir string, err error) []*digest.Flaw {
	var flaws []*digest.Flaw
	for _, one := range templates.Errors(err) {
		var e *templates.Error
		if !errors.As(one, &e) {
			flaws = append(flaws, &digest.Flaw{File: dir, Problem: one.Error()})
			continue
		}
		flaws = append(flaws, &digest.Flaw{File: filepath.Join(dir, e.File), Line: e.Line, Problem: e.Problem, Hint: e.Hint})
	}
	return flaws
}
