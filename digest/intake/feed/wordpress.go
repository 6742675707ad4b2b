package feed

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// post is what WordPress's REST API answers for a post (/wp/v2/posts). Fields that a site
// may leave out, or write in another type, are read with care.
type post struct {
	ID          json.Number `json:"id"`
	Date        string      `json:"date"`
	DateGMT     string      `json:"date_gmt"`
	ModifiedGMT string      `json:"modified_gmt"`
	Status      string      `json:"status"`
	Type        string      `json:"type"`
	Link        string      `json:"link"`
	GUID        rendered    `json:"guid"`
	Title       rendered    `json:"title"`
	Content     rendered    `json:"content"`
	Excerpt     rendered    `json:"excerpt"`
	Embedded    embedded    `json:"_embedded"`
}

type rendered struct {
	Rendered  string `json:"rendered"`
	Protected bool   `json:"protected"`
}

type embedded struct {
	Author []term   `json:"author"`
	Terms  [][]term `json:"wp:term"`
}

type term struct {
	Name     string `json:"name"`
	Taxonomy string `json:"taxonomy"`
}

// parsePosts reads an answer with posts. What is not published, or asks for a password, is
// no story.
func parsePosts(text []byte, from *url.URL) (Feed, error) {
	var posts []post
	if err := json.Unmarshal(text, &posts); err != nil {
		return Feed{}, fmt.Errorf("its JSON is broken: %w", err)
	}
	f := Feed{Format: "WordPress", Left: max(0, len(posts)-MaxItems)}
	if from != nil {
		f.Link = from.Scheme + "://" + from.Host + "/"
	}
	for _, p := range posts[:min(len(posts), MaxItems)] {
		if p.Status != "" && p.Status != "publish" || p.Content.Protected {
			continue
		}
		if p.Title.Rendered == "" && p.Link == "" {
			return Feed{}, ErrNoFeed
		}
		f.Items = append(f.Items, fromPost(p, from))
	}
	return f, nil
}

func fromPost(p post, from *url.URL) Item {
	item := Item{
		GUID: p.GUID.Rendered, URL: resolve(from, p.Link), Title: Line(p.Title.Rendered),
		Summary: p.Excerpt.Rendered, Content: p.Content.Rendered,
		// Times of GMT are written without a zone, as are those of the site, which are
		// only taken where there is no other.
		Published: Date(p.DateGMT), Updated: Date(p.ModifiedGMT),
	}
	if item.Published.IsZero() {
		item.Published = Date(p.Date)
	}
	if n, err := strconv.ParseInt(p.ID.String(), 10, 64); err == nil && n > 0 {
		item.Post = p.ID.String()
		if item.GUID == "" && from != nil {
			item.GUID = from.Scheme + "://" + from.Host + "/?p=" + item.Post
		}
	}
	for _, group := range p.Embedded.Terms {
		for _, t := range group {
			switch t.Taxonomy {
			case "category":
				if t.Name != "Uncategorized" {
					item.Sections = add(item.Sections, Line(t.Name))
				}
			case "author":
				// Co-Authors Plus names those who wrote together.
				item.Authors = add(item.Authors, Line(t.Name))
			}
		}
	}
	if len(item.Authors) == 0 {
		for _, a := range p.Embedded.Author {
			item.Authors = add(item.Authors, Line(a.Name))
		}
	}
	return item
}
