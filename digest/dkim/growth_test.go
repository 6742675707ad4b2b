package dkim

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheRecordIsNoMoreThanTwiceTheWork(t *testing.T) {
	r := signer(t, false).Records()[0]
	value := r.Value
	growth.Check(t, 3000, map[string]func(int) string{
		"tags":      func(n int) string { return "v=DKIM1;" + strings.Repeat(" t=s;", n) + " p=" + r.Public },
		"no tags":   func(n int) string { return strings.Repeat(";", n) + value },
		"signs":     func(n int) string { return strings.Repeat("=", n) },
		"blanks":    func(n int) string { return strings.ReplaceAll(value, "p=", "p="+strings.Repeat(" ", n)) },
		"a list":    func(n int) string { return value + "; h=" + strings.Repeat("sha1:", n) },
		"a key":     func(n int) string { return "v=DKIM1; p=" + strings.Repeat("AAAA", n) },
		"a newline": func(n int) string { return value + strings.Repeat("\r\n ", n) },
	}, func(text string) {
		_ = r.Check(t.Context(), fakeDNS{records: map[string][]string{r.Name: {text}}})
	})
}

func TestTwiceTheKeyIsNoMoreThanTwiceTheWork(t *testing.T) {
	const begin, end = "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n"
	whole := string(ours(t, "v1.pem"))
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	growth.Check(t, 3000, map[string]func(int) string{
		"text before":  again("", "a line\n", whole),
		"text behind":  again(whole, "a line\n", ""),
		"beginnings":   again("", begin, end),
		"ends":         again(begin, end, ""),
		"hyphens":      again("", "-", ""),
		"headers":      again(begin, "A: b\n", "\n"+end),
		"no base64":    again(begin, "?", "\n"+end),
		"a large key":  again(begin, "MIIBAAAA", "\n"+end),
		"many letters": again("-----BEGIN ", "A", " KEY-----\n"+end),
	}, func(text string) { _, _ = parseKey([]byte(text), RSA) })
}
