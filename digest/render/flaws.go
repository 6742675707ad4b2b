package render

import (
	"fmt"
	"regexp"
	"strings"

	"vesper/digest"
	"vesper/templates"
)

// outlookNeeds are the comments that Outlook on Windows needs in an email: its
// settings, and the table that gives the text its width. Templates write them with
// the function "outlook", since html/template deletes comments.
var outlookNeeds = []*regexp.Regexp{
	regexp.MustCompile(`<!--\[if mso\]>[^-]*PixelsPerInch`),
	regexp.MustCompile(`mso-line-height-rule:exactly`),
	regexp.MustCompile(`<!--\[if mso\]><table [^-]*width="580"[^-]*<!\[endif\]-->`),
	regexp.MustCompile(`<!--\[if mso\]>[^-]*</table><!\[endif\]-->`),
}

var hides = regexp.MustCompile(`style="[^"]*(display: *none|visibility: *hidden|font-size: *0|mso-hide)`)

// Flaws says what a specimen lacks of what it must have, and what it has that it
// must not have.
func (s Specimen) Flaws() []string {
	var flaws []string
	html := strings.HasSuffix(s.Name, ".html")
	link := s.Unsubscribe
	switch {
	case link == "":
	case html && !strings.Contains(s.Content, `href="`+htmlText(link)+`"`), !strings.Contains(s.Content, link):
		flaws = append(flaws, "the link to unsubscribe is missing")
	}
	if !strings.Contains(s.Content, s.Address) && !strings.Contains(s.Content, htmlText(s.Address)) {
		flaws = append(flaws, "the postal address is missing")
	}
	if !strings.Contains(s.Content, s.Privacy) && !strings.Contains(s.Content, htmlText(s.Privacy)) {
		flaws = append(flaws, "the link to the privacy policy is missing")
	}
	if html && strings.HasPrefix(s.Template, "email/") {
		for _, need := range outlookNeeds {
			if !need.MatchString(s.Content) {
				flaws = append(flaws, "Outlook's comments are missing, or some of them: "+
					"write them with outlook, html/template deletes comments")
				break
			}
		}
		if hides.MatchString(s.Content) {
			flaws = append(flaws, "something is hidden: mailbox providers mark that down")
		}
		if len(s.Content) > MaxHTML {
			flaws = append(flaws, fmt.Sprintf("%s has %d kB: some mail programs cut it off at 102",
				s.Name, len(s.Content)/1000))
		}
	}
	for _, sign := range []string{"ZgotmplZ", "<no value>"} {
		if strings.Contains(s.Content, sign) {
			flaws = append(flaws, sign+" is in "+s.Name+
				": a value stands where it can't be written safely, or is none")
		}
	}
	return flaws
}

// checkReaderValues says whether a reader's values can be put into what a template
// prints afterwards: each must stand as text between tags, or in a link if it is a
// token.
func (r Renderer) checkReaderValues(e digest.Edition, name string) error {
	c, _, err := r.fit(e)
	if err != nil {
		return err
	}
	sum, err := r.fingerprint(e)
	if err != nil {
		return err
	}
	reader := specimenReader(e.Window.To)
	reader.Address = "o'hara+<odd>&" + reader.Address
	want, err := r.execute(name, r.editionValues(e, r.footer(e, reader), c))
	if err != nil {
		return err
	}
	words := standInWords(sum, "html")
	got, err := r.withWords(e, c, name, words)
	if err != nil {
		return err
	}
	since := r.words().Since().On(reader.Since.In(r.zone()))
	got = strings.NewReplacer(words[0], htmlText(reader.Address), words[1], htmlText(since),
		words[2], reader.Unsubscribe, words[3], reader.Preferences).Replace(got)
	if got != want {
		return &templates.Error{
			File: name, Problem: "a reader's address or date stands where it is not plain text, such as in a link",
			Hint: "the values of .Footer are put into each reader's copy as text, and its links as links",
		}
	}
	return nil
}
