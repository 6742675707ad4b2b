package mailbox

import (
	"maps"
	"net/url"
	"strconv"
)

// choice is one setting of a page, which stands in its address. The first value is
// taken if the address has none, or one that does not exist.
type choice struct {
	Key, Label string
	Values     []value
}

type value struct{ Name, Label string }

// views says which side of a message is shown.
var views = choice{"view", "View", []value{
	{"html", "HTML"},
	{"overview", "Overview"},
	{"text", "Text"},
	{"headers", "Headers"},
	{"source", "Source"},
}}

// choices are all settings of a page, in the order of its address. The first value of
// each leaves the message as it came.
var choices = []choice{
	views,
	{"width", "Width", []value{{"fit", "Fit"}, {"desktop", "Desktop"}, {"phone", "Phone"}}},
	{"theme", "Theme", []value{{"system", "System"}, {"light", "Light"}, {"dark", "Dark"}}},
	{"images", "Images", []value{{"on", "On"}, {"off", "Off"}}},
	{"styles", "Styles", []value{{"on", "On"}, {"off", "Off"}}},
	{"form", "Form", []value{{"decoded", "Decoded"}, {"raw", "As sent"}}},
}

// offered says which settings a view has.
var offered = map[string][]string{
	"html":     {"width", "theme", "images", "styles"},
	"overview": {"images", "styles"},
	"headers":  {"form"},
}

// view is the state of a page: one of the values for every key.
type view map[string]string

// readView takes the state from an address.
func readView(query url.Values) view {
	v := view{}
	for _, c := range choices {
		v[c.Key] = c.Values[0].Name
		for _, one := range c.Values {
			if query.Get(c.Key) == one.Name {
				v[c.Key] = one.Name
			}
		}
	}
	return v
}

// with gives the state with other values, in pairs of key and value.
func (v view) with(pairs ...string) view {
	other := maps.Clone(v)
	for i := 0; i+1 < len(pairs); i += 2 {
		other[pairs[i]] = pairs[i+1]
	}
	return other
}

// page gives the address of a message's page in this state.
func (v view) page(number int) string { return "/m/" + strconv.Itoa(number) + v.query() }

// frame gives the address of the message's HTML in this state. It has only the
// settings that change what is served.
func (v view) frame(number int) string {
	served := readView(nil).with("theme", v["theme"], "images", v["images"], "styles", v["styles"])
	return "/m/" + strconv.Itoa(number) + "/html" + served.query()
}

// query writes the values that are not the first ones.
func (v view) query() string {
	out := ""
	for _, c := range choices {
		if v[c.Key] != c.Values[0].Name {
			out += "&" + c.Key + "=" + v[c.Key]
		}
	}
	if out == "" {
		return ""
	}
	return "?" + out[1:]
}

// link leads to a page. Current says that it is the page that is shown.
type link struct {
	Label, Href string
	Current     bool
}

// group is a setting as links, one for each value.
type group struct {
	Label string
	Links []link
}

// links gives a setting as links to the same message in other states. Values that the
// message does not have are left out.
func (v view) links(number int, c choice, has func(string) bool) group {
	g := group{Label: c.Label}
	for _, one := range c.Values {
		if has == nil || has(one.Name) {
			g.Links = append(g.Links, link{one.Label, v.with(c.Key, one.Name).page(number), v[c.Key] == one.Name})
		}
	}
	return g
}
