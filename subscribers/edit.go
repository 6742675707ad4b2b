package subscribers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Edit is what an admin changes of a reader's row. Nil leaves what is there.
type Edit struct {
	Name, Timezone, Variant *string
	Evenings                *Evenings
	// Tag are added and Untag taken away, where they are not there or gone already.
	Tag, Untag []string
}

// longestText bounds a name and a tag, in bytes.
const longestText = 200

// Check says what is wrong with an edit, whoever it is of.
func (e Edit) Check() error {
	for _, tag := range slices.Concat(e.Tag, e.Untag) {
		if tag == "" || tag != strings.TrimSpace(tag) || !isLine(tag) {
			return fmt.Errorf("%q is not a tag", tag)
		}
		if slices.Contains(e.Tag, tag) && slices.Contains(e.Untag, tag) {
			return fmt.Errorf("the tag %q is added and taken away", tag)
		}
	}
	if e.Name != nil && !isLine(*e.Name) {
		return errors.New("the name is not one line of up to 200 bytes")
	}
	return e.After(Subscriber{Preferences: Preferences{Variant: Designed}}).CheckChosen()
}

func isLine(s string) bool {
	return len(s) <= longestText && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// After gives a reader after the edit.
func (e Edit) After(s Subscriber) Subscriber {
	for _, set := range []struct{ to, from *string }{
		{&s.Name, e.Name},
		{&s.Timezone, e.Timezone},
		{&s.Variant, e.Variant},
	} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	if e.Evenings != nil {
		s.Evenings = e.Evenings.Whole()
	}
	var tags []string
	for _, tag := range slices.Concat(s.Tags, e.Tag) {
		if !slices.Contains(tags, tag) && !slices.Contains(e.Untag, tag) {
			tags = append(tags, tag)
		}
	}
	s.Tags = tags
	return s
}

// Edited says in which fields two versions of a reader differ, each with what is there and
// what comes, such as `timezone: none -> Europe/Vienna`.
func Edited(was, is Subscriber) []string {
	var all []string
	for _, field := range []struct{ name, was, is string }{
		{"name", was.Name, is.Name},
		{"timezone", was.Timezone, is.Timezone},
		{"evenings", was.Evenings.String(), is.Evenings.String()},
		{"variant", was.Variant, is.Variant},
		{"tags", quoted(was.Tags), quoted(is.Tags)},
	} {
		if field.was != field.is {
			all = append(all, fmt.Sprintf("%s: %s -> %s", field.name, orNone(field.was), orNone(field.is)))
		}
	}
	return all
}

// quoted lists tags. One may have a comma.
func quoted(tags []string) string {
	var all []string
	for _, tag := range tags {
		all = append(all, strconv.Quote(tag))
	}
	return strings.Join(all, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
