package templates

import (
	"cmp"
	"maps"
)

// look is a ready look: its colours, type, and the declarations in which it differs from
// another. Words, links and the order of things are the same in each, since the templates are.
type look struct {
	light, dark palette
	// sans is the family of what is scanned and not read.
	sans string
	// tokens are those of the design that are the look's own. They may name others.
	tokens map[string]string
}

// calm is the name of the look of who chooses none.
const calm = "calm"

// looks are those that a publication can choose from, by name.
var looks = map[string]look{
	calm: {
		light: ours, dark: oursDark, sans: sans,
		tokens: map[string]string{
			"headline": "bold",
			"wordmark": "40px/46px", "wordmark-phone": "34px/40px",
			"lead": "31px/38px", "lead-phone": "26px/32px",
			"story": "22px/28px",

			"nameplate": "padding:0 0 10px", "name": "margin:0",
			"folio": "border-top:3px solid @ink", "bar": "border-top:3px solid @ink",
			"rule": "@line", "rule-dark": "@line-dark", "centred": "", "quiet": "color:@muted", "corner": "6px", "marker": "square",
			"kicker": "color:@accent", "kicker-brief": "color:@accent",
			"looks-label": "border-top:2px solid;display:inline-block;font-size:@label-size;line-height:26px;" +
				"font-weight:bold;color:@accent",
			"also":      "bold @label @sans",
			"quote":     "margin:8px 0 12px;padding:0 0 0 12px;border-left:3px solid @accent;font:@text @serif",
			"quote-rtl": "margin:8px 0 12px;padding:0 12px 0 0;border-right:3px solid @accent;font:@text @serif",

			"page-rules": "",
		},
	},
	"broadsheet": {
		light: palette{
			paper: "#fbf7ee", ink: "#1d1914", accent: "#8c1c16",
			muted: "#575047", line: "#ddd5c5", edge: "#8b8272", bullet: "#a2453c", wash: "#f3ecdd",
		},
		dark: palette{
			paper: "#191613", ink: "#f1ebe0", accent: "#f2a99d",
			muted: "#b5ada0", line: "#3a342c", edge: "#8a8072", bullet: "#d08c80", wash: "#25211b",
		},
		sans: serif,
		tokens: map[string]string{
			"headline": "normal",
			"wordmark": "48px/64px", "wordmark-phone": "36px/50px",
			"lead": "36px/42px", "lead-phone": "30px/36px",
			"story": "25px/31px",

			"nameplate": "padding:0 0 8px;text-align:center", "name": "margin:0;border-top:4px double",
			"folio": "border-top:1px solid @ink;text-align:center", "bar": "border-top:4px double @ink;text-align:center",
			"rule": "@ink", "rule-dark": "@edge-dark", "centred": ";text-align:center",
			"quiet": "color:@muted;text-align:center", "corner": "0", "marker": "disc",
			// Small capitals are as high as the small letters beside them: they need a larger size.
			"kicker":       "font:small-caps bold 16px/20px @serif;color:@accent",
			"kicker-brief": "font-variant:small-caps;color:@accent",
			"looks-label":  "font:small-caps bold 16px/26px @serif;color:@accent",
			"also":         "small-caps bold 16px/26px @serif",
			"quote":        "margin:14px 18px 16px 0;" + broadsheetQuote + "italic @opening @serif",
			"quote-rtl":    "margin:14px 0 16px 18px;" + broadsheetQuote + "@opening @serif",

			"page-rules": broadsheetPage,
		},
	},
}

// broadsheetQuote sets somebody's words between two rules, in the middle.
const broadsheetQuote = "padding:8px 0;border-top:1px solid @accent;border-bottom:1px solid @accent;text-align:center;font:"

// broadsheetPage follows the rules that it changes, which are as specific.
const broadsheetPage = `.wordmark,h1.wordmark{padding:8px 0;border-top:4px double var(--ink);text-align:center}
.folio{justify-content:center;border-top-width:1px}
.lead .facts,.lead h2,.whole .facts,.whole h1,.briefs>h2,.end,.foot{text-align:center}
.ways{justify-content:center}
.briefs{border-top:4px double var(--ink)}
article .facts b.kicker,article .looks,nav h2{font:small-caps bold 16px/26px @serif}
article .looks{border:0}
article ul,.briefs ul{list-style:disc}
.brief .kicker{font-variant:small-caps}
.quote{margin:14px 18px 16px 0;padding:8px 0;border:solid var(--accent);border-width:1px 0;text-align:center;font:italic @opening @serif}
.quote:dir(rtl){margin:14px 0 16px 18px;font-style:normal}
button,.field input,.field select{border-radius:0}
`

// ready gives the look that a publication chose.
func (o Options) ready() look { return looks[cmp.Or(o.Look, calm)] }

// addTo adds the look's own tokens to those that they may name.
func (l look) addTo(all map[string]string) {
	shared := Set{tokens: maps.Clone(all)}
	for name, value := range l.tokens {
		value, err := shared.Expand("looks.html", value)
		if err != nil {
			panic(err) // Each look was tested.
		}
		all[name] = value
	}
}
