package gather

import (
	"context"

	"vesper/digest"
)

// Source is a desk whose articles tell what is known of their stories.
type Source struct {
	Desk interface {
		Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error)
	}
	Archive interface {
		Stories(ctx context.Context) (map[string]digest.Story, error)
	}
}

// Articles gives every article on the desk, with what an editor should know of its story,
// and the flaws of the files that can't be read.
func (s Source) Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error) {
	articles, flaws, err := s.Desk.Articles(ctx)
	if err != nil {
		return nil, nil, err
	}
	stories, err := s.Archive.Stories(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i := range articles {
		if warning := stories[articles[i].ID].Mended.Warning(); warning != "" {
			articles[i].Notes = append(articles[i].Notes, warning)
		}
	}
	return articles, flaws, nil
}
