package config

import (
	"cmp"
	"fmt"
	"strings"
)

// Webhook is one [[webhook]]: a mail provider that tells what became of our mail, over HTTPS.
// Its address is base_url of [web] with /hooks/, the provider's name, a slash and the secret
// behind it.
type Webhook struct {
	// Provider is "ses", "sendgrid", "mailgun", "postmark", or "standard" for Resend and
	// others that sign by Standard Webhooks. Required.
	Provider string `toml:"provider"`
	// Secret is the last part of the address: letters and digits, drawn at random, of 128
	// bits at least. Better is SecretFile; one of them is needed. Default: empty.
	Secret Secret `toml:"secret"`
	// SecretFile is a file with the secret, which its owner alone can read. Default: empty.
	SecretFile string `toml:"secret_file"`
	// Key is what the provider's signatures are verified with. Better is KeyFile; one of them
	// is needed, except for ses. Default: empty.
	Key Secret `toml:"key"`
	// KeyFile is a file with the key, which its owner alone can read. Default: empty.
	KeyFile string `toml:"key_file"`
	// Topic is, for ses, the one topic of SNS that is heard, by its ARN. Default: empty, the
	// first one that asks to be confirmed.
	Topic string `toml:"topic"`
}

// Address gives where the provider is to post, with stars for the secret.
func (w Webhook) Address(base string) string {
	return strings.TrimRight(base, "/") + "/hooks/" + w.Provider + "/" + masked
}

// howToMakeOne is how a secret is made.
const howToMakeOne = "make one: (umask 077; openssl rand -hex 32 > %s)"

// readWebhookSecrets reads the secrets and keys that lie in files of their own.
func (c *Config) readWebhookSecrets(env func(string) string, r *Report) {
	for i := range c.Webhook {
		w, table := &c.Webhook[i], fmt.Sprintf("webhook.%d.", i)
		c.readPair(&w.Secret, w.SecretFile, table, "secret", env, r)
		c.readPair(&w.Key, w.KeyFile, table, "key", env, r)
	}
}

// readPair reads a secret that stands in the configuration, or in the file that it names.
func (c *Config) readPair(secret *Secret, file, table, key string, env func(string) string, r *Report) {
	var bad *badSecret
	switch {
	case file == "" && *secret != "":
		bad = checkSecret(string(*secret))
	case file != "" && *secret != "":
		r.Flaw(table+key+"_file", key+" and "+key+"_file are both given", "leave one of them out")
	case file != "":
		key += "_file"
		if *secret, bad = readSecret(c.Path(file), env("CREDENTIALS_DIRECTORY")); bad != nil {
			// What can't be used is not looked at again.
			*secret = ""
			if key == "secret_file" && (bad.problem == "is empty" || strings.Contains(bad.problem, "can't be read: ")) {
				bad.hint = fmt.Sprintf(howToMakeOne, c.Path(file))
				if table == "alarms." {
					bad.hint = HowToMakeASigningSecret(c.Path(file))
				}
			}
		}
	}
	if bad != nil {
		r.Flaw(table+key, key+" "+bad.problem, bad.hint)
	}
}

func checkWebhooks(c *Config, r *Report) {
	seen := map[string]int{}
	for i, w := range c.Webhook {
		key := fmt.Sprintf("webhook.%d.secret", i)
		if w.SecretFile != "" {
			key += "_file"
		}
		if w.Provider == "" {
			r.Flaw(fmt.Sprintf("webhook.%d.provider", i), "provider is missing from [[webhook]]", `such as provider = "ses"`)
		}
		switch {
		case w.Secret == "" && w.SecretFile == "":
			r.Flaw(key, "secret_file is missing from [[webhook]]",
				`secret_file = "webhook.secret"; `+fmt.Sprintf(howToMakeOne, "webhook.secret"))
		case w.Secret == "" || r.Said(key): // said when it was read
		case !random(string(w.Secret)):
			r.Flaw(key, "the secret of [[webhook]] is not 128 bits of letters and digits drawn at random",
				fmt.Sprintf(howToMakeOne, cmp.Or(c.Path(w.SecretFile), "webhook.secret")))
		case seen[w.Provider+"/"+string(w.Secret)] > 0:
			r.Flaw(key, fmt.Sprintf("the %d. [[webhook]] has the same provider and secret",
				seen[w.Provider+"/"+string(w.Secret)]), fmt.Sprintf(howToMakeOne, cmp.Or(c.Path(w.SecretFile), "webhook.secret")))
		}
		seen[w.Provider+"/"+string(w.Secret)] = i + 1
	}
	if len(c.Webhook) > 0 && strings.HasPrefix(c.Web.BaseURL, "http:") {
		r.Warn("webhook.0", "no provider reaches "+c.Web.BaseURL+": it is on this machine alone",
			"set base_url in [web] to the address of the readers' pages")
	}
}

// random says whether a text may be 128 bits or more that were drawn at random: 32 digits
// in hex, or 22 letters and digits. A word that is repeated is not.
func random(text string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	if strings.Trim(text, letters) != "" {
		return false
	}
	least := 22
	if strings.Trim(text, "0123456789abcdef") == "" || strings.Trim(text, "0123456789ABCDEF") == "" {
		least = 32
	}
	different := map[rune]bool{}
	for _, c := range text {
		different[c] = true
	}
	return len(text) >= least && len(different) >= 8
}
