package mailbox

import (
	"net/http"
	"regexp"
	"strings"
)

// Frame gives the HTML of an email as a document for a frame of a page of ours, in a theme,
// "light" or "dark". It sets the header fields that keep the email in it: no script runs,
// nothing is fetched, links open in a new tab.
func Frame(h http.Header, html, theme string) string {
	return inFrame(h, html, readView(nil).with("theme", theme))
}

func inFrame(h http.Header, html string, v view) string {
	h.Set("Content-Security-Policy", frameCSP(v))
	// Browsers may refuse a document that has both this and a sandbox.
	h.Del("Cross-Origin-Opener-Policy")
	h.Set("Content-Type", "text/html; charset=utf-8")
	return framed(html, v["theme"])
}

// frameCSP is the policy that says what the HTML of a message may do: show itself,
// and open links in a new tab. It is in force too if the frame's address is opened
// alone. If images or styles are off, it is the browser that leaves them out, so
// that no markup can get round it.
func frameCSP(v view) string {
	images, styles := "data:", "style-src 'unsafe-inline'"
	if v["images"] == "off" {
		images = "'none'"
	}
	if v["styles"] == "off" {
		// Mail clients that drop <style> keep style attributes.
		styles = "style-src-elem 'none'; style-src-attr 'unsafe-inline'"
	}
	return "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " + styles +
		"; img-src " + images + "; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}

var (
	headTag   = regexp.MustCompile(`(?i)<head(?:\s[^>]*)?>`)
	doctype   = regexp.MustCompile(`(?i)^\s*<!doctype[^>]*>`)
	linkTag   = regexp.MustCompile(`(?i)<link([\s/>])`)
	innerTag  = regexp.MustCompile(`(?i)<(i?frame)([\s/>])`)
	styleTag  = regexp.MustCompile(`(?is)(<style(?:[\s/][^>]*)?>)(.*?)(</style|\z)`)
	startTag  = regexp.MustCompile(`(?i)<[a-z](?:[^>"']|"[^"]*"|'[^']*')*>`)
	metaName  = regexp.MustCompile(`(?is)^<meta\s(?:.*\s)?name\s*=\s*["']?color-scheme["'\s/>]`)
	contentOf = regexp.MustCompile(`(?i)(\scontent\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)`)
	mediaAttr = regexp.MustCompile(`(?i)\smedia\s*=\s*(?:"[^"]*"|'[^']*')`)

	// cssToken finds what matters in CSS. Comments and strings come first, so that
	// nothing inside of them is found.
	cssToken = regexp.MustCompile(`(?is)/\*.*?(?:\*/|\z)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'` +
		`|@media(?:/\*.*?\*/|[^{;])*|[-\w]*color-scheme\s*:[^;{}!]*`)
	// prefers is the question which theme is wanted (Media Queries 5, 12.5). Spaces
	// and comments may stand between its words.
	prefers = regexp.MustCompile(`(?is)\(` + gap + `prefers-color-scheme` + gap + `:` +
		gap + `(light|dark)` + gap + `\)`)
)

const gap = `(?:\s|/\*.*?\*/)*`

// quiet takes away what makes a browser connect to a host before it looks at the
// policy: <link rel="preconnect">, and frames in the message. It replaces the tags
// wherever they stand, so that it does not matter how a browser reads the markup
// around them. A link becomes an element that does nothing. A frame gets an address
// before its own: of two attributes with the same name browsers take the first.
func quiet(html string) string {
	html = linkTag.ReplaceAllString(html, "<basefont$1")
	return innerTag.ReplaceAllString(html, `<$1 src="about:blank" srcdoc=""$2`)
}

// framed is the HTML of a message for a frame: quiet, and with links that open in a
// new tab. A theme other than "system" is forced on it, whatever theme the system
// has. All else that the message may not do is left to [frameCSP].
func framed(html, theme string) string {
	html = quiet(html)
	first := `<base target="_blank">`
	if theme == "light" || theme == "dark" {
		var declared bool
		if html, declared = force(html, theme); !declared {
			// Without this the text would be black on dark paper.
			first += `<meta name="color-scheme" content="` + theme + `">`
		}
	}
	// If it stood before the doctype, the document would be laid out in another way.
	at := headTag.FindStringIndex(html)
	if at == nil {
		at = doctype.FindStringIndex(html)
	}
	if at == nil {
		return first + html
	}
	return html[:at[1]] + first + html[at[1]:]
}

// force answers all questions for the theme in a document: in the conditions of CSS,
// in media attributes, and where the document says that it has both themes. declared
// says whether it has a meta element about that.
func force(html, theme string) (out string, declared bool) {
	html = styleTag.ReplaceAllStringFunc(html, func(element string) string {
		m := styleTag.FindStringSubmatch(element)
		return m[1] + forceCSS(m[2], theme) + m[3]
	})
	html = startTag.ReplaceAllStringFunc(html, func(tag string) string {
		if metaName.MatchString(tag) {
			declared = true
			return contentOf.ReplaceAllStringFunc(tag, func(attribute string) string {
				m := contentOf.FindStringSubmatch(attribute)
				if !both(strings.Trim(m[2], `"'`)) {
					return attribute
				}
				return m[1] + `"` + theme + `"`
			})
		}
		return mediaAttr.ReplaceAllStringFunc(tag, func(attribute string) string {
			return answer(attribute, theme)
		})
	})
	return html, declared
}

func forceCSS(css, theme string) string {
	return cssToken.ReplaceAllStringFunc(css, func(token string) string {
		if token[0] == '@' {
			return answer(token, theme)
		}
		name, schemes, ok := strings.Cut(token, ":")
		if ok && strings.EqualFold(strings.TrimSpace(name), "color-scheme") && both(schemes) {
			return name + ":" + theme
		}
		return token
	})
}

// answer replaces each question for the theme by a condition that is always true, or
// never. The condition has parentheses, so it can stand after "not" and "and".
func answer(condition, theme string) string {
	return prefers.ReplaceAllStringFunc(condition, func(question string) string {
		if strings.EqualFold(prefers.FindStringSubmatch(question)[1], theme) {
			return "(min-width:0px)"
		}
		return "(max-width:-1px)"
	})
}

// both says whether a list of colour schemes has both, and so leaves the choice to the
// system.
func both(schemes string) bool {
	list := strings.Join(strings.Fields(strings.ToLower(schemes)), " ")
	return list == "light dark" || list == "dark light"
}
