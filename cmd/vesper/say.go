package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// count gives "1 article", "2 articles".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok && !strings.HasSuffix(stem, "a") {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	if strings.HasSuffix(what, "s") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// were gives "1 message was", "2 messages were".
func were(n int, what string) string {
	if n == 1 {
		return count(n, what) + " was"
	}
	return count(n, what) + " were"
}

// code writes a reply code, "" where there is none.
func code(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func orNever(s string) string {
	if s == "" {
		return "(not yet)"
	}
	return s
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// listed makes no list an empty one in JSON.
func listed(all []string) []string { return append([]string{}, all...) }

// present gives the words that are not empty.
func present(words []string) []string {
	var all []string
	for _, w := range words {
		if w != "" {
			all = append(all, w)
		}
	}
	return all
}

// prefixed gives what there is with a word before it.
func prefixed(word, what string) string {
	if what == "" {
		return ""
	}
	return word + what
}

// stamp is a time for JSON: RFC 3339 with its zone, nil when it is zero.
func stamp(t time.Time, zone *time.Location) *string {
	if t.IsZero() {
		return nil
	}
	s := t.In(zone).Format(time.RFC3339)
	return &s
}

// moment is a time for a table: to the minute, "" when it is zero.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}
