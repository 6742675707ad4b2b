package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"vesper/digest/whole"
)

// packed makes a zip file of pairs of name and content.
func packed(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// locked sets the flag of encryption on a zip's only entry.
func locked(z []byte) []byte {
	z = bytes.Clone(z)
	z[bytes.Index(z, []byte("PK\x03\x04"))+6] |= 1
	z[bytes.Index(z, []byte("PK\x01\x02"))+8] |= 1
	return z
}

const (
	mailchimpHeader = "Email Address,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
	ownHeader       = "address,name,status,reason,evenings,slots,variant,timezone,paused_until,tags," +
		"created_at,confirmed_at,consent_asked_at,suppressions\n"
	substackHeader = "email,active_subscription,expiry,email_disabled,prefer_digests,created_at\n"
	ghostHeader    = "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id," +
		"created_at,deleted_at,labels,tiers\n"
	listmonkHeader   = "uuid,email,name,attributes,status,created_at,updated_at\n"
	buttondownHeader = "id,email,subscriber_type,creation_date,subscription_date,unsubscription_date,tags\n"
	beehiivHeader    = "email,status,tier,created_at,unsubscribed_at\n"
	keilaHeader      = "Email,First name,Last name,Data,Status,External ID\n"
	curatedHeader    = "Email Address,Subscribed at,UTM Source\n"
)

// TestBadFilesAreRefusedInOneLine are files of which nothing can be used.
func TestBadFilesAreRefusedInOneLine(t *testing.T) {
	whole.NotRaced(t)
	good := "email,name\nines@reader.example,Ines\n"
	files := map[string]struct{ content, want string }{
		"empty":               {"", "f is empty"},
		"only a mark":         {"\ufeff", "only empty lines"},
		"only blank lines":    {"\n\r\n \n", "only empty lines"},
		"only remarks":        {"# nothing\n# here\n", "only empty lines"},
		"only commas":         {",,,\n,,,\n", "only empty lines"},
		"only sep":            {"sep=;\n", "only empty lines"},
		"NUL":                 {"email\nines@reader.example\x00\n", "it is not text"},
		"wide without a mark": {"e\x00m\x00a\x00i\x00l\x00", "it is not text"},
		"a long line":         {"email\n" + strings.Repeat("x", maxRecord+1), "a line of more than"},
		"a long first line":   {strings.Repeat("x", maxRecord+1) + "\nines@reader.example\n", "a line of more than"},
		"a long header": {
			"email," + strings.Repeat("x,", maxRecord/2) + "\nines@reader.example\n",
			"a line of more than",
		},
		"old Mac":   {"email,name\rines@reader.example,Ines\r", "CR only"},
		"old Excel": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "old Excel workbook"},
		"gzip":      {"\x1f\x8b\x08\x00rest", "gzip"},
		"PDF":       {"%PDF-1.7\n", "PDF"},
		"7z":        {"7z\xbc\xaf\x27\x1c", "7z"},
		"RAR":       {"Rar!\x1a\x07", "RAR"},
		"picture":   {"\x89PNG\r\n\x1a\n", "picture"},
		"database":  {"SQLite format 3\x00", "SQLite"},
		"RTF":       {"{\\rtf1 ines@reader.example}", "RTF"},
		"no address column": {
			"Username,Department\nbooker12,Sales\n",
			"no column holds addresses (Username,Department)",
		},
		"header alone":       {"Username,Department\n", "no column holds addresses"},
		"prose":              {"Dear all, this is a letter.\nNot a table, at all.\n", "no column holds addresses"},
		"terminal in header": {"a\x1b[2Jb,c\n1,2\n", "no column holds addresses (a [2Jb,c)"},
		"HTML":               {"<!doctype html>, <html>\n<p>hello, world</p>\n", "no column holds addresses"},
		"a zip cut off":      {string(packed(t, "a.csv", good)[:60]), "damaged zip"},
		"a zip's name only":  {"PK\x03\x04", "damaged zip"},
		"an empty zip":       {string(packed(t)), "has no table of subscribers"},
		"a zip of pictures":  {string(packed(t, "a.png", "x")), "has no table of subscribers"},
		"a zip of folders":   {string(packed(t, "a/", "")), "has no table of subscribers"},
		"a zip of a bad CSV": {string(packed(t, "a.csv", "x,y\n1,2\n")), "has no table of subscribers"},
		"a zip in a zip":     {string(packed(t, "a.csv", good, "b.ZIP", "PK")), "a zip file in a zip file"},
		"an encrypted zip":   {string(locked(packed(t, "a.csv", good))), "is encrypted"},
		"an Excel workbook": {
			string(packed(t, "[Content_Types].xml", "<x/>", "xl/workbook.xml", "<x/>")),
			"office document",
		},
		"a bomb": {
			string(packed(t, "a.csv", good+strings.Repeat("ines@reader.example,Ines\n", 1<<20))),
			"far too long when unpacked",
		},
		"a bomb of one line":  {string(packed(t, "a.csv", strings.Repeat("x", 2*maxRecord))), "a line of more than"},
		"NUL in a zip":        {string(packed(t, "a.csv", good+"\x00\n")), "it is not text"},
		"damage in a zip":     {string(damaged(packed(t, "a.csv", good))), "f/a.csv: "},
		"unknown compression": {string(method(packed(t, "a.csv", good))), "unsupported compression"},
	}
	t.Logf("%d bad inputs: files", len(files))
	for name, c := range files {
		t.Run(name, func(t *testing.T) {
			f, err := Open("f", strings.NewReader(c.content), int64(len(c.content)), Choices{})
			if err == nil {
				t.Fatalf("taken as %v", f.Parts[0])
			}
			if !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\r\n\x1b") ||
				!strings.Contains(err.Error(), "f") {
				t.Errorf("got %q, want one line with %q", err, c.want)
			}
		})
	}
}

