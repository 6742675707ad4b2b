package lint

import "strings"

// declaration is one of CSS. Raw is how it is written.
type declaration struct {
	property, value string
	important       bool
	raw             string
}

// rule is a selector with its declarations. Within is the @-rule around it, such as
// "@media (prefers-color-scheme:dark)", empty for none.
type rule struct {
	within, selector string
	declarations     []declaration
}

// declarations reads a style attribute, or what stands in a rule's braces.
func declarations(style string) []declaration {
	var all []declaration
	for _, raw := range split(withoutComments(style), ';') {
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		property, value, _ := strings.Cut(raw, ":")
		d := declaration{property: strings.ToLower(strings.TrimSpace(property)), value: strings.TrimSpace(value), raw: raw}
		if before, after, found := cutLast(d.value, "!"); found && strings.EqualFold(strings.TrimSpace(after), "important") {
			d.value, d.important = strings.TrimSpace(before), true
		}
		all = append(all, d)
	}
	return all
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// rules reads the content of a style element. What is not closed ends with it.
func rules(sheet string) []rule {
	return rulesWithin("", withoutComments(sheet), 0)
}

// deepest is how many @-rules may stand in each other: no sheet has more than two.
const deepest = 8

func rulesWithin(within, sheet string, depth int) []rule {
	var all []rule
	for sheet != "" {
		open := indexOutside(sheet, '{')
		if open < 0 {
			break
		}
		head := sheet[:open]
		if i := strings.LastIndexByte(head, ';'); i >= 0 {
			head = head[i+1:] // An @import or the like before it.
		}
		head = strings.TrimSpace(head)
		end := closing(sheet[open+1:])
		body := sheet[open+1 : open+1+end]
		sheet = sheet[min(len(sheet), open+end+2):]
		switch {
		case strings.HasPrefix(head, "@") && depth < deepest && strings.Contains(body, "{"):
			all = append(all, rulesWithin(head, body, depth+1)...)
		default:
			all = append(all, rule{within, head, declarations(body)})
		}
	}
	return all
}

// closing gives where the brace is closed that was opened before s, or its end.
func closing(s string) int {
	depth := 1
	for i := 0; i < len(s); {
		switch next := indexAnyOutside(s[i:], "{}"); {
		case next < 0:
			return len(s)
		case s[i+next] == '{':
			depth++
			i += next + 1
		default:
			if depth--; depth == 0 {
				return i + next
			}
			i += next + 1
		}
	}
	return len(s)
}

// split cuts s at each sep that is not within quotes or parentheses.
func split(s string, sep byte) []string {
	var all []string
	for {
		i := indexOutside(s, sep)
		if i < 0 {
			return append(all, s)
		}
		all, s = append(all, s[:i]), s[i+1:]
	}
}

func indexOutside(s string, c byte) int { return indexAnyOutside(s, string(c)) }

// indexAnyOutside gives the first of some octets that is not within quotes or
// parentheses, -1 if there is none.
func indexAnyOutside(s, chars string) int {
	var quote byte
	depth := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case depth == 0 && strings.IndexByte(chars, c) >= 0:
			return i
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		}
	}
	return -1
}

func withoutComments(css string) string {
	for {
		before, rest, found := strings.Cut(css, "/*")
		if !found {
			return css
		}
		_, after, _ := strings.Cut(rest, "*/")
		css = before + " " + after
	}
}
