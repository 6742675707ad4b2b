package templates

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Error says what is wrong with a file of templates or words.
type Error struct {
	// File is its name, such as "email/edition.html". Empty: the whole folder.
	File string
	// Line counts from 1; 0 is the file as a whole.
	Line int
	// Problem says what is wrong. Hint says what would be right; it may be empty.
	Problem, Hint string
}

// Error gives the error as "file:line: problem".
func (e *Error) Error() string {
	if e.File == "" {
		return e.Problem
	}
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
}

// templateError is how the standard library words an error in a template.
var templateError = regexp.MustCompile(`(?s)^(?:html/)?template: ?([^:]+):(\d+)(?::\d+)?: (.*)$`)

var escapeError = regexp.MustCompile(`(?s)^html/template:([^:]+): (.*)$`)

// located makes an [*Error] of an error of the template packages.
func located(err error) error {
	if err == nil {
		return nil
	}
	if m := templateError.FindStringSubmatch(err.Error()); m != nil {
		line, _ := strconv.Atoi(m[2])
		return &Error{File: m[1], Line: line, Problem: m[3]}
	}
	if m := escapeError.FindStringSubmatch(err.Error()); m != nil {
		return &Error{File: m[1], Problem: m[2]}
	}
	return err
}

// lineAt gives the line, counted from 1, of an offset, counted from 0.
func lineAt(source string, offset int64) int {
	line := 1
	for i := range min(int(offset), len(source)) {
		if source[i] == '\n' {
			line++
		}
	}
	return cmp.Or(line, 1)
}

// join joins errors and leaves out repeated ones: an error in the parts of a folder
// comes up in all templates that use them.
func join(errs []error) error {
	var once []error
	seen := map[string]bool{}
	for _, err := range errs {
		for _, one := range Errors(err) {
			if !seen[one.Error()] {
				seen[one.Error()] = true
				once = append(once, one)
			}
		}
	}
	return errors.Join(once...)
}

// Errors gives the single errors that [Load] joined, none for nil.
func Errors(err error) []error {
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case err == nil:
		return nil
	case ok:
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, Errors(one)...)
		}
		return all
	}
	return []error{err}
}
