package config

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strings"

	"vesper/digest"
)

// Desk is [desk]: where the articles lie.
type Desk struct {
	// Dir is the folder of articles. Default: "desk".
	Dir string `toml:"dir"`
	// ArticleURL makes a URL for an article that carries none: "{slug}" in it stands
	// for the headline's slug. Default: empty, the readers' pages show the article.
	ArticleURL string `toml:"article_url"`
	// Keep is the age from which fetched articles leave the desk, if nobody changed their
	// files. Those that people wrote or changed stay. Default: "14d"; "0s" keeps all.
	Keep Duration `toml:"keep"`
	// Sections are those whose stories come first among the briefs, in this order, such as
	// ["City", "Business"]. Others follow, newest first. Default: none.
	Sections []string `toml:"sections"`
}

// Feed is one [[feed]] that articles come from. Left out, there is none.
type Feed struct {
	// URL is the address of an RSS, Atom or JSON feed, or of WordPress's REST posts:
	// "vesper feeds test" finds it. No default.
	URL string `toml:"url"`
	// Section is the section of its articles that name none. Default: empty.
	Section string `toml:"section"`
	// Pages says that the text of its stories may stand in the edition and on the readers'
	// pages, although they lie on another host than the publication's url. Default: false,
	// they have headline, summary, source and link.
	Pages bool `toml:"pages"`
	// WithoutQuickLooks is what becomes of a story without Quick Looks: "summary" sets it
	// with its summary, "skip" leaves it out. Default: "summary".
	WithoutQuickLooks string `toml:"without_quick_looks"`
	// OnUpdate is what becomes of a story that its publisher changes after it was printed:
	// "ignore" prints nothing more of it; "carry" prints Quick Looks that are new, marked as
	// an update, in the next edition, and at most three times. Default: "ignore".
	OnUpdate string `toml:"on_update"`
	// Include are the stories that are taken, such as ["section: City", "url: */news/*"]:
	// a headline, section, byline or url, in which * stands for any text. Default: all.
	Include []string `toml:"include"`
	// Exclude are those of them that are not, such as ["headline: *advertorial*"]. Default:
	// none.
	Exclude []string `toml:"exclude"`
	// AllowPrivate are addresses of your own network, or ranges of them, that this feed may
	// be fetched from, such as ["192.168.1.0/24"]. Default: none, only public ones.
	AllowPrivate []string `toml:"allow_private"`
}

// Templates is [templates]: the paper's own looks and words.
type Templates struct {
	// Dir is a folder whose files stand in for built-in templates and words of the same
	// name. Default: empty, the built-in ones are used.
	Dir string `toml:"dir"`
}

// checkPaths refuses what only a shell replaces.
func checkPaths(c *Config, r *Report) {
	paths := map[string]string{
		"desk.dir": c.Desk.Dir, "templates.dir": c.Templates.Dir, "database.path": c.Database.Path,
		"dkim.key_file": c.DKIM.KeyFile, "dkim.ed25519": c.DKIM.Ed25519, "database.password_file": c.Database.PasswordFile,
	}
	for i, one := range c.Relay {
		paths[fmt.Sprintf("relay.%d.password_file", i)] = one.PasswordFile
	}
	for key, path := range paths {
		if strings.HasPrefix(path, "~") || variable.MatchString(path) {
			r.Flaw(key, fmt.Sprintf("%s %q has a ~ or a $ in it, which only a shell understands",
				key[strings.LastIndexByte(key, '.')+1:], path), "write the path in full")
		}
	}
}

var variable = regexp.MustCompile(`\$[A-Za-z_{]`)

func checkDesk(c *Config, r *Report) {
	if c.Desk.Keep < 0 {
		r.Flaw("desk.keep", "keep is negative", `write how long fetched articles stay, such as "14d"; "0s" keeps all`)
	}
	if a := c.Desk.ArticleURL; a != "" {
		plain := strings.ReplaceAll(a, "{slug}", "slug")
		r.link("desk.article_url", "article_url", plain)
		if strings.ContainsAny(plain, "{}") {
			r.Flaw("desk.article_url", fmt.Sprintf("article_url %q has something else than slug in braces", a),
				`only {slug} is replaced: "https://www.news.example/{slug}/"`)
		}
	}
	for _, s := range c.Desk.Sections {
		if strings.TrimSpace(s) == "" {
			r.Flaw("desk.sections", "sections has an empty name", `such as ["City", "Business"]`)
		}
	}
	if c.Desk.Dir == "" {
		r.Flaw("desk.dir", "dir is empty", `such as "desk"`)
	}
	if info, err := os.Stat(c.Path(c.Desk.Dir)); err == nil && !info.IsDir() {
		r.Flaw("desk.dir", fmt.Sprintf("dir %q is a file, not a folder", c.Desk.Dir), `such as "desk"`)
	} else if c.Desk.Dir != "" && err != nil {
		r.Warn("desk.dir", fmt.Sprintf("there is no folder %q to read articles from", c.Desk.Dir),
			fmt.Sprintf("make it: mkdir %s", c.Path(c.Desk.Dir)))
	}
	checkFeeds(c, r)
}

// checkFeeds looks at each [[feed]].
func checkFeeds(c *Config, r *Report) {
	seen := map[string]bool{}
	for i, f := range c.Feed {
		key := fmt.Sprintf("feed.%d.", i)
		if f.URL == "" {
			r.Flaw(key+"url", "url is missing", `"vesper feeds test https://www.news.example/" finds a site's feed`)
		} else {
			r.link(key+"url", "url", f.URL)
		}
		if seen[f.URL] {
			r.Flaw(key+"url", fmt.Sprintf("there are two feeds with the url %q", f.URL), "take one of them out")
		}
		seen[f.URL] = true
		switch f.WithoutQuickLooks {
		case "", "summary", "skip":
		default:
			r.Flaw(key+"without_quick_looks", fmt.Sprintf("without_quick_looks is %q", f.WithoutQuickLooks),
				`it is "summary" or "skip"`)
		}
		switch f.OnUpdate {
		case "", "ignore", "carry":
		default:
			r.Flaw(key+"on_update", fmt.Sprintf("on_update is %q", f.OnUpdate), `it is "ignore" or "carry"`)
		}
		for name, said := range map[string][]string{"include": f.Include, "exclude": f.Exclude} {
			for _, one := range said {
				if _, err := digest.ParsePattern(one); err != nil {
					r.Flaw(key+name, fmt.Sprintf("%s: %v", name, err), `such as "section: City" or "headline: *advertorial*"`)
				}
			}
		}
		for _, a := range f.AllowPrivate {
			if _, err := netip.ParsePrefix(a); err != nil {
				if _, err := netip.ParseAddr(a); err != nil {
					r.Flaw(key+"allow_private", fmt.Sprintf("allow_private: %q is neither an address nor a range", a),
						`such as ["192.168.1.0/24"]`)
				}
			}
		}
	}
}
