package config

import (
	"fmt"
	"net/mail"
	"strings"
)

// Addresses is one mail address or a list of them.
type Addresses []string

// UnmarshalTOML takes a string or an array of strings.
func (a *Addresses) UnmarshalTOML(value any) error {
	switch is := value.(type) {
	case string:
		*a = nil
		if is != "" {
			*a = Addresses{is}
		}
		return nil
	case []any:
		all := Addresses{}
		for _, one := range is {
			text, ok := one.(string)
			if !ok {
				return fmt.Errorf("%v is no address", one)
			}
			all = append(all, text)
		}
		*a = all
		return nil
	}
	return fmt.Errorf("it is neither an address nor a list of them")
}

// UnmarshalText takes addresses with commas between them, as the environment has them.
func (a *Addresses) UnmarshalText(text []byte) error {
	*a = nil
	for one := range strings.SplitSeq(string(text), ",") {
		if one = strings.TrimSpace(one); one != "" {
			*a = append(*a, one)
		}
	}
	return nil
}

// Mailboxes gives the addresses without display names, each once.
func (a Addresses) Mailboxes() []string {
	var all []string
	seen := map[string]bool{}
	for _, to := range a {
		if m, err := mail.ParseAddress(to); err == nil && !seen[m.Address] {
			seen[m.Address] = true
			all = append(all, m.Address)
		}
	}
	return all
}
