package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

func newYork(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func renderer(t testing.TB) Renderer {
	return Renderer{
		Publication: digest.Publication{
			Name: "Harbour Courier", From: "Harbour Courier Evening <evening@courier.example>",
			ReplyTo: "Desk <desk@courier.example>", URL: "https://www.courier.example/",
			PostalAddress: "14 Chandlers Row, Port Ellery, ME 04000, USA",
			Language:      "en", Zone: newYork(t), BaseURL: "https://mail.courier.example",
			ArticleURL: "https://www.courier.example/{slug}/",
		},
		Layout: Layout{Lead: 1, Stories: 5, QuickLooks: 5},
	}
}

// edition gives the evening of November 22, 2026, a Sunday, with these articles.
func edition(t testing.TB, articles ...digest.Article) digest.Edition {
	day := digest.Date{Year: 2026, Month: time.November, Day: 22}
	six := time.Date(2026, time.November, 22, 18, 0, 0, 0, newYork(t))
	return digest.Edition{
		ID: digest.ID{Date: day, Slot: "evening", Sequence: 1}, Number: 7, Title: "Evening Edition",
		Window: digest.Window{From: six.AddDate(0, 0, -1), To: six}, Next: six.AddDate(0, 0, 1), Articles: articles,
	}
}

func ines(t testing.TB) Reader {
	return Reader{
		Address: "ines@reader.example", Unsubscribe: "AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT",
		Since: time.Date(2026, time.March, 12, 23, 30, 0, 0, newYork(t)),
	}
}

// five are the articles of an ordinary evening. Their Deep Looks are long enough
// to be told apart in minutes.
func five() []digest.Article {
	return []digest.Article{
		story("tidal-gates", "Port Ellery’s Council Rejects the State’s Tidal Gates", "Port Ellery", "Nadia Brandt", 610,
			`The council of Port Ellery voted down a plan by U.S. Representative Owen Hale to close the harbour with two tidal gates. Members said the plan gave the town a bill and no say. The vote leaves the coast without a common answer to winter floods.`,
			"Council members voted nine to four against the gates.", "The plan came from Representative Owen Hale in May.",
			"The town would have paid a third of the cost.", "Council chair: “We will not buy a door we cannot open.”",
			"Mr. Hale says he will bring the plan back in spring.", "Two neighbouring towns have already signed.",
			"Fishing crews feared long closures in the herring season.", "Engineers put the lifetime of the gates at 60 years.",
			"Floods closed the harbour road four times last winter.", "A smaller wall for the old quarter is still on the table."),
		story("night-ferry", "Night Ferry to the Outer Islands Sails Again After Six Years", "Saint Orly", "Jonas Petrov", 905,
			"The night ferry to the Outer Islands will sail four times a week from the first of December. It had stopped when its last ship was sold.",
			"Sailings start on December 1 with one ship.", "The crossing takes seven hours and forty minutes.",
			"Cabins cost as much as they did six years ago.", "Islanders: “It is a road for us, and it was shut.”",
			"The line gets a state grant for three winters.", "Bicycles travel free of charge until May.",
			"Freight space is booked out to the end of January.", "The ship was built for the Baltic and refitted here.",
			"The old terminal is being heated for the first time.", "A second ship depends on the numbers of the first year."),
		story("reading-rooms", "Reading Rooms Stay Open Until Midnight in Eleven Towns", "Calder Falls", "Miriam Oduya", 480,
			"Eleven towns will keep their library reading rooms open until midnight after a winter’s trial doubled evening visits.",
			"Eleven towns keep the longer hours for good.", "Evening visits doubled during the trial.",
			"Nurses and students came most often.", "Librarian: “People wanted light, warmth and quiet.”",
			"Staff work the late shift by choice, at a higher rate.", "Heating costs rose less than had been feared.",
			"Two towns dropped out for want of staff.", "A night bus now stops at six of the libraries.",
			"Lending machines stand in for the closed counters.", "The trial is written up for other states."),
		story("moss-roofs", "Moss Roofs Keep Schools Cooler, Three-Year Study Finds", "Tarn Valley", "Ilse Vandermeer", 730,
			"School roofs planted with moss kept classrooms three degrees cooler on hot days. The study followed forty schools for three years.",
			"Classrooms were three degrees cooler on hot days.", "Forty schools took part for three years.",
			"Moss needs no soil and little care.", "Lead author: “It is cheap, and it is slow.”",
			"Savings on cooling paid for the roofs in nine years.", "Old flat roofs often needed no strengthening.",
			"Birds pulled up a tenth of the plants in the first year.", "Rain ran off more slowly and more evenly.",
			"Two makers have since lowered their prices.", "Results on hospitals are due next summer."),
		story("cent-coins", "Shops on the North Coast Stop Handing Out Cent Coins", "Brae", "Callum Reyes", 260,
			"More than two hundred shops on the North Coast will round to the nearest five cents at the till. Card payments stay as they are.",
			"Two hundred and twelve shops have joined.", "Only the sum at the till is rounded.",
			"Card payments are charged to the cent.", "Baker: “I roll coins for an hour every Friday.”",
			"Banks charge for rolls of small coins since July.", "Customers may still pay with the coins they have."),
	}
}

func story(id, headline, dateline, byline string, deep int, summary string, looks ...string) digest.Article {
	return digest.Article{
		ID: id, Headline: headline, Source: "Harbour Courier", Dateline: dateline, Byline: byline,
		Label: "Evening Edition", Summary: summary, QuickLooks: looks, DeepLook: deepLook(deep),
	}
}

// deepLook gives about n words with a sub-heading.
func deepLook(n int) []digest.Block {
	const sentence = "The clerk read the letter aloud, the room went quiet, and someone opened a window on the harbour side. "
	half := strings.TrimSpace(strings.Repeat(sentence, n/38))
	return []digest.Block{{Text: half}, {Heading: true, Text: "What happens next"}, {Text: half}}
}

// stress are articles with something missing, odd or hostile.
func stress() []digest.Article {
	return []digest.Article{
		{
			ID: "long", URL: "https://www.courier.example/x/?a=1&b=2",
			Headline:   "Gezeitenkraftwerksgenehmigungsverfahrensbeschleunigungsgesetzentwurf Sent to https://long.example/a/path/without/any/break/that/goes/on/and/on",
			Dateline:   "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
			Summary:    "<script>alert(1)</script> & “quotes” stand\x00here as\r\ntyped\u2028with 夕方の新聞は改行なしで続きます and {{.Words}} too.",
			QuickLooks: []string{strings.Repeat("O", 96) + ".", "Only two Quick Looks here.", " \t "},
		},
		{ID: "bare-looks", Headline: "No Summary, No Byline, No Link Anywhere", QuickLooks: []string{"One.", "Two.", "Three."}, URL: "javascript:alert(1)"},
		{ID: "only summary/ü", Headline: "Only a Summary and a Section", Section: "Coast", Summary: "A summary from U.S. Coast Guard crews. And a second sentence.", DeepLook: deepLook(100)},
		{ID: "headline", Headline: "Only a Headline?"},
		five()[4],
		{ID: "sixth", Headline: `A "Quoted" Story`, Dateline: "Brae", QuickLooks: []string{"1.", "2.", "3.", "4.", "5.", "6.", "7."}, URL: "https://user:pw@evil.example/"},
		{ID: "brief-1", Headline: "First Brief", Section: "Coast", Summary: "One sentence. Then another.", URL: "https://www.courier.example/first's-(brief)"},
		{ID: "brief-2", Headline: "Second Brief", Section: "Coast", Summary: "No end to this one"},
		{ID: "brief-3", Headline: "Third Brief", Section: "Money"},
	}
}

// twelve fills an edition up to its briefs.
func many(n int) []digest.Article {
	var out []digest.Article
	for i := range n {
		a := five()[i%5]
		a.ID = fmt.Sprintf("%s-%d", a.ID, i)
		out = append(out, a)
	}
	return out
}
