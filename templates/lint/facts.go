package lint

import "regexp"

// fact is what some mail programs are known not to show, as caniemail.com tells of such
// things; the words are our own. Not each was looked up there again.
type fact struct {
	property, value *regexp.Regexp
	what, fails     string
}

func is(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

var anything = is(`(?s).*`)

// facts are about style attributes, and rules that are not within an @media.
var facts = []fact{
	{is(`display`), is(`(inline-)?(flex|grid)`), "a flex box or a grid", "Outlook on Windows"},
	{is(`position`), is(`absolute|fixed|sticky|relative`), "position", "Gmail, Outlook and Yahoo"},
	{is(`float`), anything, "float", "Outlook on Windows"},
	{is(`background-image`), anything, "a background image", "Outlook on Windows"},
	{is(`background`), regexp.MustCompile(`(?i)url\(|gradient\(`), "a background image", "Outlook on Windows"},
	{is(`--.*`), anything, "a variable", "Gmail, Outlook and Yahoo"},
	{anything, regexp.MustCompile(`(?i)var\(`), "a variable", "Gmail, Outlook and Yahoo"},
	{anything, regexp.MustCompile(`(?i)(rgba|hsla?|color-mix|oklch)\(`), "this form of a colour", "Outlook on Windows"},
	{anything, regexp.MustCompile(`(?i)\d(rem|vw|vh|ch)\b`), "this unit", "Outlook on Windows"},
	{is(`text-align`), is(`start|end`), "start or end", "Gmail and Outlook"},
	{is(`(margin|padding|border)-(inline|block).*`), anything, "a logical side", "Gmail and Outlook"},
	{
		is(`opacity|box-shadow|text-shadow|filter|transform|object-fit|clip-path`), anything,
		"this property", "Outlook on Windows",
	},
	{is(`animation.*|transition.*`), anything, "movement", "Gmail and Outlook"},
}

// elements are those that mail programs take out, or show without what they do.
var elements = map[string]string{
	"script": "all mail programs", "iframe": "all mail programs", "form": "Outlook and Yahoo",
	"input":  "Outlook and Yahoo",
	"button": "Outlook", "video": "Gmail and Outlook", "audio": "Gmail and Outlook", "svg": "Gmail and Outlook",
	"details": "Gmail and Outlook", "object": "all mail programs", "link": "Gmail, Outlook and Yahoo",
	"canvas": "all mail programs",
}
