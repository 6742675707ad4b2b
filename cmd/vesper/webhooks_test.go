package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/subscribers/returns/hooktest"
)

// snsDir is a folder with what lies at the addresses of SNS, by the SHA-256 of each, and
// the certificate of its root.
const snsDir = "SNS_DIR"

// mainSNS is the program with an Amazon of a test's.
func mainSNS() {
	dir := os.Getenv(snsDir)
	root, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	if err != nil {
		panic(err)
	}
	by := sns{snsFiles{dir}, x509.NewCertPool()}
	by.roots.AppendCertsFromPEM(root)
	kept(func() int { return runBy(clock(), by, 0, 0) })
}

// snsFiles gets what lies at an address out of a folder.
type snsFiles struct{ dir string }

// Get implements hook.Fetcher.
func (f snsFiles) Get(_ context.Context, address string) ([]byte, error) {
	sum := sha256.Sum256([]byte(address))
	return os.ReadFile(filepath.Join(f.dir, hex.EncodeToString(sum[:])))
}

// webhookSecret gives the secret of a provider's webhook.
func webhookSecret(provider string) string {
	sum := sha256.Sum256([]byte("the secret of " + provider))
	return hex.EncodeToString(sum[:16])
}

// hears configures a webhook of every provider, and starts the service.
func (n *newsroom) hears(t *testing.T) (told, string) {
	t.Helper()
	pages := n.open(t)
	aws := hooktest.NewAmazon(t, time.Now())
	dir := t.TempDir()
	files := map[string][]byte{"root.pem": aws.Root}
	aws.At[hooktest.ConfirmAt+hooktest.Topic+"&Token=2336412f37"] = []byte("<ConfirmSubscriptionResponse/>")
	for address, text := range aws.At {
		sum := sha256.Sum256([]byte(address))
		files[hex.EncodeToString(sum[:])] = text
	}
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), string(text))
	}
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range hooktest.Providers() {
		writeFile(t, filepath.Join(n.dir, name+".secret"), webhookSecret(name)+"\n")
		config = fmt.Appendf(config, "\n[[webhook]]\nprovider = %q\nsecret_file = %q\n", name, name+".secret")
		if p.Key != "" {
			writeFile(t, filepath.Join(n.dir, name+".key"), p.Key+"\n")
			config = fmt.Appendf(config, "key_file = %q\n", name+".key")
		}
	}
	writeFile(t, path, string(config))
	log := &heard{words: map[string]chan struct{}{}}
	c := n.command("serve")
	c.Path, c.Args[0] = exec.Command("vesper-sns").Path, "vesper-sns"
	c.Env = append(os.Environ(), snsDir+"="+dir)
	c.Stderr = log
	s := told{log, launched(t, c)}
	s.says(t, "msg=serving")
	return s, pages
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// posts sends a request, and gives the status and the answer.
func posts(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(body)
}

// sentTo is a message of the edition to a reader, as the ledger has it.
type sentTo struct {
	subscriber int64
	// id is the Message-ID, queue what the relay's 250 said.
	address, id, queue string
}

