package relay

import (
	"bufio"
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vesper/digest"
)

func TestTheTableOfReplies(t *testing.T) {
	for _, row := range []struct {
		event string
		phase phase
		codes []int
		want  digest.Class
	}{
		{"the opening refused", phaseOpening, []int{450, 500, 554}, digest.Session},
		{"421 anywhere", phaseOpening, []int{421}, digest.Session},
		{"421 anywhere", phaseAuth, []int{421}, digest.Session},
		{"421 anywhere", phaseMail, []int{421}, digest.Session},
		{"421 anywhere", phaseRcpt, []int{421}, digest.Session},
		{"421 anywhere", phaseData, []int{421}, digest.Session},
		{"421 anywhere", phaseDot, []int{421}, digest.Session},
		{"4xx to MAIL", phaseMail, []int{450, 451, 452, 499}, digest.Pace},
		{"4xx to RCPT", phaseRcpt, []int{450, 451, 452}, digest.Transient},
		{"4xx to DATA", phaseData, []int{450, 451, 452}, digest.Transient},
		{"4xx after the dot", phaseDot, []int{450, 451, 452}, digest.Transient},
		{"5xx to RCPT", phaseRcpt, []int{550, 551, 552, 553, 554}, digest.Permanent},
		{"5xx at DATA", phaseData, []int{503, 550, 554}, digest.Refused},
		{"5xx at the dot", phaseDot, []int{550, 552, 554}, digest.Refused},
		{"5xx to MAIL", phaseMail, []int{550, 552, 554}, digest.Account},
		{"5xx to AUTH", phaseAuth, []int{534, 535, 538, 554}, digest.Account},
		{"4xx to AUTH", phaseAuth, []int{432, 454}, digest.Session},
		{"530, 535", phaseMail, []int{530, 535}, digest.Account},
		{"530, 535", phaseRcpt, []int{530, 535}, digest.Account},
		{"530, 535", phaseDot, []int{530, 535}, digest.Account},
		{"2xx after the dot", phaseDot, []int{200, 250, 251, 299}, digest.Accepted},
		{"unfit after the dot", phaseDot, []int{354, 334}, digest.InDoubt},
		{"go on", phaseMail, []int{250}, ""},
		{"go on", phaseRcpt, []int{250, 251, 252}, ""},
		{"go on", phaseData, []int{354}, ""},
		{"go on", phaseReset, []int{250}, ""},
		{"unfit", phaseMail, []int{354}, digest.Session},
		{"unfit", phaseRcpt, []int{354}, digest.Session},
		{"unfit", phaseData, []int{250}, digest.Session},
		{"unfit", phaseReset, []int{451, 500}, digest.Session},
	} {
		for _, code := range row.codes {
			got := classify(row.phase, code)
			if got != row.want {
				t.Errorf("%s: %d to %s is %q, want %q", row.event, code, row.phase, got, row.want)
			}
		}
	}
}

func TestOnlyAWholeReplyIsRead(t *testing.T) {
	for in, want := range map[string]reply{
		"250 Ok\r\n":                    {250, "Ok"},
		"250\r\n":                       {250, ""},
		"250 \n":                        {250, ""},
		"250\tOk\r\n":                   {250, "Ok"},
		"250-a\tb\n250\n":               {250, "a\tb\n"},
		"250-a\r\n250-\r\n250 b\r\n":    {250, "a\n\nb"},
		"550-5.1.1 no\r\n550 5.1.1 x\n": {550, "5.1.1 no\n5.1.1 x"},
	} {
		if got, err := readReply(bufio.NewReader(strings.NewReader(in))); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "250 Ok", "250-Ok\r\n", "250-Ok\r\n250 b", "25", "25\r\n", "2500 Ok\r\n", "250_Ok\r\n", "\r\n",
		"150 x\r\n", "650 x\r\n", "2x0 x\r\n", "250-a\r\n550 b\r\n", "250-a\r\nb\r\n", "+OK\r\n",
		"250 " + strings.Repeat("x", maxLine) + "\r\n", strings.Repeat("250-"+strings.Repeat("x", 1000)+"\r\n", 300),
	} {
		if got, err := readReply(bufio.NewReader(strings.NewReader(in))); err == nil {
			t.Errorf("%.40q is read as %+v", in, got)
		}
	}
}

