package config

import (
	"fmt"
	"strings"
	"testing"

	"vesper/digest"
)

// TestEveryFlawHasItsLineAndItsHint: one wrong value after another, each in a
// configuration that is right otherwise.
func TestEveryFlawHasItsLineAndItsHint(t *testing.T) {
	base := strings.Split(strings.TrimSpace(required), "\n")
	for _, c := range []struct {
		replace int // a line from 1; 0: added at the end, from line 7 on
		text    string
		line    int
		want    string
	}{
		{2, `name = ""`, 2, "name is missing from [publication]"},
		{2, `name = "` + strings.Repeat("n", 61) + `"`, 2, "name is longer than 60 characters"},
		{3, `from = "evening"`, 3, `from "evening" is not a valid address`},
		{3, `from = "jösé@news.example"`, 3, "letters before the @"},
		{4, ``, 1, "postal_address is missing from [publication]"},
		{4, `postal_address = "a\u0007b"`, 4, "postal_address has a control character in it"},
		{4, "postal_address = \"a\"\nprivacy_url = \"/privacy\"", 5, `privacy_url "/privacy" is not a web address`},
		{4, "postal_address = \"a\"\nprivacy_url = \"mailto:dpo@news.example\"", 5, "is not a web address"},
		{4, "postal_address = \"a\"\nprivacy_url = \"https://me:pw@news.example/\"", 5, "privacy_url has a name or a password"},
		{4, "postal_address = \"a\"\nprivacy_url = \"https://:443/\"", 5, "is not a web address"},
		{4, "postal_address = \"a\"\nprivacy_url = \"https://news*.example/\"", 5, "is not a web address"},
		{
			4, "postal_address = \"a\"\nprivacy_url = \"https://news.example/" + strings.Repeat("p", 2000) + `"`, 5,
			"privacy_url is longer than a link may be, 2000 characters",
		},
		{6, `port = 25`, 5, "host is missing from [[relay]]"},
		{6, "host = \"a\"\nconnections = 0", 7, "connections = 0 is not from 1 to 100"},
		{0, "[[edition]]\nslot = \"Evening\"", 8, `slot "Evening" is not a valid slot name`},
		{0, "[[edition]]\n[[edition]]", 8, `there are two editions with the slot "evening"`},
		{0, "[[edition]]\ntitle = \" \"", 8, "title is empty"},
		{0, "[[edition]]\nmin_articles = 0", 8, "min_articles is less than 1"},
		{0, "[[edition]]\nmax_articles = 0", 8, "max_articles is less than min_articles"},
		{0, "[[edition]]\ngrace = \"-1s\"", 8, "grace is negative"},
		{0, "[[edition]]\nuntil = \"-1s\"", 8, "until is negative"},
		{0, "[[edition]]\nmax_age = \"0s\"", 8, "max_age must be more than 0"},
		{0, "[[edition]]\nproof_before = \"-1s\"", 8, "proof_before is negative"},
		{0, "[[edition]]\nproof_before = \"20m\"", 8, "proof_before is set, and there is nobody to mail the proof to"},
		{0, "[[edition]]\nneeds_approval = true", 8, "needs_approval is set, and there is no proof to approve"},
		{0, "[[edition]]\nneeds_approval = true\nproof_before = \"20m\"", 8, "needs_approval is set, and there is nobody"},
		{
			0, "[[edition]]\nproof_before = \"25h\"\n[newsroom]\nproof_to = [\"desk@news.example\"]", 8,
			"proof_before is more than 24 hours",
		},
		{
			0, "[[edition]]\nproof_before = \"10m\"\nfreeze = \"10m\"\n[newsroom]\nproof_to = [\"desk@news.example\"]", 8,
			"proof_before is not more than freeze, 10m0s",
		},
		{0, "[newsroom]\nproof_to = [\"desk\"]", 8, `proof_to "desk" is not a valid address`},
		{0, "[[edition]]\nbelow_min = \"drop\"", 8, `below_min is "drop"`},
		{0, "[[edition]]\nlate = \"\"", 8, `late is ""`},
		{0, "[[edition]]\nexcept = [\"25 December\"]", 8, `except: "25 December" is not a date like 2026-11-22`},
		{0, "[[edition]]\nexcept = [\"2026-02-29\"]", 8, `except: "2026-02-29" is not a date`},
		{0, "[[edition]]\nexcept = [\"2026-12-25\", \"2026-12-25\"]", 8, "except has 2026-12-25 twice"},
		{0, "[[edition]]\nschedule = \"\"\nlate = \"send\"", 9, "late says nothing of an edition without a schedule"},
		{0, "[[edition]]\nschedule = \"\"\nfreeze = \"10m\"", 9, "freeze says nothing of an edition without a schedule"},
		{0, "[layout]\nstories = -1", 8, "stories is a negative number"},
		{0, "[desk]\ndir = \"\"", 8, "dir is empty"},
		{0, "[[feed]]\nurl = \"https://a.example/\"\nexclude = [\"sport\"]", 9, `exclude: "sport" does not begin with a field`},
		{0, "[[feed]]\nurl = \"https://a.example/\"\ninclude = [\"section: *\"]", 9, `include: "section: *" fits everything`},
		{0, "[desk]\narticle_url = \"news.example/{slug}\"", 8, `article_url "news.example/slug" is not a web address`},
		{0, "[desk]\narticle_url = \"https://news.example/{slug}/{id}\"", 8, "has something else than slug in braces"},
		{0, "[database]\npath = \"\"", 8, "path is empty"},
		{0, "[database]\npath = \".\"", 8, `path "." is not a file`},
		{0, "[web]\narchive = \"private\"", 8, `archive "private" is neither public nor none`},
		{0, "[delivery]\nin_doubt = \"ask\"", 8, `in_doubt "ask" is neither resend nor hold`},
		{0, "[delivery]\ngive_up_after = \"0s\"", 8, "give_up_after must be more than 0"},
		{0, "[delivery]\nreturn_path = \"b@news.example\"", 8, "is not an address with {token} once before the @"},
		{0, "[bounces]\nsoft_bounces = 0", 8, "soft_bounces must be from 1 to 50"},
		{0, "[bounces]\nsoft_for = \"31d\"", 8, "soft_for must be at most 30d"},
		{0, "[bounces]\nlisten = \":2525\"", 8, `listen ":2525" in [bounces] is open to other machines`},
		{0, "[bounces]\nlisten = \"192.0.2.1:2525\"", 8, `listen "192.0.2.1:2525" in [bounces] is open to other machines`},
		{0, "[bounces]\nlisten = \"2525\"", 8, `listen "2525" in [bounces] is not an address and a port`},
		{0, "[bounces]\nlisten = \"unix:\"", 8, "names no socket"},
		{0, "[bounces.imap]\nhost = \"imap.news.example\"", 7, "username and password_file are both needed"},
		{0, "[bounces.imap]\nhost = \"a\"\nusername = \"b\"\npassword = \"c\"\ntls = \"none\"", 11, `tls = "none" is for loopback alone`},
		{0, "[bounces.imap]\nport = 993\nfoldr = \"x\"", 9, `unknown key "foldr" in [bounces.imap]`},
		{0, "[web]\nlisten = \"here\"", 8, `listen "here" is not HOST:PORT`},
		{0, "[web]\ntrusted_proxies = [\"proxy\"]", 8, `has "proxy", which is neither an address nor a network`},
		{0, "[web]\ntrusted_proxies = [\"0.0.0.0/0\"]", 8, `has "0.0.0.0/0", which is everybody`},
	} {
		lines := append([]string(nil), base...)
		if c.replace > 0 {
			lines[c.replace-1] = c.text
		} else {
			lines = append(lines, c.text)
		}
		path := write(t, strings.Join(lines, "\n"))
		got, flaws, err := Load(path, none)
		if err != nil || got == nil || len(flaws) != 1 || !strings.Contains(flaws[0].Problem, c.want) {
			t.Errorf("%q: got %v, %v, want %q", c.text, flaws, err, c.want)
			continue
		}
		if prefix := fmt.Sprintf("%s:%d: ", path, c.line); !strings.HasPrefix(flaws[0].Error(), prefix) {
			t.Errorf("got %q, want it to begin with %q", flaws[0], prefix)
		}
	}
}

// TestChecksFromOutsideAreInTheFilesOrder: an admin reads the flaws from the top,
// whoever found them.
func TestChecksFromOutsideAreInTheFilesOrder(t *testing.T) {
	outside := func(c *Config, r *Report) {
		r.Flaw("publication.name", c.Publication.Name+" is taken", "choose another")
		r.Warn("publication.from", "odd", "")
		r.Flaw("dkim.domain", "there is none", "")
	}
	path := write(t, strings.Replace(required, "evening@news.example", "evening", 1)+"[[feed]]\n")
	c, flaws, err := Load(path, none, outside)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		path + ": there is none",
		path + ":2: Newslooks is taken",
		path + `:3: from "Newslooks Evening Edition <evening>" is not a valid address`,
		path + ":7: url is missing",
	}
	if got := said(flaws); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if flaws[1].Hint != "choose another" {
		t.Errorf("the hint is %q", flaws[1].Hint)
	}
	if got := said(c.Warnings()); !strings.Contains(got, path+":3: odd") {
		t.Errorf("the warnings are\n%s", got)
	}
}

func said(flaws []*digest.Flaw) string {
	var lines []string
	for _, f := range flaws {
		lines = append(lines, f.Error())
	}
	return strings.Join(lines, "\n")
}
