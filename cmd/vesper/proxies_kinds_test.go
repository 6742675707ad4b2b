package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// proxy is a web server that stands before the readers' pages. In its configuration
// EXAMPLE is what the README says, PORT where it listens and DIR its folder. It logs what it
// can into DIR/logs or to where a terminal would be, unless the example says otherwise.
type proxy struct {
	config  string
	command []string
}

var proxies = map[string]proxy{
	"nginx": {
		`pid DIR/pid; error_log stderr; daemon off; master_process off; events {}
		http { access_log DIR/logs; client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c;
		uwsgi_temp_path DIR/d; scgi_temp_path DIR/e; server { listen 127.0.0.1:PORT; EXAMPLE } }`,
		[]string{"nginx", "-c", "DIR/config"},
	},
	"HAProxy": {
		"global\n log stdout format raw local0\ndefaults\n log global\n option httplog\n mode http\n" +
			" timeout connect 9s\n timeout client 99s\n timeout server 99s\n" +
			"frontend front\n bind 127.0.0.1:PORT\n EXAMPLE\n default_backend back\n" +
			"backend back\n server vesper 127.0.0.1:8025\n",
		[]string{"haproxy", "-db", "-f", "DIR/config"},
	},
	"Caddy": {
		"{\nadmin off\nauto_https off\nlog {\nexclude http.log.error\n}\n}\nhttp://127.0.0.1:PORT {\nEXAMPLE\n}\n",
		[]string{"caddy", "run", "--adapter", "caddyfile", "--config", "DIR/config"},
	},
	"Apache": {
		"ServerRoot DIR\nPidFile DIR/pid\nErrorLog DIR/log\nServerName mail.news.example\n" +
			"LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n" +
			"LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n" +
			"LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n" +
			"LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so\n" +
			"LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O\" common\nCustomLog DIR/logs common\n" +
			"Listen 127.0.0.1:PORT\n<VirtualHost 127.0.0.1:PORT>\nEXAMPLE\n</VirtualHost>\n",
		[]string{"apache2", "-DFOREGROUND", "-f", "DIR/config"},
	},
	"lighttpd": {
		"server.document-root = \"DIR\"\nserver.bind = \"127.0.0.1\"\nserver.port = PORT\n" +
			"server.modules = (\"mod_proxy\")\nEXAMPLE\n",
		[]string{"lighttpd", "-D", "-f", "DIR/config"},
	},
	"Varnish": {
		"vcl 4.1;\nEXAMPLE\n",
		[]string{
			"varnishd", "-F", "-j", "none", "-n", "DIR/work", "-a", "127.0.0.1:PORT", "-f", "DIR/config",
			"-s", "malloc,16m",
		},
	},
	"h2o": {
		"listen: {host: 127.0.0.1, port: PORT}\nnum-threads: 1\n" +
			"hosts: {default: {paths: {\"/\": {EXAMPLE}}}}\n",
		[]string{"h2o", "-c", "DIR/config"},
	},
}

var (
	proxyRow  = regexp.MustCompile("(?m)^\\| ([A-Za-z0-9]+) \\| (`[^|\n]+) \\|$")
	inTicks   = regexp.MustCompile("`([^`]+)`")
	ourPortIn = regexp.MustCompile(`\b8025\b`)
)

// proxyExamples gives what the README says that each server needs.
func proxyExamples(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "### Behind an HTTPS server")
	section, _, _ = strings.Cut(section, "\n## ")
	examples := map[string]string{}
	for _, row := range proxyRow.FindAllStringSubmatch(section, -1) {
		for _, line := range inTicks.FindAllStringSubmatch(row[2], -1) {
			examples[row[1]] += line[1] + "\n "
		}
	}
	return examples
}

// front is a web server that runs. logged gives all that it has logged.
type front struct {
	site   string
	logged func() string
}

// start runs a server before the pages at a port, until it answers.
func (p proxy) start(t *testing.T, example string, pages int) front {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	f := front{site: fmt.Sprintf("http://127.0.0.1:%d", port)}
	s := p.begin(t, example, dir, pages, port, func() bool { return shown(f.site + "/s") })
	f.logged = func() string {
		_ = syscall.Kill(-s.Process.Pid, syscall.SIGTERM)
		<-s.ended
		log, err := os.ReadFile(filepath.Join(dir, "logs"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return s.said.String() + string(log)
	}
	return f
}

// begin runs a server in a folder before the pages at a port, until it answers.
func (p proxy) begin(t *testing.T, example, dir string, pages, port int, answers func() bool) *sending {
	t.Helper()
	fill := strings.NewReplacer("EXAMPLE", example, "DIR", dir, "PORT", fmt.Sprint(port))
	config := ourPortIn.ReplaceAllString(fill.Replace(p.config), fmt.Sprint(pages))
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, arg := range p.command[1:] {
		args = append(args, fill.Replace(arg))
	}
	c := exec.Command(p.command[0], args...)
	c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s := launched(t, c)
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-s.ended
	})
	for over := time.Now().Add(time.Minute); !answers(); {
		select {
		case <-s.ended:
			t.Fatalf("it did not start:\n%s\n%s", &s.said, config)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(over) {
			t.Fatalf("it does not answer for the pages:\n%s", config)
		}
	}
	return s
}
