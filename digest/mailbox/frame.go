package mailbox

import (
	"regexp"
	"strings"
)

// frameCSP is what the HTML of a message may do in a state of the page: show
// itself and open links in a new tab. It holds too when the frame's address is
// opened on its own. What a view leaves out is left out here, by the browser,
// so that no markup can get round it.
func frameCSP(v view) string {
	images, styles := "data:", "style-src 'unsafe-inline'"
	if v["images"] == "off" {
		images = "'none'"
	}
	if v["styles"] == "off" {
		// Attributes are what is left where a mail client drops <style>.
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

	// cssToken is what matters in CSS, after what only looks like it: comments
	// and strings.
	cssToken = regexp.MustCompile(`(?is)/\*.*?(?:\*/|\z)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'` +
		`|@media(?:/\*.*?\*/|[^{;])*|[-\w]*color-scheme\s*:[^;{}!]*`)
	// prefers is the question for the theme (Media Queries 5, 12.5).
	prefers = regexp.MustCompile(`(?is)\((?:\s|/\*.*?\*/)*prefers-color-scheme(?:\s|/\*.*?\*/)*:(?:\s|/\*.*?\*/)*(light|dark)(?:\s|/\*.*?\*/)*\)`)
)

// quiet takes away what makes a browser connect to a host before it looks at the
// policy: <link rel="preconnect"> and frames within the message. It is done
// wherever their names stand, so that it does not hang on how markup is read: a
// link becomes an element that parsers treat alike and that does nothing, and of
// attributes that stand twice the first counts.
func quiet(html string) string {
	html = linkTag.ReplaceAllString(html, "<basefont$1")
	return innerTag.ReplaceAllString(html, `<$1 src="about:blank" srcdoc=""$2`)
}

// framed is the HTML of a message as a frame gets it: quiet, with links that open
// in a new tab, and with a theme that, unless it is "system", holds whatever the
// reader's system has. All else that the message may not do is frameCSP's.
func framed(html, theme string) string {
	html = quiet(html)
	first := `<base target="_blank">`
	if theme == "light" || theme == "dark" {
		var declared bool
		if html, declared = force(html, theme); !declared {
			// Without it the text is black on the frame's dark paper.
			first += `<meta name="color-scheme" content="` + theme + `">`
		}
	}
	// Before the doctype it would change how the document is laid out.
	at := headTag.FindStringIndex(html)
	if at == nil {
		at = doctype.FindStringIndex(html)
	}
	if at == nil {
		return first + html
	}
	return html[:at[1]] + first + html[at[1]:]
}

// force settles what a document asks about the theme: in the conditions of
// style sheets, in media attributes, and where it declares to have both. It
// tells whether the document declares in a meta element what it has.
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
		return mediaAttr.ReplaceAllStringFunc(tag, func(attribute string) string { return answer(attribute, theme) })
	})
	return html, declared
}

func forceCSS(css, theme string) string {
	return cssToken.ReplaceAllStringFunc(css, func(token string) string {
		if token[0] == '@' {
			return answer(token, theme)
		}
		if name, schemes, ok := strings.Cut(token, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "color-scheme") && both(schemes) {
			return name + ":" + theme
		}
		return token
	})
}

// answer puts in the place of each question for the theme what is always or
// never so. Its parentheses keep it in place after "not" and "and".
func answer(condition, theme string) string {
	return prefers.ReplaceAllStringFunc(condition, func(question string) string {
		if strings.EqualFold(prefers.FindStringSubmatch(question)[1], theme) {
			return "(min-width:0px)"
		}
		return "(max-width:-1px)"
	})
}

// both tells whether a list of colour schemes leaves the choice to the system.
func both(schemes string) bool {
	words := strings.Fields(strings.ToLower(schemes))
	return len(words) == 2 && (words[0] == "light" && words[1] == "dark" || words[0] == "dark" && words[1] == "light")
}
