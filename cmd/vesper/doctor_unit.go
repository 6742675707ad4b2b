package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// unitPlaces are where the unit lies: an admin's own first.
var unitPlaces = []string{
	"/etc/systemd/system/vesper.service", "/usr/lib/systemd/system/vesper.service", "/lib/systemd/system/vesper.service",
}

// exposed finds what systemd says of a unit: 0 is closed, 10 is open.
var exposed = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)

// mostExposed is how open the unit may be; that of "vesper install-service" is below 1.5.
const mostExposed = 2.0

func lookAtUnit(ctx context.Context, p *patient) []digest.Finding {
	const name = "unit"
	var f findings
	unit := p.unit()
	if unit == "" {
		f.say(name, digest.Unseen, "", "there is no unit vesper.service")
		return f.all
	}
	f.settings(p, unit)
	out, err := exec.CommandContext(ctx, "systemd-analyze", "security", "--offline=true", "--no-pager", unit).Output()
	m := exposed.FindSubmatch(out)
	switch {
	case m == nil && err != nil:
		f.say(name, digest.Unseen, "", "systemd-analyze does not tell: %v", err)
		return f.all
	case m == nil:
		f.say(name, digest.Unseen, "", "systemd-analyze does not tell")
		return f.all
	}
	level, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || level > mostExposed {
		f.say(name, digest.Warn, "systemd-analyze security --offline=true "+unit+" says what is open",
			"%s leaves more open than it needs: %s of 10", unit, m[1])
		return f.all
	}
	if len(f.all) == 0 {
		f.say(name, digest.OK, "", "%s is closed well: %s of 10", unit, m[1])
	}
	return f.all
}

// unit gives the file of the unit; "" if there is none.
func (p *patient) unit() string {
	places := p.bedside.units
	if places == nil {
		places = unitPlaces
	}
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place
		}
	}
	return ""
}

// settings looks whether the unit lets the service do what the configuration wants of it.
func (f *findings) settings(p *patient, unit string) {
	const name = "unit"
	set := readUnit(unit)
	if p.config != nil {
		for i, word := range set["ExecStart"] {
			if word != "--config" || i+1 == len(set["ExecStart"]) {
				continue
			}
			if own, err := filepath.Abs(p.config.File()); err == nil && own != set["ExecStart"][i+1] {
				f.say(name, digest.Warn, "vesper doctor --config "+set["ExecStart"][i+1],
					"the service reads %s, and this was about %s", set["ExecStart"][i+1], own)
				return
			}
		}
		for _, path := range writes(p.config) {
			if !set.permits(path) {
				f.say(name, digest.Fail, `"vesper install-service" writes it anew; or ReadWritePaths= by "systemctl edit vesper"`,
					"it does not let the service write to %s", path)
			}
		}
	}
	least := deliver.Drain + lastWord + 5*time.Second
	if stop, ok := set.stop(); ok && stop < least {
		f.say(name, digest.Warn, "TimeoutStopSec=45s by \"systemctl edit vesper\"",
			"a stop may take %s, and messages in transit may need %s", stop, least)
	}
}

// unitSet is what a unit and its drop-ins set, in words. It is of one section's settings
// alone: names that we ask for stand in no other.
type unitSet map[string][]string

// readUnit reads a unit with its drop-ins (systemd.unit(5)).
func readUnit(file string) unitSet {
	set := unitSet{}
	own, err := os.ReadFile(file)
	if err != nil {
		return set
	}
	texts := []string{string(own)}
	var more []string
	for _, dir := range []string{file, "/run/systemd/system/vesper.service", "/etc/systemd/system/vesper.service"} {
		found, _ := filepath.Glob(dir + ".d/*.conf")
		more = append(more, found...)
	}
	slices.SortFunc(more, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	for _, one := range slices.Compact(more) {
		if text, err := os.ReadFile(one); err == nil {
			texts = append(texts, string(text))
		}
	}
	for _, text := range texts {
		text = strings.ReplaceAll(text, "\\\n", " ")
		for line := range strings.Lines(text) {
			key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if !ok || strings.ContainsAny(key[:min(1, len(key))], "#;") {
				continue
			}
			words := unitWords(value)
			if key = strings.TrimSpace(key); key == "ReadWritePaths" && len(words) > 0 {
				words = append(set[key], words...)
			}
			set[key] = words
		}
	}
	return set
}

// unitWords gives the words of a value, as unitWord writes them.
func unitWords(value string) (words []string) {
	var word strings.Builder
	quote, begun := rune(0), false
	escaped := false
	for _, r := range value {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, begun = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	for i := range words {
		words[i] = strings.NewReplacer("%%", "%", "$$", "$").Replace(words[i])
	}
	return words
}

func (s unitSet) is(key string, values ...string) bool {
	return len(s[key]) > 0 && slices.Contains(values, strings.ToLower(s[key][0]))
}

// permits says whether the service may write to a folder, as far as the unit goes.
func (s unitSet) permits(path string) bool {
	for _, folder := range s["ReadWritePaths"] {
		if liesIn(path, strings.TrimLeft(folder, "-+")) {
			return true
		}
	}
	for key, root := range map[string]string{"RuntimeDirectory": "/run/", "StateDirectory": "/var/lib/"} {
		for _, folder := range s[key] {
			if liesIn(path, root+folder) {
				return true
			}
		}
	}
	if s.is("ProtectSystem", "strict") {
		return false
	}
	return !s.is("ProtectHome", "yes", "true", "1", "on", "read-only", "tmpfs") ||
		!slices.ContainsFunc([]string{"/home", "/root", "/run/user"}, func(home string) bool { return liesIn(path, home) })
}

// stop gives how long a stop may take; false if the unit does not say it in a form that is
// read here.
func (s unitSet) stop() (time.Duration, bool) {
	words := s["TimeoutStopSec"]
	if len(words) == 0 {
		return 0, false
	}
	text := strings.NewReplacer("sec", "s", "min", "m").Replace(strings.Join(words, ""))
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second, n > 0 // 0 is for ever
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}
