package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"vesper/digest"
)

// findConfig gives the configuration file: the one named, else $VESPER_CONFIG,
// else the first there is of the usual places.
func findConfig(named string, env func(string) string) (string, error) {
	if named != "" {
		return named, nil
	}
	if path := env("VESPER_CONFIG"); path != "" {
		return path, nil
	}
	for _, path := range []string{"vesper.toml", "/etc/vesper/vesper.toml"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", usage(errors.New("no configuration: neither ./vesper.toml nor /etc/vesper/vesper.toml is there"),
		"\"vesper init\" writes one; \"vesper demo\" needs none; --config FILE names another")
}

// maxConfig bounds a configuration, in bytes.
const maxConfig = 1 << 20

// loadConfig reads, completes and checks a configuration. The flaws are all that
// is wrong with it, none if it can be used.
func loadConfig(path string, env func(string) string) (*config, []*digest.Flaw, error) {
	text, err := readBounded(path, maxConfig)
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfig)
	}
	if err != nil {
		return nil, nil, usage(fmt.Errorf("read the configuration: %w", err), "\"vesper init\" writes a configuration with comments")
	}
	c := defaultConfig()
	c.file, c.lines = path, findKeys(string(text))
	if c.dir, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, nil, err
	}
	if flaws := c.decode(string(text)); len(flaws) > 0 {
		return nil, flaws, nil
	}
	if flaws := c.applyEnvironment(env); len(flaws) > 0 {
		return nil, flaws, nil
	}
	if flaws := c.readSecrets(); len(flaws) > 0 {
		return nil, flaws, nil
	}
	c.derive()
	return &c, c.check(), nil
}

// decode reads the text strictly: a key it does not know is a flaw.
func (c *config) decode(text string) []*digest.Flaw {
	// The elements of arrays of tables have defaults too, and start from those.
	raw := struct {
		*config
		Edition []toml.Primitive `toml:"edition"`
		Relay   []toml.Primitive `toml:"relay"`
	}{config: c}
	meta, err := toml.Decode(text, &raw)
	if err == nil {
		c.Edition, err = decodeTables(meta, raw.Edition, defaultEdition)
	}
	if err == nil {
		c.Relay, err = decodeTables(meta, raw.Relay, defaultRelay)
	}
	if err != nil {
		return []*digest.Flaw{c.parseFlaw(err)}
	}
	var flaws []*digest.Flaw
	for _, key := range meta.Undecoded() {
		if len(flaws) > 0 && len(key) > 1 && !knownSection(key[0]) {
			continue
		}
		flaws = append(flaws, c.unknownKey(key))
	}
	// The parser takes a key in any case of letters; we do not.
	for _, key := range meta.Keys() {
		if keys := sections()[key[0]]; len(flaws) == 0 && len(key) == 2 && len(keys) > 0 && !slices.Contains(keys, key[1]) {
			flaws = append(flaws, c.unknownKey(key))
		}
	}
	if len(c.Edition) == 0 {
		c.Edition = []editionConfig{defaultEdition()}
	}
	return flaws
}

// typeError is how the parser words a value of the wrong type where it does not
// give a toml.ParseError.
var typeError = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]+)"\): (?:incompatible types: TOML value has type (\w+); destination has type (\w+)|(.*))`)

// parseFlaw makes a flaw of the parser's error.
func (c *config) parseFlaw(err error) *digest.Flaw {
	f := &digest.Flaw{File: c.file, Problem: strings.TrimPrefix(firstLine(err.Error()), "toml: ")}
	var parse toml.ParseError
	if errors.As(err, &parse) && parse.Message != "" {
		f.Line, f.Problem = parse.Position.Line, firstLine(parse.Message)
		if parse.LastKey != "" {
			f.Problem = parse.LastKey + ": " + f.Problem
		}
	} else if m := typeError.FindStringSubmatch(err.Error()); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
		f.Problem = m[2] + ": " + firstLine(m[5])
		if m[3] != "" {
			f.Problem = fmt.Sprintf("%s is of type %s, not %s", m[2], m[3], m[4])
		}
	}
	return f
}

func decodeTables[T any](meta toml.MetaData, raw []toml.Primitive, start func() T) ([]T, error) {
	var tables []T
	for _, p := range raw {
		t := start()
		if err := meta.PrimitiveDecode(p, &t); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// path makes a path of the configuration absolute.
func (c *config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
