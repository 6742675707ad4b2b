package exchange

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// noon is when the files of these tests are imported.
var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// outcome gives who comes in and as what, and how many rows are rejected, or the error
// of the whole file.
func outcome(t *testing.T, content string, choices Choices) string {
	t.Helper()
	choices.Now = noon
	f, err := Open("f", strings.NewReader(content), int64(len(content)), choices)
	if err != nil {
		return "refused: " + err.Error()
	}
	var all []string
	rejected := 0
	for row, err := range f.Parts[0].Rows() {
		if _, ok := errors.AsType[*Reject](err); ok {
			rejected++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s := row.Subscriber
		status := string(s.Status)
		if len(s.Suppressions) > 0 {
			status = s.Suppressions[0]
		}
		local, _, _ := strings.Cut(s.Address.String(), "@")
		all = append(all, local+" "+status)
	}
	if rejected > 0 {
		all = append(all, fmt.Sprintf("%d rejected", rejected))
	}
	return strings.Join(all, ", ")
}

// file is a file and its outcome. A want that ends in an asterisk is how it begins.
type file struct{ content, want string }

func try(t *testing.T, cases []file) {
	t.Helper()
	for _, c := range cases {
		got := outcome(t, c.content, Choices{})
		if begins, ok := strings.CutSuffix(c.want, "*"); got != c.want && (!ok || !strings.HasPrefix(got, begins)) {
			t.Errorf("%q: got %q, want %q", c.content, got, c.want)
		}
	}
}

func TestAnotherColumnsAddressesAreNotTheReaders(t *testing.T) {
	const mailchimp = "MEMBER_RATING,CONFIRM_TIME,LEID,EUID\n"
	const unclear = "refused: f: it is not clear which column holds the readers' addresses*"
	try(t, []file{
		{"Email Address,Manager Email," + mailchimp + "a..b@x.example,boss@y.example,2,,1,1\n", "1 rejected"},
		{"Email Address,Manager Email," + mailchimp + "a@x.example,boss@y.example,2,,1,1\n", "a unconfirmed"},
		{"Manager Email,Email," + mailchimp + "boss@y.example,a@x.example,2,,1,1\n", "a unconfirmed"},
		{"Adresse mail,Parrain\na@x.example,boss@y.example\n", "a unconfirmed"},
		{"Deine E-Mail-Adresse,Geworben von,LEID,EUID\na@x.example,boss@y.example,1,1\n", "a unconfirmed"},
		{"Kontakt,Vertretung\na@x.example,b@x.example\n", unclear},
		{"Kontakt,Vertretung\na@x.example,\n,b@x.example\n", unclear},
		{"Kontakt,Chef\n" + strings.Repeat("a@x.example,\n", 2*sampled) + "a@x.example,b@x.example\n", unclear},
		{"Kontakt,Bemerkung\na@x.example,fragt b@x.example\n", "a unconfirmed"},
		{"Email,E-Mail\na@x.example,b@x.example\n", unclear},
		{"Email,E-Mail\na@x.example,\n", "a unconfirmed"},
		{"Email,Referrer\n,boss@y.example\n", unclear},
		{"Address,Privat\nMain Street 1,a@x.example\n", "a unconfirmed"},
		{"Address,Mail\nMain Street 1,a@x.example\n", "a unconfirmed"},
	})
	for chosen, want := range map[string]string{
		"kontakt": "a unconfirmed", "CHEF": "boss unconfirmed", "column 3": "c unconfirmed",
		"Home": `refused: f has no column "Home"`,
	} {
		got := outcome(t, "Kontakt,Chef,\na@x.example,boss@y.example,c@x.example\n", Choices{Address: chosen})
		if got != want {
			t.Errorf("--address-column %s: got %q, want %q", chosen, got, want)
		}
	}
}

// TestColumnsAreJudgedByTheirValues has a name that says nothing over values that may.
func TestColumnsAreJudgedByTheirValues(t *testing.T) {
	for _, c := range []struct{ column, values, why string }{
		{"Accepts Email Marketing", "yes|no", "yes or no"},
		{"Global state", "Subscribed|Unsubscribed", `it has "Unsubscribed"`},
		{"Feld 7", "|abgemeldet", `it has "abgemeldet"`},
		{"Etat", "actif|Désinscrit", `it has "Désinscrit"`},
		{"Estado", "alta|Baja", `it has "Baja"`},
		{"Stato", "iscritto|disiscritto", `it has "disiscritto"`},
		{"Situação", "ativo|descadastrado", `it has "descadastrado"`},
		{"Toestand", "actief|uitgeschreven", `it has "uitgeschreven"`},
		{"Remark", "met at the fair|Opted out", `it has "Opted out"`},
		{"Remark", "met at the fair|Do Not Contact!", `it has "Do Not Contact!"`},
		{"Remark", "VIP|cleaned", `it has "cleaned"`},
		{"Mails?", "|x", "yes or no"},
		{"GDPR", "TRUE|FALSE", "yes or no"},
		{"Perm", "1|0", "yes or no"},
		{"Perm", "|1", "yes or no"},
		{"Perm", "ja|nein", "yes or no"},
		{"Perm", "yes|no|ask", "yes or no"},
		{"Fin", "2024-01-02|", "a date"},
		{"Fin", "|02.01.2024", "a date"},
		{"", "VIP|", "no name"},
		{"Abgemeldet am", "neulich|", "its name"},
		{"Do Not Contact", "|", "its name"},
		{"City", "Wien|", ""},
		{"Orders", "0|3|1", ""},
		{"Note", "no idea|", ""},
		{"Joined", "2024-01-02|2024-01-03", ""},
		{"Phone", "+43 1 123456|", ""},
		{"Phone", "436641234567|", ""},
		{"Empty", "|", ""},
	} {
		var b strings.Builder
		fmt.Fprintf(&b, "email,%s,plan\n", c.column)
		for i, value := range strings.Split(c.values, "|") {
			fmt.Fprintf(&b, "r%d@x.example,%s,gold\n", i, quote(value))
		}
		f, err := Open("f", strings.NewReader(b.String()), int64(b.Len()), Choices{})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(f.Parts[0].Doubts)
		if (c.why == "") != (len(f.Parts[0].Doubts) == 0) || !strings.Contains(got, c.why) {
			t.Errorf("%s with %s: got %v, want %q", c.column, c.values, got, c.why)
		}
	}
}

func TestAKnownProgramsDatesAreNotOfLeaving(t *testing.T) {
	content := beehiivHeader[:len(beehiivHeader)-1] + ",Birthday\na@x.example,active,free,,,2000-01-01\n" +
		"b@x.example,active,free,,,\n"
	f, err := Open("f", strings.NewReader(content), int64(len(content)), Choices{})
	if err != nil || len(f.Parts[0].Doubts) > 0 {
		t.Errorf("%v, %v", f.Parts[0].Doubts, err)
	}
}

func TestTheAdminSaysWhichValueMeansLeft(t *testing.T) {
	const content = "email,Mails,Zustand\na@x.example,TRUE,ok\nb@x.example,FALSE,ok\nc@x.example,1,Gone fishing\n"
	for choice, want := range map[string]string{
		"mails=no":             "a unconfirmed, b unsubscribed, c unconfirmed",
		"Mails=false":          "a unconfirmed, b unsubscribed, c unconfirmed",
		"MAILS=yes":            "a unsubscribed, b unconfirmed, c unsubscribed",
		"zustand=gone fishing": "a unconfirmed, b unconfirmed, c unsubscribed",
	} {
		left, err := ParseLeft(choice)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(t, content, Choices{Left: []Left{left}}); got != want {
			t.Errorf("--left-when %s: got %q, want %q", choice, got, want)
		}
	}
	for _, bad := range []string{"", "mails", "=no", "mails=", " = "} {
		if left, err := ParseLeft(bad); err == nil {
			t.Errorf("%q was taken as %v", bad, left)
		}
	}
	// It also explains a word that a status does not know.
	left := []Left{{"status", "asleep"}}
	if got := outcome(t, "email,status\na@x.example,asleep\n", Choices{Left: left}); got != "a unsubscribed" {
		t.Errorf("a word of the status: %q", got)
	}
}

func TestTheGravestOfTwoColumnsCounts(t *testing.T) {
	try(t, []file{
		{
			"email,status,name,status\na@x.example,,A,unsubscribed\nb@x.example,active,B,bounced\n",
			"a unsubscribed, b hard bounce",
		},
		{
			"email,Status,status,STATUS\na@x.example,active,active,pending\nb@x.example,spam,active,no\n",
			"a unconfirmed, b complaint",
		},
		{"email,status,status,confirmed_at\na@x.example,active,pending,2024-01-01\n", "a unconfirmed"},
		{"email,status,status,confirmed_at\na@x.example,active,,2024-01-01\n", "a active"},
		{"email,status,status\na@x.example,active,asleep\n", "1 rejected"},
		{"email,unsubscribed,Unsubscribed\na@x.example,no,yes\nb@x.example,no,no\n", "a unsubscribed, b unconfirmed"},
		{"email,confirmed_at,confirmed_at\na@x.example,2024-01-01,\n", `refused: f has 2 columns "confirmed_at"`},
		{"email,name,Name\na@x.example,A,B\n", `refused: f has 2 columns "name"`},
		{"email,note,note\na@x.example,A,B\n", "a unconfirmed"},
		{
			strings.Replace(ownHeader, "name", "status", 1) + "a@x.example,,active,,every,,plain,,,,,2024-01-01T00:00:00Z,,\n",
			`refused: f has 2 columns "status"`,
		},
		{"id,email,subscribed_to_emails,subscribed_to_emails\n1,a@x.example,true,false\n", "a unsubscribed"},
	})
}

func TestNobodyConfirmedAtTheStartOfACalendarOrInTheFuture(t *testing.T) {
	for at, want := range map[string]string{
		"2024-01-02 03:04:05": "active", "2026-11-27 11:59:59": "active", "1970-01-01 00:00:00": "unconfirmed",
		"1970-01-01T01:00:00+01:00": "unconfirmed", "1970-01-02": "unconfirmed", "1980-01-01": "unconfirmed",
		"2026-11-27 12:00:01": "unconfirmed", "2099-01-01": "unconfirmed", "9999-12-31": "unconfirmed",
	} {
		for form, content := range map[string]string{
			"a table":   "email,confirmed_at\na@x.example," + at + "\n",
			"Mailchimp": "Email Address,CONFIRM_TIME,LEID,EUID\na@x.example," + at + ",1,1\n",
			"Buttondown": "id,email,subscriber_type,creation_date,subscription_date,unsubscription_date\n" +
				"1,a@x.example,regular,," + at + ",\n",
		} {
			if got := outcome(t, content, Choices{}); got != "a "+want {
				t.Errorf("%s with %s: got %q, want %q", form, at, got, want)
			}
		}
	}
	own := "a@x.example,,active,,every,,plain,,,,,%s,,\n"
	for at, want := range map[string]string{
		"2024-01-01T00:00:00Z": "a active", "1970-01-01T00:00:00Z": "1 rejected", "2031-01-01T00:00:00Z": "1 rejected",
	} {
		if got := outcome(t, ownHeader+fmt.Sprintf(own, at), Choices{}); got != want {
			t.Errorf("our own export with %s: got %q, want %q", at, got, want)
		}
	}
}

func TestAPartOfAnExportIsNotTakenForTheWhole(t *testing.T) {
	try(t, []file{
		{
			strings.Replace(ownHeader, "status,", "", 1) + "a@x.example,,left,every,,plain,,,,,2024-01-01T00:00:00Z,,\n",
			"refused: f looks like Vesper's own export without its column status*",
		},
		{
			"address,confirmed_at,evenings,variant,left_at\na@x.example,2024-01-01,every,plain,2025-01-01\n",
			"refused: f looks like Vesper's*",
		},
		{
			"Email Address,CONFIRM_TIME,UNSUB_REASON,LEID,EUID\na@x.example,2024-01-01 00:00:00,x,1,1\n",
			"refused: f looks like Mailchimp's export of who left*",
		},
		{
			"Email Address,CONFIRM_TIME,CLEAN_CAMPAIGN_ID,LEID,EUID\na@x.example,2024-01-01 00:00:00,x,1,1\n",
			"refused: f looks like Mailchimp's export of addresses that bounced*",
		},
	})
}

// utf16LE writes text as Windows does, with its mark.
func utf16LE(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestReadersNeverVanish(t *testing.T) {
	const cr = "refused: f:1: its lines end in CR only*"
	try(t, []file{
		{"Email,Name\ra@x.example,A\rb@x.example,B\n", cr},
		{"Email,Name\ra@x.example,A\rb@x.example,B", cr},
		{"a@x.example\rb@x.example\n", cr},
		{utf16LE("Email,Name\ra@x.example,A\rb@x.example,B\r"), cr},
		{utf16LE("a@x.example\rb@x.example\r"), cr},
		{"Email,Name\na@x.example,A\rb@x.example,B\nc@x.example,C\n", "refused: f:2: its lines end in CR only*"},
		{"Email,Name\r\na@x.example,A\r\r\nb@x.example,B\r\n", "a unconfirmed, b unconfirmed"},
		{"Email,Name\na@x.example,\"A\rline\"\n", "a unconfirmed"},
		{"email,name\na@x.example,\"A\nb@x.example,B\nc@x.example,C\"\nd@x.example,D\n", "d unconfirmed, 3 rejected"},
		{"name,email,city\n\"A,a@x.example,X\nB,b@x.example,\"Y\n", "2 rejected"},
		{"email,note\na@x.example,\"met at the fair,\nin Wien\"\n", "a unconfirmed"},
		{"email,note\na@x.example,\"also\nb@x.example\"\n", "a unconfirmed"},
		{"email,name\na@x.example,\"A,b@x.example,B\"\n", "1 rejected"},
		{"email,name\na@x.example,B b@x.example\n", "1 rejected"},
		{"email,first name,last name\na@x.example,A,<b@x.example>\n", "1 rejected"},
		{"email,name\na@x.example,A@x.example\nb@x.example,B @ work\n", "a unconfirmed, b unconfirmed"},
		{"a@x.example, Bo <b@x.example>, \"Ek, Cyd\" <c@x.example>\n", "1 rejected"},
		{"To: a@x.example; Bo <b@x.example>\nd@x.example\n", "d unconfirmed, 1 rejected"},
		{"To: A <a@x.example>, B <b@x.example>\n", "1 rejected"},
		{"a@x.example <a@x.example>\nB <b@x.example>\n", "a unconfirmed, b unconfirmed"},
		{"a..b@x.example,A\nb@x.example,B\n", "2 rejected"},
		{"a@localhost,A\nb@x.example,B\n", "2 rejected"},
		{"A,a@x.example\nB,b@x.example\n", "2 rejected"},
		{"email,b@x.example\na@x.example,A\n", "2 rejected"},
		{"email,name\nAnn Ek <a@x.example>,\n\"Ek, B <b@x.example>\",\n", "a unconfirmed, b unconfirmed"},
		{"email,name\n\"a@x.example, b@x.example\",\na@x.example <b@x.example>,\n", "2 rejected"},
	})
}

func TestWhatNobodySeesIsCutRoundAnAddress(t *testing.T) {
	for _, mark := range []string{
		"\u200b", "\ufeff", "\u00ad", "\u200e", "\u2060", "\u00a0", "\u3164", "\ufe0f", "\u202c",
	} {
		try(t, []file{
			{"email,name\n" + mark + "a@x.example" + mark + ",A\n", "a unconfirmed"},
			{"z@x.example\n" + mark + "a@x.example" + mark + "\n", "z unconfirmed, a unconfirmed"},
			{"z@x.example\nA <" + mark + "a@x.example" + mark + ">\n", "z unconfirmed, a unconfirmed"},
			{"email,name\na" + mark + "b@x.example,A\n", "1 rejected"},
			{"email,name\na@x" + mark + "y.example,A\n", "1 rejected"},
			{ownHeader + mark + "a@x.example,,unconfirmed,,every,,plain,,,,,,,\n", "a unconfirmed"},
		})
	}
}

// TestFilesThatFailedBeforeAreRight reads the inputs that brought the wrong people in.
func TestFilesThatFailedBeforeAreRight(t *testing.T) {
	files, err := filepath.Glob("testdata/people/*")
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	const doubted = "doubted"
	want := map[string]string{
		"01-mailchimp-column-flip.csv": "r0 active, r1 active, r2 active, 1 rejected",
		"03-two-status-columns.csv":    "ann unsubscribed, bob hard bounce",
		"05-cr-lines-last-lf.csv":      "refused: f:1: its lines end in CR only",
		"06-to-line.txt":               "1 rejected",
		"02-leavers-0.csv":             doubted, "02-leavers-1.csv": doubted, "02-leavers-3.csv": doubted,
		"02-leavers-shopify.csv": doubted,
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := outcome(t, string(content), Choices{})
		f, err := Open("f", strings.NewReader(string(content)), int64(len(content)), Choices{})
		if err == nil && len(f.Parts[0].Doubts) > 0 {
			got = doubted
		}
		if !strings.HasPrefix(got, want[filepath.Base(name)]) || got == "" {
			t.Errorf("%s: got %q, want %q", name, got, want[filepath.Base(name)])
		}
	}
}
