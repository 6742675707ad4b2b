package templates

import (
	"fmt"
	"regexp"
	"strings"
)

// tokens is the design: every colour and type size that a reader sees. In a
// template "@ink" stands for the value of "ink"; names that end in "-dark" are
// the values on dark paper.
//
// Font names stand without quotes, since html/template escapes quotes inside a
// style attribute. Text colours keep a contrast of 4.5 to their paper (WCAG
// 1.4.3); "line" is decoration only.
func tokens() map[string]string {
	return map[string]string{
		"paper": "#ffffff", "paper-dark": "#15171c",
		"ink": "#1b1d22", "ink-dark": "#eceef2",
		"muted": "#565c67", "muted-dark": "#a6adb9",
		"accent": "#37409c", "accent-dark": "#b1b8ff",
		"line": "#d9dce1", "line-dark": "#30353e",
		"bullet": "#636b9f", "bullet-dark": "#8d94d6",

		"serif": "Georgia,Times New Roman,serif",
		"sans":  "-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif",

		// Size and line height by role; the phone sizes hold up to 480 px.
		"wordmark": "40px/46px", "wordmark-phone": "34px/40px",
		"lead": "31px/38px", "lead-phone": "26px/32px",
		"opening": "18px/28px", "opening-phone": "17px/27px",
		"story":    "22px/28px",
		"brief":    "17px/24px",
		"text":     "17px/27px",
		"contents": "16px/22px",
		"look":     "16px/25px",
		"note":     "15px/23px",
		"number":   "15px/20px",
		"label":    "13px/20px",
		"footer":   "13px/21px",
	}
}

var tokenForm = regexp.MustCompile(`@[a-z][a-z-]*`)

// expand puts the tokens' values in place. What else starts with an @ is CSS.
func expand(source string) (string, error) {
	table := tokens()
	var unknown []string
	out := tokenForm.ReplaceAllStringFunc(source, func(name string) string {
		value, ok := table[name[1:]]
		switch {
		case ok:
			return value
		case name != "@media":
			unknown = append(unknown, name)
		}
		return name
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("no such design token: %s", strings.Join(unknown, ", "))
	}
	return out, nil
}