// damaged changes a byte of what is packed.
func damaged(z []byte) []byte {
	z = bytes.Clone(z)
	z[len("PK\x03\x04")+26+len("a.csv")+4] ^= 0xff
	return z
}

// method names a compression that nobody has.
func method(z []byte) []byte {
	z = bytes.Clone(z)
	z[bytes.Index(z, []byte("PK\x03\x04"))+8] = 99
	z[bytes.Index(z, []byte("PK\x01\x02"))+10] = 99
	return z
}

// TestBadRowsAreNamedAndTheOthersTaken puts a bad row between two good ones.
func TestBadRowsAreNamedAndTheOthersTaken(t *testing.T) {
	list := map[string]string{
		"nobody": "has no @", "a b@reader.example": "is not allowed", "a@b": "without a dot",
		"a@reader..example": "not a domain", "@reader.example": "there is nothing",
		"ines@": "there is nothing", "a@127.0.0.1": "number", "a@[127.0.0.1]": "not a domain",
		`"a@b> NOTIFY=NEVER"@x.example`: "is not allowed",
		"Ines <ines@reader.example":     "is not allowed", "Ines <>": "empty", "<<ines@reader.example>>": "not a domain",
		"ines@reader.example ines@reader.example": "is not allowed",
		"ines@reader.example,Ines":                "more than one field",
		"ines@reader.example;Ines":                "more than one field",
		"ines@reader.example\tInes":               "more than one field",
		"a\u202eb@reader.example":                 "invisible character", "a\u200bb@reader.example": "invisible character",
		"mailto:ines@reader.example": "is not allowed", ".a@reader.example": "dot", "a..b@reader.example": "dot",
		strings.Repeat("a", 65) + "@reader.example": "more than 64", strings.Repeat("a", maxLine) +
			"@reader.example": "longer than", "a@" + strings.Repeat("b", 64) + ".example": "not a domain",
		"m\xfcller@reader.example": "not UTF-8", "\xff\xfe\xfd": "has no @", "=cmd()": "has no @",
		"ines@reader.example.": "ends with a dot", "ines＠reader.example": "has no @",
		"ines@reader.example\x0bx": "not a domain", "a\x7fb@reader.example": "is not allowed",
		"ines@-reader.example": "not a domain", "ines@reader_x.example": "not a domain",
		`\"ines\"@reader.example`: "is not allowed", "ines@reader.123": "number", "ines@@reader.example": "is not allowed",
		"ines(work)@reader.example": "is not allowed",
	}
	for bad, want := range list {
		checkBad(t, "", bad, want)
	}
	tables := map[string]map[string]string{
		"email,name\n": {
			"nobody,x": "has no @", ",x": "address is empty", "x": "has no @", "bad@reader.example,x,y": "3 fields",
			"Ines <bad@reader..example>,x": "not a domain", "<bad@reader.example,x": "is not allowed",
			`bad@reader.example,"x`: "quotation mark", `bad@reader.example,x"y"`: "quotation mark",
			`"bad@reader.example"x,y`: "quotation mark", `bad@reader.example,"x"y"`: "quotation mark",
			" ,x": "address is empty", "m\xfcller@reader.example,x": "not UTF-8",
			"\"bad\n@reader.example\",x": "is not allowed", "'=bad@reader,x": "without a dot",
		},
		"email,status\n": {
			"bad@reader.example,sleeping": "not a known status", "bad@reader.example": "cut short",
			"bad@reader.example,4": "not a known status", "bad@reader.example,aktiv,": "not a known",
		},
		mailchimpHeader: {
			"bad@reader.example,21.4.2023 11:16,,,,1,1,,": "not a time",
			"bad@reader.example,,4/21/2023 11:16,,,1,1,,": "not a time", ",,,,,1,1,,": "empty",
			"bad@reader.example,,,,,1,1,,,more": "10 fields", "Ines,bad@reader.example,,,,1,1,,": "has no @",
		},
		substackHeader: {
			"bad@reader.example,true,,nobody knows,false,": "not a known email_disabled",
			"bad@reader.example,true":                      "cut short",
			"bad@reader.example,true,,false,false,now":     "not a time",
		},
		ghostHeader: {
			"1,bad@reader.example,,,,,,,,,":    "not a known subscribed_to_emails",
			"1,bad@reader.example,,,yes,,,,,,": "not a known", "1,bad@reader.example,,,true": "cut short",
			"1,bad@reader.example,,,true,,,yesterday,,,": "not a time", "1,bad@,,,true,,,,,,": "there is nothing",
		},
		listmonkHeader: {
			"u,bad@reader.example,,{},,,":                                     "not a known status",
			"u,bad@reader.example,,{},ENABLED!,,":                             "not a known status",
			`u,bad@reader.example,,{"a":1},enabled,,`:                         "quotation mark",
			"u,bad@reader.example,,{},enabled,0001-01-01 00:00:00 +0000 UTC,": "not a time",
		},
		buttondownHeader: {
			"1,bad@reader.example,,,,,": "not a known subscriber_type", "1,bad@reader.example,gold,,,,": "not a known",
			"1,bad@reader.example,regular,": "cut short",
		},
		beehiivHeader: {
			"bad@reader.example,asleep,free,,": "not a known status",
			"bad@reader.example,,free,,":       "not a known status", "bad@reader.example,active": "cut short",
		},
		keilaHeader: {
			"bad@reader.example,,,,,": "not a known Status", "bad@reader.example,,,,gone,": "not a known Status",
			"bad@reader.example,,": "cut short",
		},
		curatedHeader: {"bad@reader.example,never,": "not a time", "bad,,": "has no @"},
		ownHeader: {
			"bad@reader.example,,vip,,every,,designed,,,,,,":                  "not a known status",
			"bad@reader.example,,active,,every,,designed,,,,,,":               "without confirmed_at",
			"bad@reader.example,,unconfirmed,,sometimes,,designed,,,,,,":      "not an evening",
			"bad@reader.example,,unconfirmed,,every,a b,designed,,,,,,":       "not a slot",
			"bad@reader.example,,unconfirmed,,every,,golden,,,,,,":            "not a known variant",
			"bad@reader.example,,unconfirmed,,every,,designed,Mars/Base,,,,,": "not a known time zone",
			"bad@reader.example,,unconfirmed,,every,,designed,,soon,,,,":      "not a day",
			"bad@reader.example,,unconfirmed,,every,,designed,,,,yesterday,,": "not a time",
			"bad@reader.example,,suppressed,because,every,,designed,,,,,,":    "not a known reason",
			"bad,,unconfirmed,,every,,designed,,,,,,":                         "has no @",
			"bad@reader.example,,": "not an evening",
			"bad@reader.example,,active,,every,,designed,,,,,2026-01-01T00:00:00Z,,manual": "an active reader " +
				"with suppressions",

			"bad@reader.example,,unconfirmed,,every,,designed,,,,,,,sorrow":                   "not a known suppression",
			"bad@reader.example,,suppressed,manual,every,,designed,,,,,,,\"manual, because\"": "not a known suppression",
			"bad@reader.example,,active,,every,,designed,,,,,2026-13-01T00:00:00Z,":           "not a time",
		},
	}
	n := len(list)
	for header, rows := range tables {
		for bad, want := range rows {
			checkBad(t, header, bad, want)
			n++
		}
	}
	for _, bad := range []string{
		`{`, `{"address":1}`, `nonsense`, `[]`, `{"address":"bad"}`, `{"address":"bad@reader.example"}`,
		`{"address":"bad@reader.example","source_row":"x"}`,
		`{"address":"bad@reader.example","status":"unconfirmed","evenings":"every","variant":"plain",` +
			`"suppressions":["sorrow"]}`,
		`{"address":"bad@reader.example","status":"unconfirmed","evenings":"every","variant":"plain",` +
			`"suppressions":"manual"}`, `null`,
	} {
		checkLines(t, bad)
		n++
	}
	t.Logf("%d bad inputs: rows", n)
}

