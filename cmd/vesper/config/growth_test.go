package config

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheConfigurationIsNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	growth.Check(t, 1000, map[string]func(int) string{
		"relays":          again(required, "\n[[relay]]\nhost = \"a\"", ""),
		"blank lines":     again(required, "\n", ""),
		"comments":        again(required, "\n# a", ""),
		"a long value":    again("[publication]\nname = \"", "a", "\""),
		"open arrays":     again("a = ", "[", ""),
		"open tables":     again("", "[", ""),
		"quotation marks": again("a = ", "'''", ""),
		"no UTF-8":        again("a = \"", "\xff", "\""),
	}, func(text string) { _, _, _ = Load(write(t, text), none) })
}
