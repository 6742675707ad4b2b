package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// config is vesper.toml as read, with the value of every key that was left out.
// Its toml names are a contract with admins' files and environments.
type config struct {
	Publication publicationConfig `toml:"publication"`
	Edition     []editionConfig   `toml:"edition"`
	Layout      layoutConfig      `toml:"layout"`
	Templates   templatesConfig   `toml:"templates"`
	Desk        deskConfig        `toml:"desk"`
	Feed        []feedConfig      `toml:"feed"`
	Database    databaseConfig    `toml:"database"`
	Relay       []relayConfig     `toml:"relay"`
	Delivery    deliveryConfig    `toml:"delivery"`
	DKIM        dkimConfig        `toml:"dkim"`
	Web         webConfig         `toml:"web"`
	Admin       adminConfig       `toml:"admin"`

	// file is where it was read from; dir is what relative paths start at.
	file, dir string
	// lines tells where a key stands in the file.
	lines keyLines
	// warnings is what an admin should know, though it stops nothing.
	warnings []*digest.Flaw
	// looks is the templates and the words, once they were checked.
	looks *templates.Set
}

type publicationConfig struct {
	Name          string `toml:"name"`
	From          string `toml:"from"`
	ReplyTo       string `toml:"reply_to"`
	URL           string `toml:"url"`
	PostalAddress string `toml:"postal_address"`
	Language      string `toml:"language"`
	Timezone      string `toml:"timezone"`
}

type editionConfig struct {
	Slot        string   `toml:"slot"`
	Title       string   `toml:"title"`
	Schedule    string   `toml:"schedule"`
	MinArticles int      `toml:"min_articles"`
	MaxArticles int      `toml:"max_articles"`
	Grace       duration `toml:"grace"`
	MaxAge      duration `toml:"max_age"`
}

type layoutConfig struct {
	Lead       int        `toml:"lead"`
	Stories    int        `toml:"stories"`
	QuickLooks quickLooks `toml:"quick_looks"`
	Accent     string     `toml:"accent"`
	AccentDark string     `toml:"accent_dark"`
}

type templatesConfig struct {
	Dir string `toml:"dir"`
}

type deskConfig struct {
	Dir        string `toml:"dir"`
	ArticleURL string `toml:"article_url"`
}

type feedConfig struct {
	URL     string `toml:"url"`
	Section string `toml:"section"`
}

type databaseConfig struct {
	Path string `toml:"path"`
}

type relayConfig struct {
	Host         string  `toml:"host"`
	Port         int     `toml:"port"`
	TLS          string  `toml:"tls"`
	Username     string  `toml:"username"`
	Password     string  `toml:"password"`
	PasswordFile string  `toml:"password_file"`
	Auth         string  `toml:"auth"`
	Connections  int     `toml:"connections"`
	Rate         float64 `toml:"rate"`
}

type deliveryConfig struct {
	InDoubt     string   `toml:"in_doubt"`
	GiveUpAfter duration `toml:"give_up_after"`
	ReturnPath  string   `toml:"return_path"`
}

type dkimConfig struct {
	Domain   string `toml:"domain"`
	KeyFile  string `toml:"key_file"`
	Selector string `toml:"selector"`
	Ed25519  string `toml:"ed25519"`
}

type webConfig struct {
	Listen         string   `toml:"listen"`
	BaseURL        string   `toml:"base_url"`
	TrustedProxies []string `toml:"trusted_proxies"`
}

type adminConfig struct {
	Listen string `toml:"listen"`
}

// duration is a time span written as Go does: "72h", "90m".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration like \"4h\" or \"90m\"", text)
	}
	*d = duration(v)
	return nil
}

func (d duration) MarshalText() ([]byte, error) {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// quickLooks is how many Quick Looks a story shows; allQuickLooks is all.
type quickLooks int

const allQuickLooks quickLooks = -1

func (q *quickLooks) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case int64:
		if v < 1 || v > 100 {
			return fmt.Errorf("quick_looks = %d: it is 1 or more, or \"all\"", v)
		}
		*q = quickLooks(v)
	case string:
		return q.UnmarshalText([]byte(v))
	default:
		return errors.New("quick_looks is a number or \"all\"")
	}
	return nil
}

func (q *quickLooks) UnmarshalText(text []byte) error {
	if string(text) == "all" {
		*q = allQuickLooks
		return nil
	}
	var n int64
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return fmt.Errorf("quick_looks = %q: it is a number or \"all\"", text)
	}
	return q.UnmarshalTOML(n)
}

// MarshalTOML writes the number bare and "all" quoted.
func (q quickLooks) MarshalTOML() ([]byte, error) {
	if q == allQuickLooks {
		return []byte(`"all"`), nil
	}
	return fmt.Append(nil, int(q)), nil
}

func defaultEdition() editionConfig {
	return editionConfig{
		Slot: "evening", Title: "Evening Edition", Schedule: "0 18 * * *",
		MinArticles: 1, MaxArticles: 30, Grace: duration(4 * time.Hour), MaxAge: duration(72 * time.Hour),
	}
}

func defaultRelay() relayConfig {
	return relayConfig{Port: 587, TLS: "required", Connections: 8}
}

// defaultConfig has what stands for keys that are left out. Three of them
// follow the sender's domain, which is only known later: see [config.derive].
func defaultConfig() config {
	return config{
		Publication: publicationConfig{Language: "en", Timezone: "America/New_York"},
		Layout:      layoutConfig{Lead: 1, Stories: 5, QuickLooks: 5, Accent: "#37409c", AccentDark: "#b1b8ff"},
		Desk:        deskConfig{Dir: "desk"},
		Database:    databaseConfig{Path: "vesper.db"},
		Delivery:    deliveryConfig{InDoubt: "resend", GiveUpAfter: duration(6 * time.Hour)},
		DKIM:        dkimConfig{Selector: "v1"},
		Web:         webConfig{Listen: "127.0.0.1:8025"},
		Admin:       adminConfig{Listen: "127.0.0.1:8026"},
	}
}