func TestQueueIDsOfKnownRelays(t *testing.T) {
	for text, want := range map[string]string{
		"2.0.0 Ok: queued as 4F1A77C0DE":                                 "4F1A77C0DE",
		"Ok: queued as 4cXyZ12AbCz1":                                     "4cXyZ12AbCz1",
		"OK id=1rAbCd-0001Xy-2Z":                                         "1rAbCd-0001Xy-2Z",
		"2.6.0 <x@y> [InternalId=1234567, Hostname=z] Queued mail for":   "1234567",
		"Message Queued (6B29FC40-CA47-1067-B31D-00DD010662DA.1)":        "6B29FC40-CA47-1067-B31D-00DD010662DA.1",
		"2.0.0 Message Queued (6b29fc40-ca47-1067-b31d-00dd010662da.12)": "6b29fc40-ca47-1067-b31d-00dd010662da.12",
		"Ok. 0000000001A40B2F.6925C3D1":                                  "0000000001A40B2F.6925C3D1",
		"Ok. 00000000001A40B2.000000006925C3D1.00001F40":                 "00000000001A40B2.000000006925C3D1.00001F40",
		"Ok. 1234 of us are glad":                                        "",
		"Message Queued (soon)":                                          "",
		"ok 1700000000 qp 4711":                                          "4711",
		"2.0.0 4AB12cd3004567 Message accepted for delivery":             "4AB12cd3004567",
		"2.0.0 1a2b3c4d Message accepted for delivery":                   "1a2b3c4d",
		"2.0.0 OK  1700000000 a1-20020a05si12.3 - gsmtp":                 "a1-20020a05si12.3",
		"2.0.0 OK: queued":                                               "",
		"thank you":                                                      "",
	} {
		if got := queueID(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestARepliesTextIsKeptInOneSafeLine(t *testing.T) {
	got := reply{550, "5.1.1 no\x1b[31m\nsuch\u202e \xff " + strings.Repeat("ü", 600)}.outcome(digest.Permanent)
	if strings.ContainsAny(got.Reply, "\x1b\n\u202e") || utf8.RuneCountInString(got.Reply) != maxText ||
		!utf8.ValidString(got.Reply) {
		t.Errorf("got %q", got.Reply)
	}
	for text, want := range map[string]string{
		"5.1.1 no": "5.1.1", "5.7.26": "5.7.26", "2.0.0 no": "", "5.1 no": "", "5.1.1234 no": "", "no 5.1.1": "",
	} {
		if got := (reply{550, text}).outcome(digest.Permanent).Enhanced; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// wholeAcceptance is a complete 2xx reply, said another way than the reader does.
var wholeAcceptance = regexp.MustCompile(`^(2\d\d)(?:\r?\n|[ \t][^\n]*\n|-[^\n]*\n(?s:.*))`)

func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"250 2.0.0 Ok: queued as 4F1A77C0DE\r\n", "250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "421 4.3.2 bye\r\n",
		"250 Ok",
		"354 go\r\n", "550 5.1.1 no\r\n", "\r\n", "250\r\n", "999 x\r\n", "250-\r\n", "235 \x00\xff\r\n", "2",
		"250-x\n250-y\n250z", "220-a\r\n220-b\r\n220\r\n", "250\tOk\r\n", "250-sink\n250\n", "250-\t\r\n250\t\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(bytes.NewReader(in))
		got, err := readReply(r)
		if err != nil {
			return
		}
		o := got.outcome(classify(phaseDot, got.code))
		if o.Class == "" {
			t.Fatalf("%q after the dot has no class", in)
		}
		if o.Class == digest.Accepted && !wholeAcceptance.Match(in) {
			t.Fatalf("%q is taken for an acceptance", in)
		}
		if strings.ContainsAny(o.Reply, "\r\n\x00") || !utf8.ValidString(o.Reply) ||
			utf8.RuneCountInString(o.Reply) > maxText {
			t.Fatalf("%q leaves the text %q", in, o.Reply)
		}
	})
}

// The forms of the two that are written out for their speed.
var (
	enhancedForm = regexp.MustCompile(`^([245])\.\d{1,3}\.\d{1,3}(?:\s|$)`)
	letters      = rapid.StringOf(rapid.SampledFrom([]rune("2450.. \t\nqQOok: a-é")))
	words        = rapid.SampledFrom([]string{"2.0.0 ", "Ok: queued as ", "queued as ", "4F1A77C0DE", "QUEUED AS ", " ", ".", "\n", "é"})
)

func TestWhatIsWrittenOutReadsAsItsForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.OneOf(letters, words)).Draw(t, "text"), "")
		if got, want := enhanced(text), strings.TrimSpace(enhancedForm.FindString(text)); got != want {
			t.Errorf("%q: got the status %q, want %q", text, got, want)
		}
		want := ""
		if m := queueForms()[0].FindStringSubmatch(text); m != nil {
			want = m[1]
		}
		if got := queuedAs(text); got != "" && got != want {
			t.Errorf("%q: got the queue ID %q, want %q", text, got, want)
		}
		line := oneLine(" " + text)
		if plainLine(text) && line != text || !plainLine(line) && oneLine(line) != line {
			t.Errorf("%q is no plain line, or %q changes", text, line)
		}
	})
}
