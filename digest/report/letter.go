package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// Text gives a report as plain text.
func Text(r digest.RunReport, zone *time.Location) string {
	s := say(r, zone)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n%s\n", r.Title, named(r), s.Heading)
	if len(s.Lines) > 0 {
		b.WriteString("\n" + strings.Join(s.Lines, "\n") + "\n")
	}
	for _, part := range s.Sections {
		fmt.Fprintf(&b, "\n%s\n", part.Title)
		width := 0
		for _, one := range part.Rows {
			width = max(width, len(one.Number))
		}
		for _, one := range part.Rows {
			fmt.Fprintf(&b, "%*s  %s\n", width+2, one.Number, oneLine(one.Of))
			if one.More != "" {
				fmt.Fprintf(&b, "%*s  %s\n", width+2, "", oneLine(one.More))
			}
		}
		for _, line := range part.Lines {
			b.WriteString("- " + oneLine(line) + "\n")
		}
	}
	fmt.Fprintf(&b, "\n%s\n", again(r))
	return b.String()
}

// again says how to see it again.
func again(r digest.RunReport) string {
	s := fmt.Sprintf("\"vesper report %s\" shows this again", r.ID)
	if r.State.Opened() {
		return s + fmt.Sprintf(", \"vesper edition show %s\" who did not get it, and \"vesper report --out FILE\" the "+
			"last 30 editions with plots.", r.ID)
	}
	return s + ", and \"vesper report --out FILE\" the last 30 editions with plots."
}

//go:embed letter.html
var letterSource string

// HTML gives a report as the HTML of a letter, in the publication's colours.
func HTML(r digest.RunReport, publication string, zone *time.Location, looks *templates.Set) (string, error) {
	s := say(r, zone)
	return fill("letter.html", letterSource, looks, struct {
		said
		Subject, Publication, Title, Day, Again string
	}{s, Subject(r), publication, r.Title, named(r), again(r)})
}

// named names the edition by its ID and its number.
func named(r digest.RunReport) string {
	if r.PaperNumber == 0 {
		return r.ID
	}
	return fmt.Sprintf("%s, No. %d", r.ID, r.PaperNumber)
}

// fill fills a template in the publication's colours.
func fill(name, source string, looks *templates.Set, values any) (string, error) {
	source, err := looks.Expand(name, source)
	if err != nil {
		return "", err
	}
	t, err := template.New(name).Funcs(template.FuncMap{"number": number}).Parse(source)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, values); err != nil {
		return "", err
	}
	return b.String(), nil
}
