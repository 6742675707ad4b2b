package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// wordpress is a real site in a folder of its own, with a database of its own. Both last as
// long as the test.
type wordpress struct{ dir, url string }

// wordpressFolders are where Debian's package puts WordPress, and where .ci/needs does.
var wordpressFolders = []string{"/usr/share/wordpress", "/usr/local/share/wordpress"}

// The site's files. Its time zone is far from UTC, so that a time in the wrong one is seen;
// its theme shows no more than headline and text.
const (
	wordpressConfig = `<?php
define('DB_NAME', 'site'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:%[1]s/socket');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', ''); $table_prefix = 'wp_';
define('WP_HOME', '%[2]s'); define('WP_SITEURL', '%[2]s'); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
if (!isset($_SERVER['HTTP_HOST'])) $_SERVER['HTTP_HOST'] = parse_url(WP_HOME, PHP_URL_HOST);
define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`
	wordpressInstall = `<?php define('WP_INSTALLING', true);
(new mysqli('', 'root', '', '', 0, __DIR__ . '/socket'))->query('CREATE DATABASE site');
require __DIR__ . '/site/wp-load.php'; require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
wp_install('The Harbour Post', 'editor', 'editor@post.example', true, '', 'secret');
update_option('timezone_string', 'Pacific/Auckland'); update_option('posts_per_rss', 50);
global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%postname%/'); flush_rewrite_rules();
switch_theme('plain'); wp_delete_post(1, true); file_put_contents(__DIR__ . '/version', get_bloginfo('version'));
`
	// wordpressCall calls one of WordPress's functions, with its arguments in JSON.
	wordpressCall = `<?php require __DIR__ . '/site/wp-load.php';
$answer = call_user_func_array($argv[1], json_decode($argv[2], true));
if (is_wp_error($answer) || !$answer) { fwrite(STDERR, json_encode($answer)); exit(1); }
echo json_encode(is_int($answer) ? $answer : 0);
`
	wordpressRouter = `<?php $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file($_SERVER['DOCUMENT_ROOT'] . $path)) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php'; require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
`
	wordpressTheme = `<!DOCTYPE html><html><head><title><?php wp_title(''); ?></title><?php wp_head(); ?></head><body>
<?php while (have_posts()) { the_post(); ?><article><h1><?php the_title(); ?></h1><?php the_content(); ?></article><?php } ?>
</body></html>
`
)

