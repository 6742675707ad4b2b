package config

import (
	"fmt"
	"regexp"
	"strings"
)

// keyLines tells on which line of a TOML file a key stands. A key of the n-th
// table of an array, n from 0, is "relay.n.host"; the tables themselves are in
// it too. The parser keeps no positions, so this is a look at the lines: what
// it misses (keys in inline tables, for instance) is reported without a line.
type keyLines map[string]int

var (
	tableLine = regexp.MustCompile(`^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?`)
	keyLine   = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+)\s*=`)
)

func findKeys(text string) keyLines {
	lines, table, seen := keyLines{}, "", map[string]int{}
	inString := ""
	for i, line := range strings.Split(text, "\n") {
		if inString != "" {
			if strings.Contains(line, inString) {
				inString = ""
			}
			continue
		}
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table = m[2]
			if m[1] == "[[" {
				table = fmt.Sprintf("%s.%d", m[2], seen[m[2]])
				seen[m[2]]++
			}
			lines.add(table, i+1)
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			lines.add(strings.TrimPrefix(table+"."+m[1], "."), i+1)
			for _, quote := range []string{`"""`, `'''`} {
				if strings.Count(line, quote) == 1 {
					inString = quote
				}
			}
		}
	}
	return lines
}

func (l keyLines) add(key string, line int) {
	if _, ok := l[key]; !ok {
		l[key] = line
	}
}

// of gives the line of a key or, where it is left out, of its table.
func (l keyLines) of(key string) int {
	for {
		if line, ok := l[key]; ok {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

// anyOf gives the first line on which one of an array's tables has the key.
func (l keyLines) anyOf(table, key string) int {
	first := 0
	for name, line := range l {
		t, k, _ := strings.Cut(name, ".")
		if t == table && (k == key || strings.HasSuffix(k, "."+key)) && (first == 0 || line < first) {
			first = line
		}
	}
	return first
}
