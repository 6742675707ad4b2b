package lint

import (
	"regexp"
	"sync"
)

// fact is what some mail programs don't show. The facts are those of caniemail.com, from its
// data of September 2025; words and hints are our own. What only adorns, and is not missed
// where it fails (round corners, a marker's colour, a balanced headline), is not here.
type fact struct {
	// property and value are those of a declaration.
	property, value pattern
	// what does nothing in the mail programs that fail at it, and a hint.
	what, fails, hint string
}

// pattern is made when it is first asked: who only sends mail has no memory to give for it.
type pattern func() *regexp.Regexp

func (p pattern) matches(text string) bool { return p().MatchString(text) }

func of(text string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func is(text string) pattern   { return of(`^(?:` + text + `)$`) }
func with(text string) pattern { return of(`(?i)` + text) }

var anything = is(`(?s).*`)

const (
	inWindows = "Outlook on Windows"
	inAll     = "Gmail, Outlook and Yahoo"

	table   = "use a table"
	sides   = "write left, right, top or bottom, from .Side"
	onePx   = "write it in px"
	hexa    = "write it as #rrggbb"
	noImage = "the design has no images"
	without = "the design does without it"
)

// facts are about style attributes, and rules that are not within an @media.
var facts = []fact{
	// What puts things side by side, or out of the flow.
	{is(`display`), is(`(inline-)?flex`), "a flex box", inWindows, table},
	{is(`display`), is(`(inline-)?grid`), "a grid", inAll, table},
	{
		is(`gap|(row|column)-gap|(align|justify|place)-.*|flex-.*|grid-.*|grid|flex|order`), anything,
		"this property", inAll, table,
	},
	{is(`position`), is(`absolute|fixed|sticky|relative`), "what leaves the flow", inAll, table},
	{is(`top|left|right|bottom|z-index|inset`), anything, "this property", inAll, table},
	{is(`float|clear`), anything, "what text flows round", inWindows, table},
	{is(`columns|column-.*`), anything, "columns", "Outlook on Windows and Yahoo", "the design has one column"},
	{is(`shape-.*|scroll-.*`), anything, "this property", inAll, without},
	{is(`writing-mode|text-orientation`), anything, "this property", "Outlook on Windows and Yahoo", without},
	{is(`table-layout|caption-side|empty-cells`), anything, "this property", inWindows, `use width="100%"`},
	// Sizes and sides.
	{is(`(margin|padding|border)-(inline|block).*`), anything, "a logical side", inAll, sides},
	{is(`((min|max)-)?(inline|block)-size`), anything, "a logical size", inAll, "write width or height"},
	{is(`text-align`), is(`start|end`), "start or end", "Gmail and Outlook", sides},
	{is(`text-align-last|text-justify`), anything, "this property", "Outlook and Yahoo", without},
	{
		is(`min-width|min-height|max-height|overflow(-[xy])?`), anything,
		"this property", inWindows, "let the text take its room",
	},
	{is(`aspect-ratio`), anything, "this property", inAll, "write width and height"},
	{is(`box-sizing`), anything, "this property", "Outlook on Windows and Yahoo", "count the padding in"},
	{
		is(`(?s)((min|max)-)?(width|height)|margin.*|padding.*`), is(`(fit|min|max)-content`),
		"this value", "Outlook, Yahoo and Samsung Email", onePx,
	},
	{anything, with(`\b(calc|min|max|clamp)\(`), "a size that is worked out", "Outlook and Yahoo", onePx},
	{anything, with(`\d(rem|ch|vmin|vmax)\b`), "this unit", "Outlook on Windows and Yahoo", onePx},
	{anything, with(`\d(vw|vh)\b`), "this unit", inWindows, onePx},
	{anything, is(`initial|unset|revert`), "this value", "Outlook on Windows and Yahoo", "write the value itself"},
	// Colours and images.
	{is(`--.*`), anything, "a variable", inAll, "write the value, or a token such as @ink"},
	{anything, with(`var\(`), "a variable", inAll, "write the value, or a token such as @ink"},
	{anything, with(`\b(rgba|hsla?)\(`), "this form of a colour", inWindows, hexa},
	{
		anything, with(`\b(color-mix|color|oklch|oklab|lch|lab|hwb|light-dark)\(|rgb\([^,)]*\)`),
		"this form of a colour", inAll, hexa,
	},
	{is(`background(-image)?`), with(`gradient\(`), "a gradient", "Outlook and Yahoo", "use one colour"},
	{is(`background-image`), anything, "a background image", inWindows, noImage},
	{is(`background`), with(`url\(`), "a background image", inWindows, noImage},
	{
		is(`background-(size|position|repeat|clip|origin|attachment|blend-mode)`), anything,
		"this property", inWindows, noImage,
	},
	{is(`list-style-image`), anything, "an image as a list's mark", inAll, "use square, disc or decimal"},
	{is(`list-style`), with(`url\(`), "an image as a list's mark", inAll, "use square, disc or decimal"},
	{is(`list-style-position`), anything, "this property", inWindows, without},
	{is(`object-fit|object-position`), anything, "this property", "Outlook on Windows and Yahoo", noImage},
	{
		is(`border-image.*|mask.*|clip-path|backdrop-filter|filter|transform.*|rotate|scale|translate`), anything,
		"this property", inAll, without,
	},
	{is(`opacity|outline.*`), anything, "this property", inWindows, "mix the colour yourself"},
	{is(`box-shadow`), anything, "a shadow", "Gmail, Outlook on Windows and Yahoo", "use a border"},
	{is(`text-shadow|mix-blend-mode`), anything, "this property", "Gmail and Outlook on Windows", without},
	{is(`animation.*|transition.*`), anything, "movement", inAll, without},
	// Text.
	{
		is(`visibility`), anything,
		"this property", "Gmail and Outlook on Windows", "leave out what nobody is to see",
	},
	{
		is(`white-space(-collapse)?|text-overflow`), anything,
		"this property", "Outlook on Windows, Yahoo and Samsung Email", "use &#160; where no line may break",
	},
	{is(`overflow-wrap`), anything, "this property", inAll, "word-break:break-word is known to more"},
	{
		is(`text-decoration-(color|style|thickness|line|skip-ink)|text-underline-.*`), anything,
		"this property", inWindows, "write text-decoration:underline",
	},
	{
		is(`word-spacing|font-stretch|text-emphasis.*`), anything,
		"this property", "Outlook on Windows and Yahoo", without,
	},
}

// selectors that not all know, outside of the rules for dark mode: those who have that mode
// know these too.
var selectors = []struct {
	pattern           pattern
	what, fails, hint string
}{
	{
		with(`::?(before|after|first-letter|first-line)`),
		"what is added to an element", inAll, "write it into the template",
	},
	{
		with(`:(first|last|only|nth)-|:(not|has|is|where|lang|checked|target|focus|active)\b`),
		"this pseudo-class", "Gmail and Outlook on Windows", "give the element a class",
	},
	{with(`[>+~*]`), "this way to select", inWindows, "give the element a class"},
	{with(`@(container|layer|scope|keyframes)`), "this rule", inAll, without},
}

// known is what fails at an element or an attribute, and a hint.
type known struct{ fails, hint string }

// elements are those that mail programs take out, or show without what they do.
var elements = map[string]known{
	"script": {"all mail programs", without}, "iframe": {"all mail programs", "link to the page"},
	"object": {"all mail programs", "link to it"}, "embed": {"all mail programs", "link to it"},
	"canvas":   {"all mail programs", without},
	"form":     {"Outlook and Yahoo", "link to a page that has it"},
	"input":    {"Outlook and Yahoo", "link to a page that has it"},
	"select":   {"Outlook and Yahoo", "link to a page that has it"},
	"textarea": {"Outlook and Yahoo", "link to a page that has it"},
	"button":   {"Outlook and Yahoo", "use a link in a cell with a colour, as confirmation.html has"},
	"video":    {inAll, "link to it"},
	"audio":    {inAll, "link to it"},
	"svg":      {inAll, noImage},
	"picture":  {inAll, noImage},
	"map":      {inWindows, noImage},
	"link":     {inAll, "put the style into the template"},
	"base":     {inAll, "write whole addresses"},
	"details":  {"Gmail and Outlook", "show it, or leave it to the article's page"},
	"dialog":   {inAll, "show it, or leave it to the article's page"}, "marquee": {"Gmail and Outlook", without},
	"meter":    {inAll, "write the number"},
	"progress": {inAll, "write the number"},
	"ruby":     {"Gmail and Outlook", without},
	"bdi":      {inAll, "use a <span> with dir"},
}

// attributes are those that do nothing in some.
var attributes = map[string]known{
	"background": {inWindows + ", and is fetched by the others", noImage},
	"srcset":     {inAll, noImage},
	"hidden":     {inAll, "leave out what nobody is to see"},
	"popover":    {inAll, without},
	"onclick":    {"all mail programs", "use a link"}, "contenteditable": {"all mail programs", without},
}