// startWordPress sets a site up and serves it on loopback.
func startWordPress(t *testing.T) *wordpress {
	t.Helper()
	began := time.Now()
	source := ""
	for _, folder := range wordpressFolders {
		if _, err := os.Stat(filepath.Join(folder, "wp-settings.php")); err == nil {
			source = folder
		}
	}
	for _, program := range []string{"php", "mariadbd"} {
		if _, err := exec.LookPath(program); err != nil || source == "" {
			t.Skip("wordpress, php-cli, php-mysql and mariadb-server-core are not installed")
		}
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	w := &wordpress{t.TempDir(), "http://" + address}
	site := filepath.Join(w.dir, "site")
	theme := filepath.Join(site, "wp-content/themes/plain")
	if out, err := exec.Command("cp", "-r", source, site).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dir := range []string{theme, w.compiled()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		filepath.Join(site, "wp-config.php"): fmt.Sprintf(wordpressConfig, w.dir, w.url),
		filepath.Join(theme, "style.css"):    "/*\nTheme Name: Plain\n*/\n", filepath.Join(theme, "index.php"): wordpressTheme,
		filepath.Join(w.dir, "install.php"): wordpressInstall, filepath.Join(w.dir, "call.php"): wordpressCall,
		filepath.Join(w.dir, "router.php"): wordpressRouter,
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w.database(t)
	if out, err := w.php(filepath.Join(w.dir, "install.php")).CombinedOutput(); err != nil {
		t.Fatalf("install WordPress: %v\n%s", err, out)
	}
	server := w.php("-S", address, "-t", site, filepath.Join(w.dir, "router.php"))
	server.Env = append(os.Environ(), "PHP_CLI_SERVER_WORKERS=4")
	w.start(t, server)
	w.until(t, "WordPress answers", func() bool {
		answer, err := http.Get(w.url + "/wp-json/wp/v2/posts")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	})
	version, _ := os.ReadFile(filepath.Join(w.dir, "version"))
	t.Logf("WordPress %s was set up within %.1f s", version, time.Since(began).Seconds())
	return w
}

// compiled is where PHP keeps what it has compiled.
func (w *wordpress) compiled() string { return filepath.Join(w.dir, "compiled") }

// php is a run of PHP. It finds what those before it have compiled: that of WordPress takes
// longer than most of what it is asked for.
func (w *wordpress) php(args ...string) *exec.Cmd {
	return exec.Command("php", append([]string{
		"-d", "opcache.enable_cli=1", "-d", "opcache.file_cache=" + w.compiled(), "-d", "opcache.file_update_protection=0",
	}, args...)...)
}

// database starts a database that only this site can ask. What it has is lost with the test,
// so it syncs nothing.
func (w *wordpress) database(t *testing.T) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(w.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--no-defaults", "--datadir=" + filepath.Join(w.dir, "db"), "--socket=" + filepath.Join(w.dir, "socket"),
		"--pid-file=" + filepath.Join(w.dir, "pid"), "--skip-networking", "--skip-grant-tables",
		"--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	w.start(t, exec.Command("mariadbd", args...))
	w.until(t, "the database answers", func() bool {
		c, err := net.Dial("unix", filepath.Join(w.dir, "socket"))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// start starts a program that ends with the test, and all that it starts with it.
func (w *wordpress) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	log := &strings.Builder{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = log, log, 5*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%.4000s", cmd.Path, log)
		}
	})
}

// until waits until something holds.
func (w *wordpress) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute it is not so that %s", what)
		}
	}
}

// call calls a function of WordPress, and gives the number that it answers.
func (w *wordpress) call(t *testing.T, function string, args ...any) (number int) {
	t.Helper()
	said, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := w.php(filepath.Join(w.dir, "call.php"), function, string(said))
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &number)
	}
	if err != nil {
		t.Fatalf("%s%s: %v\n%s%s", function, said, err, out, &errors)
	}
	return number
}

const sqlTime = "2006-01-02 15:04:05"

func (w *wordpress) write(t *testing.T, title, status string, at time.Time) int {
	t.Helper()
	return w.call(t, "wp_insert_post", map[string]any{
		"post_title": title, "post_status": status, "post_author": 1, "post_date_gmt": at.UTC().Format(sqlTime),
		"post_content": "<p>" + title + ": what happened in the harbour at night, as those tell it who saw it.</p>",
	})
}

func (w *wordpress) change(t *testing.T, number int, to blogChange) {
	t.Helper()
	if to.status == "trash" {
		w.call(t, "wp_trash_post", number)
		return
	}
	post := map[string]any{"ID": number, "post_password": map[bool]string{true: "secret"}[to.locked]}
	if to.title != "" {
		post["post_title"] = to.title
	}
	if to.status != "" {
		post["post_status"] = to.status
	}
	if !to.at.IsZero() {
		post["edit_date"], post["post_date"], post["post_date_gmt"] = true, "", to.at.UTC().Format(sqlTime)
	}
	w.call(t, "wp_update_post", post)
}

// TestTheDeskFollowsARealWordPress by its REST API and, with -whole, by its feed of RSS alone.
func TestTheDeskFollowsARealWordPress(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	ways := []struct{ name, path string }{
		{"REST", "/wp-json/wp/v2/posts?per_page=50&_embed=author,wp:term"}, {"RSS", "/feed/"},
	}
	for _, way := range whole.First(t, 1, ways) {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			w := startWordPress(t)
			n, desk := roomOf(t, w.url, way.path, true)
			followABlog(t, w, n, desk, way.name == "RSS")
		})
	}
}
