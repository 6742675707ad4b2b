package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hook gives a configuration with a webhook, whose secret and key lie in files.
func hook(t *testing.T, secret, key string) string {
	t.Helper()
	path := write(t, required+`[[webhook]]
provider = "mailgun"
secret_file = "the.secret"
key_file = "the.key"
`)
	for name, text := range map[string]string{"the.secret": secret, "the.key": key} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestAWebhooksSecretIsOneThatNobodyGuesses: it is all that keeps strangers from asking.
func TestAWebhooksSecretIsOneThatNobodyGuesses(t *testing.T) {
	const weak = "is not 128 bits of letters and digits drawn at random"
	for secret, want := range map[string]string{
		"5f0c2a9be41d7736a8b9c0d1e2f34455\n":                               "", // openssl rand -hex 16
		"5f0c2a9be41d7736a8b9c0d1e2f344555f0c2a9be41d7736a8b9c0d1e2f34455": "",
		"Zk3xQ9vB2mN7pL5rT8wY1c":                                           "",
		"Zk3xQ9vB-mN7pL5rT_wY1c":                                           "",
		"5f0c2a9be41d7736a8b9c0d1e2f3445":                                  weak,
		"Zk3xQ9vB2mN7pL5rT8wY1":                                            weak,
		"evening":                                                          weak,
		"00000000000000000000000000000000":                                 weak,
		"abababababababababababababababab":                                 weak,
		"correct horse battery staple":                                     weak,
		"5f0c2a9be41d7736a8b9c0d1e2f3445/":                                 weak,
		"5f0c2a9be41d7736a8b9c0d1e2f3445é":                                 weak,
		"\n":                                                               "secret_file is empty",
		"":                                                                 "no such file",
		"5f0c2a9be41d7736\na8b9c0d1e2f34455":                               "more than one line",
	} {
		c, flaws, err := Load(hook(t, secret, "a key\n"), none)
		said := strings.Join(problems(flaws), "\n")
		bare := strings.TrimSpace(secret)
		switch {
		case err != nil || bare != "" && strings.Contains(said, bare):
			t.Errorf("%q: %q, %v", secret, said, err)
		case want == "" && (said != "" || string(c.Webhook[0].Secret) != bare || string(c.Webhook[0].Key) != "a key"):
			t.Errorf("%q: %q", secret, said)
		case want != "" && (len(flaws) != 1 || !strings.Contains(said, want) ||
			!strings.Contains(flaws[0].Problem, "secret")):
			t.Errorf("%q: got %q, want %q", secret, said, want)
		case want != "" && !strings.Contains(want, "line") && !strings.Contains(flaws[0].Hint, "openssl rand -hex 32"):
			t.Errorf("%q: the hint is %q", secret, flaws[0].Hint)
		}
	}
}

func TestWhatIsWrongWithWebhooksIsSaidWithItsLine(t *testing.T) {
	const good = "5f0c2a9be41d7736a8b9c0d1e2f34455"
	const ses, secret = "provider = \"ses\"\n", "secret = \"" + good + "\"\n"
	for text, want := range map[string]string{
		ses:                                  "vesper.toml:7: secret_file is missing from [[webhook]]",
		ses + secret + "secret_file = \"x\"": "vesper.toml:10: secret and secret_file are both given",
		secret:                               "vesper.toml:7: provider is missing from [[webhook]]",
		ses + secret + "[[webhook]]\n" + ses + secret: "vesper.toml:12: the 1. [[webhook]] has the same provider and secret",
		ses + "secret = " + good:                      "secret: its value can't be read",
		ses + "key = [" + good:                        "key: its value can't be read",
		ses + "secrt = \"x\"":                         "unknown key \"secrt\" in [webhook]",
	} {
		_, flaws, err := Load(write(t, required+"[[webhook]]\n"+text+"\n"), none)
		said := strings.Join(problems(flaws), "\n")
		if err != nil || !strings.Contains(said, want) || strings.Contains(said, good[:8]) {
			t.Errorf("%s:\ngot %q, want %q (%v)", text, said, want, err)
		}
	}
}

// TestAWebhooksAddressIsShownWithoutItsSecret, and so is all of the configuration.
func TestAWebhooksAddressIsShownWithoutItsSecret(t *testing.T) {
	const secret, key = "5f0c2a9be41d7736a8b9c0d1e2f34455", "a key of Mailgun's"
	c, flaws, err := Load(hook(t, secret, key), none)
	if err != nil || len(flaws) > 0 {
		t.Fatal(problems(flaws), err)
	}
	var out strings.Builder
	if err := c.Show(&out); err != nil {
		t.Fatal(err)
	}
	said := out.String() + fmt.Sprintf("%v %+v %#v", c.Webhook, c.Webhook, c.Webhook)
	if strings.Contains(said, secret) || strings.Contains(said, key) ||
		!strings.Contains(said, "# mailgun posts to https://mail.news.example/hooks/mailgun/********\n") {
		t.Errorf("got\n%s", said)
	}
}

// TestAWebhookIsSetByTheEnvironmentToo, the second one by its number.
func TestAWebhookIsSetByTheEnvironmentToo(t *testing.T) {
	env := map[string]string{
		"VESPER_WEBHOOK_PROVIDER": "ses", "VESPER_WEBHOOK_SECRET": "5f0c2a9be41d7736a8b9c0d1e2f34455",
		"VESPER_WEBHOOK_2_PROVIDER": "ses", "VESPER_WEBHOOK_2_SECRET": "6f0c2a9be41d7736a8b9c0d1e2f34455",
	}
	c := load(t, required, func(name string) string { return env[name] })
	if len(c.Webhook) != 2 || string(c.Webhook[1].Secret) != env["VESPER_WEBHOOK_2_SECRET"] {
		t.Errorf("got %d webhooks", len(c.Webhook))
	}
}