// around are the good rows of each header, the last fields of which are its own.
var around = map[string]string{
	"": "%s@reader.example", "email,name\n": "%s@reader.example,Good", "email,status\n": "%s@reader.example,active",
	mailchimpHeader:  "%s@reader.example,,,,,1,1,,",
	substackHeader:   "%s@reader.example,true,,false,false,",
	ghostHeader:      "1,%s@reader.example,,,true,,,,,,",
	listmonkHeader:   "1,%s@reader.example,,{},enabled,,",
	buttondownHeader: "1,%s@reader.example,regular,,,,",
	beehiivHeader:    "%s@reader.example,active,free,,",
	keilaHeader:      "%s@reader.example,,,,active,",
	curatedHeader:    "%s@reader.example,,",
	ownHeader:        "%s@reader.example,,unconfirmed,,every,,designed,,,,,,",
}

func checkBad(t *testing.T, header, bad, want string) {
	t.Helper()
	row := around[header]
	content := header + fmt.Sprintf(row, "first") + "\n" + bad + "\n" + fmt.Sprintf(row, "last") + "\n"
	got, rejects := taken(t, content)
	if len(rejects) != 1 || !strings.Contains(rejects[0].Problem, want) ||
		strings.ContainsAny(rejects[0].Problem, "\r\n\x1b") || rejects[0].Line != strings.Count(header, "\n")+2 {
		t.Errorf("%q: got %+v, want %q", bad, rejects, want)
	}
	if strings.Join(got, " ") != "first@reader.example last@reader.example" {
		t.Errorf("%q: took %v", bad, got)
	}
}

