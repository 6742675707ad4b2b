package intake

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed first_names.txt
var firstNamesList string

//go:embed places.txt
var placesList string

// placeOrPerson tells a dateline from a byline by its form: it gives the index of the
// field, 2 or 3, and -1 where it could be either.
func placeOrPerson(s, publication string) int {
	place, person := isPlace(s), isPerson(s, publication)
	switch {
	case place && !person:
		return 2
	case person && !place:
		return 3
	}
	return -1
}

// isPerson says whether a text can only be a byline: it says so, begins with a first name
// that is known or with an initial, or names an agency or the newsroom itself.
func isPerson(s, publication string) bool {
	words := strings.Fields(strings.ToLower(s))
	s, publication = strings.Join(words, " "), strings.ToLower(plainSpaces(publication))
	switch {
	case len(words) == 0:
		return false
	case slices.Contains(agencies, s), publication != "" && (s == publication || strings.HasPrefix(s, publication+" ")):
		return true
	case slices.ContainsFunc(words, func(w string) bool { return slices.Contains(newsroom, strings.Trim(w, ",()")) }):
		return true
	case len(words) == 1:
		return false
	case slices.Contains(byWords, words[0]):
		return true
	case slices.Contains(ofPlaces, words[len(words)-1]):
		return false
	}
	initial, size := utf8.DecodeRuneInString(words[0])
	_, named := firstNames()[words[0]]
	return named || unicode.IsLetter(initial) && words[0][size:] == "."
}

var (
	byWords  = []string{"by", "von", "par", "por", "di", "door", "av", "af"}
	newsroom = []string{
		"staff", "desk", "newsroom", "reporter", "reporters", "correspondent", "correspondents", "editor", "editors",
		"redaktion", "rédaction", "redacción", "redazione", "redação", "redactie",
	}
	agencies = []string{
		"ap", "afp", "dpa", "efe", "ansa", "upi", "reuters", "bloomberg", "associated press", "the associated press",
		"agence france-presse",
	}
	// ofPlaces end names of places that begin with a first name, such as Elizabeth City.
	ofPlaces = []string{
		"city", "town", "beach", "bay", "valley", "island", "islands", "springs", "falls", "park", "county", "creek",
		"hill", "hills", "point", "port", "harbor", "harbour", "lake", "river", "heights", "junction", "grove", "landing",
		"mountain", "mountains", "crossing", "base", "airport",
	}
)

// firstNames are common ones that are no places.
var firstNames = sync.OnceValue(func() map[string]struct{} {
	known := map[string]struct{}{}
	for _, name := range strings.Fields(firstNamesList) {
		known[name] = struct{}{}
	}
	return known
})

// isPlace says whether a text can only be a dateline: a place that is known, or letters that
// are capitals, as in "HAYWARD, Calif. (AP)".
func isPlace(s string) bool {
	s = plainSpaces(s)
	town, _, _ := strings.Cut(s, "(")
	town, _, _ = strings.Cut(town, ",")
	words := strings.Fields(town)
	if n := len(words); n > 1 && slices.Contains(regions, strings.ReplaceAll(words[n-1], ".", "")) {
		words = words[:n-1]
	}
	town = strings.Join(words, " ")
	_, known := places()[strings.ToLower(town)]
	capitals := utf8.RuneCountInString(town) > 4 && strings.ContainsFunc(town, unicode.IsUpper) &&
		!strings.ContainsFunc(town, unicode.IsLower)
	return known || capitals
}

// regions are what stands behind a town without a comma.
var regions = []string{"DC", "UK", "US", "USA", "UAE", "NY", "BC"}

// places are towns that datelines name without their country, and capitals.
var places = sync.OnceValue(func() map[string]struct{} {
	known := map[string]struct{}{}
	for town := range strings.SplitSeq(strings.TrimSpace(placesList), "\n") {
		known[strings.ToLower(town)] = struct{}{}
	}
	return known
})
