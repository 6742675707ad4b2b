// Package templates is the words and looks of all that a reader sees: the
// edition as HTML and as text, the letters and the web pages, the design tokens
// for their colours and sizes, and the catalogue of our words in each language. It
// knows nothing of articles or readers: whoever fills a template brings the
// values.
//
// There are two folders of templates: email and web. Each file is a template of its
// own, except parts.html and parts.txt: all others of the folder can use what these
// define.
package templates

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	text "text/template"
	"unicode/utf8"
)

//go:embed email/* web/* words/*
var builtIn embed.FS

// Chrome is what every web page has around its own content: the masthead and the
// line at the foot. The struct of each page embeds it.
type Chrome struct {
	Words *Words
	// Language is the publication's (BCP 47). Our own words may be in another.
	Language string
	// Title is the page's title, which the browser shows.
	Title string
	// Publication is the wordmark, URL where it leads (empty: nowhere). Folio is the
	// edition's title under the rule.
	Publication, URL, Folio string
	PostalAddress           string
	// Privacy is where the publication says what it keeps of its readers; empty: no link.
	Privacy string
	// Private marks a page whose address is a reader's key: search engines must not
	// list it, and its links must not pass the address on.
	Private bool
	// Public is what a page has that is everybody's, or leads to; nil for any other.
	Public *Public
}

// Public is what a page that anybody may read says of itself to browsers, search engines
// and sites that link to it, and where it leads on.
type Public struct {
	// Canonical is the page's own address, whole. Without one the page only leads on, as one
	// that was not found does.
	Canonical string
	// Kind is "article" or "website", as Open Graph has it. Description is a sentence on
	// what the page has; empty if there is none.
	Kind, Description string
	// Unlisted keeps search engines away.
	Unlisted bool
	// SignUp is where to subscribe, Archive where all editions are listed; empty: no link.
	SignUp, Archive string
	// AtArchive says that the page is that list.
	AtArchive bool
	// Feeds are where programs read what the page has.
	Feeds []Feed
	// Data says the same to machines, as JSON-LD in the words of schema.org; nil for none.
	Data any
}

// Feed is a page for programs, of this media type.
type Feed struct{ Kind, URL string }

// Dir is the direction in which the page is written, "ltr" or "rtl".
func (c Chrome) Dir() string {
	if RightToLeft(c.Language) {
		return "rtl"
	}
	return "ltr"
}

// Imprint is the publication with its postal address, which keeps its own
// direction (UAX #9, first strong isolate).
func (c Chrome) Imprint() string {
	return Say(c.Words.Edition.Imprint, "name", c.Publication, "address", "\u2068"+c.PostalAddress+"\u2069")
}

// Options are the looks that a publication can change.
type Options struct {
	// Dir is a folder whose files are used instead of the built-in ones of the same
	// name, such as email/edition.html. Words are merged key by key: words/en.json may hold
	// one phrase. It may add languages (words/nl.json). Empty: there is none.
	Dir string
	// Paper and PaperDark are what the text stands on by day and in dark mode, Ink what it
	// is printed in by day, Accent and AccentDark the publisher's own colour on either
	// paper, such as "#37409c". Empty: ours.
	Paper, PaperDark, Ink, Accent, AccentDark string
	// Look is the ready look that all this is set in: "calm" or "broadsheet". Empty: "calm".
	Look string
	// Wordmark is how the publication's name is set: "serif" or "sans", each with
	// " small-caps" or without. Empty: "serif".
	Wordmark string
}

// Set is all templates and words. Each is parsed when it is used first, those of a
// folder when they are loaded. Any number of goroutines may use it.
type Set struct {
	tokens map[string]string
	pages  map[string]func() (executor, error)
	words  map[string]func() (*Words, error)
	// sources are the files as they were read.
	sources map[string]string
	// images are the names of templates that may load images.
	images map[string]bool
	// Replaced are the names of the files that came from the folder.
	Replaced []string
}

type executor interface {
	Execute(w io.Writer, values any) error
}

// BuiltIn gives the templates and words that come with the program.
func BuiltIn() *Set {
	s, err := Load(Options{})
	if err != nil {
		panic(err) // What is embedded was tested.
	}
	return s
}

// Load reads all templates and words. If a file of the folder is wrong, the error is an
// [*Error] that names the file. [Errors] gives all of them.
func Load(o Options) (*Set, error) {
	if flaws := o.Flaws(); len(flaws) > 0 {
		return nil, flaws[0]
	}
	s := &Set{
		tokens: tokens(o), images: map[string]bool{},
		pages: map[string]func() (executor, error){}, words: map[string]func() (*Words, error){},
	}
	sources, err := s.read(o.Dir)
	if err != nil {
		return nil, err
	}
	s.sources = sources
	for name, source := range sources {
		s.images[name] = path.Ext(name) != ".json" && images.MatchString(source)
	}
	errs := s.loadWords(sources)
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if path.Ext(name) != ".json" && !isParts(name) {
			s.pages[name] = sync.OnceValues(func() (executor, error) { return s.parse(name, sources) })
		}
	}
	// What is embedded was tested. To parse it costs a short run more than all the rest.
	if o.Dir != "" {
		errs = append(errs, s.parseAll())
	}
	return s, join(errs)
}

