package relay_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"testing"

	"vesper/digest"
)

// authServer is the server's side of a mechanism: whether the client that sent
// line knows the password.
type authServer func(password, line string, ask func(string) string) bool

var authServers = map[string]authServer{
	"PLAIN": func(password, line string, _ func(string) string) bool {
		return line == plain("desk", password)
	},
	"LOGIN": func(password, line string, ask func(string) string) bool {
		return line == "AUTH LOGIN" && ask("Username:") == "desk" && ask("Password:") == password
	},
	"CRAM-MD5": func(password, line string, ask func(string) string) bool {
		const challenge = "<1896.697170952@relay.example>"
		mac := hmac.New(md5.New, []byte(password))
		mac.Write([]byte(challenge))
		return line == "AUTH CRAM-MD5" && ask(challenge) == fmt.Sprintf("desk %x", mac.Sum(nil))
	},
	"SCRAM-SHA-1":   scram("SCRAM-SHA-1", sha1.New),
	"SCRAM-SHA-256": scram("SCRAM-SHA-256", sha256.New),
	"XOAUTH2": func(password, line string, ask func(string) string) bool {
		want := base64.StdEncoding.EncodeToString([]byte("user=desk\x01auth=Bearer " + password + "\x01\x01"))
		return line == "AUTH XOAUTH2 "+want || ask(`{"status":"400"}`) == "never"
	},
}

// scram is the server of RFC 5802, and RFC 7677 for SHA-256.
func scram(name string, h func() hash.Hash) authServer {
	mac := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	return func(password, line string, ask func(string) string) bool {
		bare, ok := strings.CutPrefix(ask(""), "n,,")
		nonce, found := strings.CutPrefix(bare, "n=desk,r=")
		if line != "AUTH "+name || !ok || !found {
			return false
		}
		salt, nonce := []byte("saltsaltsalt"), nonce+"theirs"
		first := fmt.Sprintf("r=%s,s=%s,i=4096", nonce, base64.StdEncoding.EncodeToString(salt))
		final, proof64, _ := strings.Cut(ask(first), ",p=")
		salted, err := pbkdf2.Key(h, password, salt, 4096, h().Size())
		proof, err2 := base64.StdEncoding.DecodeString(proof64)
		if err != nil || err2 != nil || final != "c=biws,r="+nonce {
			return false
		}
		clientKey, all := mac(salted, "Client Key"), bare+","+first+","+final
		stored := h()
		stored.Write(clientKey)
		want := make([]byte, h().Size())
		subtle.XORBytes(want, clientKey, mac(stored.Sum(nil), all))
		if !hmac.Equal(want, proof) {
			return false
		}
		ask("v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), all)))
		return true
	}
}

func TestEachAuthMechanismProvesThePassword(t *testing.T) {
	for name, verify := range authServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{
				offers: []string{"AUTH " + name},
				auth:   func(line string, ask func(string) string) bool { return verify("secret", line, ask) },
			}).start(t)
			r := plainTo(server)
			r.Username, r.Password = "desk", "secret"
			s := &stream{envelopes: envelopes(1)}
			if end := r.Work(t.Context(), s); end.Class != "" || len(server.taken()) != 1 {
				t.Errorf("with the password: %+v", end)
			}
			r = plainTo(server)
			r.Username, r.Password = "desk", "guess"
			s = &stream{envelopes: envelopes(1)}
			if end := r.Work(t.Context(), s); end.Class != digest.Account || end.Code != 535 || s.next != 0 {
				t.Errorf("with another: %+v, want account", end)
			}
		})
	}
}

func TestTheStrongestAuthMechanismIsChosenOrTheOneThatIsNamed(t *testing.T) {
	for _, row := range []struct{ offered, only, want string }{
		{"PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2", "", "SCRAM-SHA-256"},
		{"LOGIN XOAUTH2 SCRAM-SHA-1 PLAIN", "", "SCRAM-SHA-1"},
		{"XOAUTH2 LOGIN", "", "LOGIN"},
		{"XOAUTH2 GSSAPI", "", "XOAUTH2"},
		{"plain", "", "PLAIN"},
		{"PLAIN LOGIN XOAUTH2", "xoauth2", "XOAUTH2"},
		{"PLAIN LOGIN SCRAM-SHA-256", "Login", "LOGIN"},
		{"PLAIN LOGIN", "scram-sha-256", ""},
		{"GSSAPI NTLM", "", ""},
	} {
		t.Run(row.offered+" "+row.only, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{
				offers: []string{"AUTH " + row.offered},
				answer: always("AUTH", "535 5.7.8 no"),
			}).start(t)
			r := plainTo(server)
			r.Username, r.Password, r.Auth = "desk", "secret", row.only
			end := r.Work(t.Context(), &stream{envelopes: envelopes(1)})
			got := ""
			for _, line := range server.seen() {
				if after, ok := strings.CutPrefix(line, "AUTH "); ok {
					got, _, _ = strings.Cut(after, " ")
				}
			}
			if got != row.want {
				t.Errorf("AUTH %q, want %q", got, row.want)
			}
			if row.want == "" && (end.Class != digest.Session || !strings.Contains(end.Reply, "offer")) {
				t.Errorf("ended with %+v, want session with the reason", end)
			}
		})
	}
}

func TestAServerCanNotHaveThePasswordHashedForEver(t *testing.T) {
	for name := range authServers {
		if !strings.HasPrefix(name, "SCRAM-") {
			continue
		}
		for _, count := range []int{1_000_001, 2_000_000_000} {
			t.Run(fmt.Sprint(name, " ", count), func(t *testing.T) {
				t.Parallel()
				var proof string
				server := (&scripted{
					offers: []string{"AUTH " + name},
					auth: func(_ string, ask func(string) string) bool {
						_, nonce, _ := strings.Cut(ask(""), "r=")
						proof = ask(fmt.Sprintf("r=%stheirs,s=c2FsdA==,i=%d", nonce, count))
						return false
					},
				}).start(t)
				r := plainTo(server)
				r.Username, r.Password = "desk", "secret"
				s := &stream{envelopes: envelopes(1)}
				end := r.Work(t.Context(), s)
				if end.Class != digest.Session ||
					!strings.Contains(end.Reply, "hashed more than 1000000 times") || s.next != 0 {
					t.Errorf("ended with %+v, want session with the reason", end)
				}
				if proof != "" {
					t.Errorf("the relay was answered %q", proof)
				}
			})
		}
	}
}
