package digest

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// shelf has the articles that are kept, and finds the one that tells the story of another.
// Comparing each with each would take minutes at some ten thousand articles. Two sets that
// have a given part in common also have one of their rarest members in common, so only
// articles of other feeds with such a shingle, or with such a figure if those are fewer, are
// compared: no other can tell the same story.
type shelf struct {
	kept                []*gist
	byShingle, byFigure index
	// met says for each that is kept the number of the look for which it was compared.
	met  []int
	look int
}

// index has the articles that have a member among their rarest, feed by feed: those of one
// feed are never compared, and may all have the same words.
type index map[uint64][]ofFeed

type ofFeed struct {
	feed   int32
	places []int32
}

// noFigures stands for the figures of an article without any: it is compared with those
// that have none either.
var noFigures = []uint64{0}

// put keeps an article.
func (s *shelf) put(g *gist) {
	g.place = int32(len(s.kept))
	s.kept, s.met = append(s.kept, g), append(s.met, 0)
	s.byShingle.put(g, g.rareShingles)
	s.byFigure.put(g, g.rareFigures)
}

func (x index) put(g *gist, rare []uint64) {
	for _, member := range rare {
		of := x[member]
		i := slices.IndexFunc(of, func(f ofFeed) bool { return f.feed == g.feed })
		if i < 0 {
			of, i = append(of, ofFeed{feed: g.feed}), len(of)
		}
		of[i].places = append(of[i].places, g.place)
		x[member] = of
	}
}

// nearest gives the article that tells the same story in the most of the same words, of
// equals the one that was kept first, and which part of the words is the same; nil for none.
func (s *shelf) nearest(g *gist) (*gist, float64) {
	s.look++
	x, rare := s.byShingle, g.rareShingles
	if n := x.count(g, rare, math.MaxInt); s.byFigure.count(g, g.rareFigures, n) < n {
		x, rare = s.byFigure, g.rareFigures
	}
	var nearest *gist
	most := 0.0
	for _, member := range rare {
		for _, of := range x[member] {
			if of.feed == g.feed {
				continue
			}
			for _, place := range of.places {
				if s.met[place] == s.look {
					continue
				}
				s.met[place] = s.look
				other := s.kept[place]
				if part := g.part(other); g.tells(other, part) &&
					(part > most || part == most && place < nearest.place) {
					nearest, most = other, part
				}
			}
		}
	}
	return nearest, most
}

// count says how many articles of other feeds have the members, each as often as it has
// them. It counts no further than to the least number that is too many.
func (x index) count(g *gist, rare []uint64, tooMany int) (n int) {
	for _, member := range rare {
		if n >= tooMany {
			break
		}
		for _, of := range x[member] {
			if of.feed != g.feed {
				n += len(of.places)
			}
		}
	}
	return n
}

// part is which part of the shingles of two articles both have, or 0 where it can't be enough.
func (g *gist) part(other *gist) float64 {
	a, b := len(g.shingles), len(other.shingles)
	if share(min(a, b), a, b) < sameStory {
		return 0
	}
	return share(inBoth(g.shingles, other.shingles), a, b)
}

// rarest makes the gists, says which of their members are the rarest, and leaves out what is
// like no other: what is too short, or has too little that another feed has too.
func rarest(gists []*gist) []*gist {
	feeds := map[string]int32{}
	for _, g := range gists {
		name := g.choice.Article.Feed
		if _, there := feeds[name]; !there {
			feeds[name] = int32(len(feeds))
		}
		g.feed = feeds[name]
	}
	if len(feeds) < 2 {
		return nil
	}
	nShingles, nFigures := 0, 0
	gists = slices.DeleteFunc(gists, func(g *gist) bool {
		g.read()
		nShingles, nFigures = nShingles+len(g.shingles), nFigures+len(g.figures)
		return len(g.shingles) < leastShingles
	})
	shingles, figures := newTally(nShingles), newTally(nFigures)
	for _, g := range gists {
		shingles.count(g.shingles, g.feed)
		figures.count(g.figures, g.feed)
	}
	return slices.DeleteFunc(gists, func(g *gist) bool {
		g.rareShingles = shingles.rare(g.shingles, sameStory)
		if g.rareFigures = noFigures; len(g.figures) > 0 {
			g.rareFigures = figures.rare(g.figures, sameFigures)
		}
		return len(g.rareShingles) == 0 || len(g.rareFigures) == 0
	})
}

// tally counts in how many articles a member is, and says whether several feeds have it. It
// counts members with the same last bits together: that may cost a comparison and never
// leaves one out, since all that is needed is an order that is the same for all.
type tally []counted

type counted struct {
	articles int32
	feed     int32 // its number and one, or severalFeeds
}

const severalFeeds = -1

// newTally makes one for so many members, in 32 MB at most.
func newTally(members int) tally { return make(tally, 1<<min(bits.Len(uint(2*members)), 22)) }

func (t tally) at(member uint64) *counted { return &t[member&uint64(len(t)-1)] }

func (t tally) count(members []uint64, feed int32) {
	for _, m := range members {
		c := t.at(m)
		c.articles++
		switch c.feed {
		case 0:
			c.feed = feed + 1
		case feed + 1:
		default:
			c.feed = severalFeeds
		}
	}
}

// rare gives those of a set's members of which another set must have one, if both have at
// least the part in common. Of n members the other has part × n at least: of all but one
// fewer than these it has one. Members that no other feed has go first and are left out.
func (t tally) rare(members []uint64, part float64) []uint64 {
	all := slices.Clone(members)
	slices.SortFunc(all, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(t.rank(a), t.rank(b)), cmp.Compare(a, b))
	})
	all = all[:len(all)-int(math.Ceil(part*float64(len(all))))+1]
	return slices.Clip(slices.DeleteFunc(all, func(m uint64) bool { return t.rank(m) == 0 }))
}

// rank is how many articles have a member, 0 if all are of one feed.
func (t tally) rank(member uint64) int32 {
	if c := t.at(member); c.feed == severalFeeds {
		return c.articles
	}
	return 0
}