func (n *newsroom) sentTo(t *testing.T) (all []sentTo) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	key := currentKey(t, db, "message-id")
	rows, err := db.Query(`SELECT s.id, s.address, d.queue_id FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
		WHERE d.step = 'sent' ORDER BY s.id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s sentTo
		if err := rows.Scan(&s.subscriber, &s.address, &s.queue); err != nil {
			t.Fatal(err)
		}
		s.id = key.MessageID(1, s.subscriber) + "@news.example"
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEveryProviderIsHeardByTheServiceThatRuns sends an edition, and has each provider say
// that a reader is unknown: genuinely, twice, and in all the ways that have no effect.
func TestEveryProviderIsHeardByTheServiceThatRuns(t *testing.T) {
	t.Parallel()
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, manyReaders(100))
	<-n.start(t).ended
	sent := n.sentTo(t)
	if len(sent) != 100 || sent[0].queue == "" {
		t.Fatalf("%d messages, the first one queued as %q", len(sent), sent[0].queue)
	}
	s, pages := n.hears(t)
	now := time.Now()
	if code, text := posts(t, notice(pages, hooktest.Asks(hooktest.Topic, now))); code != http.StatusOK {
		t.Fatalf("the topic asks: got %d, %s\n%s", code, text, s.heard)
	}
	i := 0
	for name, p := range hooktest.Providers() {
		of := func(to sentTo, event string) string {
			return p.Bounce(hooktest.Mail{Address: to.address, ID: to.id, Queue: to.queue, Event: event})
		}
		to, other, gone := sent[i], sent[50+i], sent[90+i]
		i++
		at := pages + "/hooks/" + name + "/" + webhookSecret(name)
		n.asks(t, "subscribers", "erase", gone.address)
		for _, body := range []string{
			of(to, name), of(to, name), of(gone, name+" erased"),
			p.Bounce(hooktest.Mail{Address: "ana@quay.example", ID: "a@quay.example", Queue: "q", Event: name + " foreign"}),
		} {
			if code, text := posts(t, p.Sign(at, body, now, false)); code != http.StatusOK {
				t.Errorf("%s: got %d, %s, for %s", name, code, text, body)
			}
		}
		s.says(t, fmt.Sprintf("msg=\"taken off the list\" subscriber=%d ", to.subscriber))
		for what, r := range map[string]*http.Request{
			"another's key": p.Sign(at, of(other, name+" forged"), now, true),
			"expired":       p.Sign(at, of(other, name+" old"), now.Add(-2*time.Hour), !p.Dated),
			"deep":          p.Sign(at, strings.Repeat(`{"a":[`, 1000)+strings.Repeat("]}", 1000), now, false),
			"too large":     p.Sign(at, of(other, name+" large")+strings.Repeat(" ", 1<<20), now, false),
		} {
			if code, text := posts(t, r); code < 400 || code >= 500 {
				t.Errorf("%s, %s: got %d, %s", name, what, code, text)
			}
		}
		// Without the secret it is as any page that is not there.
		code, text := posts(t, p.Sign(pages+"/hooks/"+name+"/"+webhookSecret("x"), of(other, "x"), now, false))
		want, page := posts(t, p.Sign(pages+"/nothing/"+name+"/x", of(other, "x"), now, false))
		if code != http.StatusNotFound || code != want || text != page {
			t.Errorf("%s, a wrong secret: got %d, want %d, as without one", name, code, want)
		}
	}
	s.Process.Signal(os.Interrupt)
	<-s.ended
	n.recordedRight(t, len(hooktest.Providers()))
	toldNothing(t, s.heard.String())
}

// TestWhatAProviderWasToldIsRecordedOutlivesAKill: a 200 is a promise.
func TestWhatAProviderWasToldIsRecordedOutlivesAKill(t *testing.T) {
	t.Parallel()
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, manyReaders(100))
	<-n.start(t).ended
	sent := n.sentTo(t)
	s, pages := n.hears(t)
	p, at, now := hooktest.Providers()["sendgrid"], pages+"/hooks/sendgrid/"+webhookSecret("sendgrid"), time.Now()
	answered := make(chan string, len(sent))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := i; j < len(sent); j += 4 {
				event := fmt.Sprint("event ", j)
				body := p.Bounce(hooktest.Mail{Address: sent[j].address, ID: sent[j].id, Queue: "q", Event: event})
				got, err := http.DefaultClient.Do(p.Sign(at, body, now, false))
				if err != nil {
					return
				}
				got.Body.Close()
				if got.StatusCode == http.StatusOK {
					answered <- event
				}
			}
		})
	}
	var told []string
	for range 20 {
		told = append(told, <-answered)
	}
	s.kill()
	all.Wait()
	close(answered)
	for event := range answered {
		told = append(told, event)
	}
	db := n.database(t)
	defer db.Close()
	for _, event := range told {
		rows := 0
		if err := db.QueryRow(`SELECT count(*) FROM reports WHERE key = $1`, event).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%s was answered, and there are %d reports of it (%v)", event, rows, err)
		}
	}
	t.Logf("%d events were answered before the kill", len(told))
}

// notice is a message of SNS to its webhook.
func notice(pages string, m map[string]string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, pages+"/hooks/ses/"+webhookSecret("ses"),
		strings.NewReader(hooktest.SNS(m, "1", hooktest.RSA().SNS)))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	return r
}

// recordedRight looks for one report of each provider that took a reader off the list, and
// one of a reader who is gone, which has nothing of that reader.
func (n *newsroom) recordedRight(t *testing.T, providers int) {
	t.Helper()
	db := n.database(t)
	defer db.Close()
	for what, query := range map[string]string{
		"reports of readers": `SELECT count(DISTINCT door) FROM reports WHERE subscriber <> 0 AND edition = 1
			AND cause = 'user unknown' AND state = 'acted' AND proof IN ('message id', 'queue id') AND raw IS NOT NULL`,
		"reports of who is gone": `SELECT count(DISTINCT door) FROM reports WHERE subscriber = 0 AND edition = 1
			AND proof IN ('message id', 'queue id') AND raw IS NULL AND address = '' AND state IN ('new', 'noted')`,
		"half of the reports": `SELECT count(*) / 2 FROM reports`,
		"readers who are off": `SELECT count(*) FROM subscribers WHERE status = 'suppressed'`,
	} {
		got := 0
		if err := db.QueryRow(query).Scan(&got); err != nil || got != providers {
			t.Errorf("%d %s, want %d (%v)", got, what, providers, err)
		}
	}
	rows := 0
	if err := db.QueryRow(`SELECT count(*) FROM reports WHERE instr(key || rule || diagnostic, '@') > 0
		OR instr(coalesce(raw, ''), 'quay') > 0`).Scan(&rows); err != nil || rows > 0 {
		t.Errorf("%d reports name somebody (%v)", rows, err)
	}
}

// toldNothing looks for what must not be in a log.
func toldNothing(t *testing.T, log string) {
	t.Helper()
	for name, p := range hooktest.Providers() {
		for _, never := range []string{webhookSecret(name), p.Key} {
			if never != "" && strings.Contains(log, never) {
				t.Errorf("the log tells %q:\n%s", never, log)
			}
		}
	}
	if strings.Contains(log, "@reader.example") || strings.Contains(log, "quay.example") {
		t.Errorf("the log has addresses:\n%s", log)
	}
	for _, words := range []string{"is not this list's", "told again"} {
		if got := strings.Count(log, words); got != len(hooktest.Providers()) {
			t.Errorf("%d lines with %q:\n%s", got, words, log)
		}
	}
}
