package render

import (
	"fmt"
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
		Preferences: "AQFwkJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT",
		Since:       time.Date(2026, time.March, 12, 23, 30, 0, 0, newYork(t)),
	}
}

// fixture gives the articles of a file of fixtures.
func fixtureArticles(t testing.TB, name string) []digest.Article {
	t.Helper()
	articles, err := Fixtures(name)
	if err != nil {
		t.Fatal(err)
	}
	return articles
}

// five are the articles of an ordinary evening.
func five(t testing.TB) []digest.Article { return fixtureArticles(t, "articles")[:5] }

// stress are articles with something missing, odd or hostile.
func stress(t testing.TB) []digest.Article { return fixtureArticles(t, "stress") }

// many fills an edition up to its briefs. After thirty the articles are repeated.
func many(t testing.TB, n int) []digest.Article {
	all := fixtureArticles(t, "articles")
	var out []digest.Article
	for i := range n {
		a := all[i%len(all)]
		if i >= len(all) {
			a.ID = fmt.Sprintf("%s-%d", a.ID, i)
		}
		out = append(out, a)
	}
	return out
}