func checkLines(t *testing.T, bad string) {
	t.Helper()
	good := `{"address":"first@reader.example","status":"unconfirmed","evenings":"every","variant":"plain"}`
	got, rejects := taken(t, good+"\n"+bad+"\n"+strings.Replace(good, "first", "last", 1)+"\n")
	if len(rejects) != 1 || len(got) != 2 || strings.ContainsAny(rejects[0].Problem, "\r\n") {
		t.Errorf("%s: took %v, rejected %+v", bad, got, rejects)
	}
}

func taken(t *testing.T, content string) (got []string, rejects []*Reject) {
	t.Helper()
	f, err := Open("list.csv", strings.NewReader(content), int64(len(content)), Choices{})
	if err != nil {
		t.Errorf("%q: %v", content, err)
		return nil, nil
	}
	for row, err := range f.Parts[0].Rows() {
		if reject, ok := errors.AsType[*Reject](err); ok {
			rejects = append(rejects, reject)
		} else if err != nil {
			t.Errorf("%q: %v", content, err)
		} else {
			got = append(got, row.Subscriber.Address.String())
		}
	}
	return got, rejects
}

func TestAMarkThatIsNeverClosedCostsItsOwnLine(t *testing.T) {
	whole.NotRaced(t)
	var b strings.Builder
	b.WriteString("email,name\nopen@reader.example,\"Open\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "r%d@reader.example,Reader\n", i)
	}
	got, rejects := taken(t, b.String())
	if len(got) != 100_000 || len(rejects) != 1 || rejects[0].Line != 2 ||
		rejects[0].Text != `open@reader.example,"Open` {
		t.Errorf("took %d, rejected %+v", len(got), rejects)
	}
}

func TestAFileThatFailsWhileItIsReadSaysSoLast(t *testing.T) {
	content := "email,name\n" + strings.Repeat("ines@reader.example,Ines\n", 10_000)
	r := &failing{Reader: strings.NewReader(content)}
	f, err := Open("f", r, int64(len(content)), Choices{})
	if err != nil {
		t.Fatal(err)
	}
	r.broken = errors.New("the disk is gone")
	var last error
	for _, last = range f.Parts[0].Rows() {
	}
	if !errors.Is(last, r.broken) {
		t.Errorf("got %v, want %v", last, r.broken)
	}
}

type failing struct {
	*strings.Reader
	broken error
}

func (f *failing) ReadAt(b []byte, at int64) (int, error) {
	if f.broken != nil && at > 100_000 {
		return 0, f.broken
	}
	return f.Reader.ReadAt(b, at)
}

func TestReadingStopsWhenAsked(t *testing.T) {
	content := "email,name\nines@reader.example,Ines\nzoe@reader.example,Zoë\n"
	f, err := Open("f", strings.NewReader(content), int64(len(content)), Choices{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range f.Parts[0].Rows() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d rows, want 1", n)
	}
}

func TestASpoolEndsWhereNoTableGoesOn(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("email\n"), neverEnding('x'))
	if err := Spool(io.Discard, endless); err == nil || !strings.Contains(err.Error(), "a line of more than") {
		t.Errorf("got %v", err)
	}
	var b bytes.Buffer
	if err := Spool(&b, iotest.OneByteReader(strings.NewReader("email\nüé@reader.example\n"))); err != nil ||
		b.Len() != 26 {
		t.Errorf("got %d octets, %v", b.Len(), err)
	}
}

type neverEnding byte

func (n neverEnding) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(n)
	}
	return len(b), nil
}