// loadWords takes up the words of all languages, ours and those of the folder.
func (s *Set) loadWords(sources map[string]string) (errs []error) {
	ours, own := wordFiles{}, wordFiles{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if path.Ext(name) != ".json" {
			continue
		}
		tag, err := tagOf(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if b, err := builtIn.ReadFile(name); err == nil {
			ours[tag] = layer{name, string(b), false}
		}
		if slices.Contains(s.Replaced, name) {
			own[tag] = layer{name, sources[name], true}
		}
	}
	for _, files := range []wordFiles{ours, own} {
		for tag := range files {
			s.words[tag.String()] = sync.OnceValues(func() (*Words, error) {
				return readWords(tag, layers(tag, ours, own)...)
			})
		}
	}
	return errs
}

// parseAll gives all that is wrong with any file, in the order of their names.
func (s *Set) parseAll() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.pages)) {
		_, err := s.pages[name]()
		errs = append(errs, err)
	}
	for _, tag := range s.Languages() {
		_, err := s.words[tag]()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func isParts(name string) bool { return strings.HasPrefix(path.Base(name), "parts.") }

// read gives the sources of all files: those of the folder, and ours where it has
// none.
func (s *Set) read(dir string) (map[string]string, error) {
	sources := map[string]string{}
	err := fs.WalkDir(builtIn, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(builtIn, name)
		sources[name] = string(b)
		return err
	})
	if err != nil || dir == "" {
		return sources, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &Error{
			Problem: "the folder of templates can't be read: " + cause(err),
			Hint:    `"vesper templates dump DIR" writes one; dir in [templates] names it`,
		}
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return &Error{File: name, Problem: cause(err)}
		}
		if d.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, "~") {
			return nil
		}
		if _, ours := sources[name]; !ours && (path.Dir(name) != "words" || path.Ext(name) != ".json") {
			const problem = "there is no built-in template of this name"
			return &Error{File: name, Problem: problem, Hint: nearName(name, sources)}
		}
		b, err := root.ReadFile(name)
		if err != nil {
			return &Error{File: name, Problem: cause(err)}
		}
		// Editors on Windows begin a file with a mark, which a reader must not get.
		source := strings.TrimPrefix(string(b), "\ufeff")
		if at := notUTF8(source); at >= 0 {
			return &Error{File: name, Line: lineAt(source, int64(at)), Problem: "it is not text in UTF-8", Hint: plainText}
		}
		sources[name] = source
		s.Replaced = append(s.Replaced, name)
		return nil
	})
	return sources, err
}

const plainText = "save it as plain text in UTF-8"

// notUTF8 gives where a text is not UTF-8, -1 if all of it is. Without an error a reader would
// get question marks for the letters of another encoding.
func notUTF8(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

// cause gives an error without the path: the message has it already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// nearName is a hint: it names the built-in file that a file in the wrong folder may
// be meant for.
func nearName(name string, sources map[string]string) string {
	for _, ours := range slices.Sorted(maps.Keys(sources)) {
		if path.Base(ours) == path.Base(name) {
			return "is it meant to be " + ours + "?"
		}
	}
	return `"vesper templates dump" shows the names`
}

// parse makes a template of a file, together with the parts of its folder.
func (s *Set) parse(name string, sources map[string]string) (executor, error) {
	parts := path.Dir(name) + "/parts" + path.Ext(name)
	var errs []error
	source := func(name string) string {
		out, err := s.Expand(name, sources[name])
		errs = append(errs, err)
		return out
	}
	if path.Ext(name) == ".html" {
		t := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"outlook": outlook})
		_, err := t.New(parts).Parse(source(parts))
		if err == nil {
			_, err = t.Parse(source(name))
		}
		return t, errors.Join(append(errs, located(err))...)
	}
	t := text.New(name).Option("missingkey=error")
	_, err := t.New(parts).Parse(source(parts))
	if err == nil {
		_, err = t.Parse(source(name))
	}
	return t, errors.Join(append(errs, located(err))...)
}

// Execute fills the template of this name, such as "email/edition.html", and writes
// the result. If the template fails nothing is written, and the error is an [*Error]
// with its line.
func (s *Set) Execute(w io.Writer, name string, values any) error {
	parsed, ok := s.pages[name]
	if !ok {
		return fmt.Errorf("there is no template %s", name)
	}
	t, err := parsed()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return located(err)
	}
	_, err = out.WriteTo(w)
	return err
}

// Find gives the file, and its line counted from 1, that a piece of what a template printed
// is from: the template itself or the parts of its folder. The line is 0 if it is in
// neither as it was printed.
func (s *Set) Find(name, piece string) (file string, line int) {
	for _, file := range []string{name, path.Dir(name) + "/parts" + path.Ext(name)} {
		source, err := s.Expand(file, s.sources[file])
		if i := strings.Index(source, piece); err == nil && piece != "" && i >= 0 {
			return file, lineAt(source, int64(i))
		}
	}
	return name, 0
}

// outlook puts markup into a comment that only Outlook on Windows reads. It is a
// function, since html/template deletes the comments of a template. Only markup from
// the template itself may be given to it, never a value.
func outlook(markup string) template.HTML {
	return template.HTML("<!--[if mso]>" + markup + "<![endif]-->")
}
