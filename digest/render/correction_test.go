package render

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// TestAPageKeepsWhatWasSentBelowItsCorrections: each is there with its date, in their order,
// and only the last one leads on. A page in which no content is found stays as it is.
func TestAPageKeepsWhatWasSentBelowItsCorrections(t *testing.T) {
	r, e, err := specimenEdition(nil, specimenSets[2])
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	var all []digest.Corrected
	for i, note := range []string{"It was <another> harbour.", ""} {
		c := digest.Corrected{Correction: digest.Correction{
			Note: note, At: e.Window.To.Add(time.Duration(i+1) * 25 * time.Minute),
		}}
		c.ID = e.ID
		c.ID.Sequence = i + 2
		all = append(all, c)
	}
	got, err := r.Amended(page, all)
	if err != nil {
		t.Fatal(err)
	}
	want := `<main><div class="said"><p><b>Corrected on November 22, 2026 at 6:25 p.m.</b><br>It was &lt;another&gt; harbour.</p>
</div>
<div class="said"><p><b>Corrected on November 22, 2026 at 6:50 p.m.</b></p>
<p><a href="https://mail.courier.example/e/2026-11-22-evening-3">Read the corrected edition</a></p>
</div>
`
	if !strings.Contains(string(got), want) || strings.Replace(string(got), want, "<main>", 1) != string(page) {
		t.Errorf("got\n%s", got)
	}
	for _, same := range []string{"<p>no content</p>", ""} {
		if got, err := r.Amended([]byte(same), all); string(got) != same || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if got, err := r.Amended(page, nil); string(got) != string(page) || err != nil {
		t.Errorf("without corrections: %v", err)
	}
}

// TestTheLetterOnACorrectionIsAMessageOfTheList: in both variants it has a subject that says
// what it is, the note, the link to the corrected edition and the list's fields; and each of
// its copies is its own reader's.
func TestTheLetterOnACorrectionIsAMessageOfTheList(t *testing.T) {
	r, e, err := specimenEdition(nil, specimenSet{articles: "articles", most: 5, corrects: specimenCorrection})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := r.Messages(e)
	if err != nil || len(messages) != 4 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	c, err := NewComposer(messages, returnPath)
	if err != nil {
		t.Fatal(err)
	}
	for variant, parts := range map[string]int{digest.CorrectionDesigned: 2, digest.CorrectionPlain: 1} {
		d := delivery(specimenReader(e.Window.To))
		d.Variant = variant
		envelope, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, envelope.Data)
		message := string(envelope.Data)
		for _, field := range []string{
			"Subject: Correction: Evening Edition, Sunday, November 22\r\n", "\r\nList-Id: Harbour Courier Evening",
			"\r\nList-Unsubscribe: <https://mail.courier.example/u/", "\r\nFeedback-ID: 20261122:evening:" + variant + ":",
		} {
			if !strings.Contains(message, field) {
				t.Errorf("%s lacks %q:\n%s", variant, field, message)
			}
		}
		m := open(t, envelope.Data)
		for _, part := range []string{m.text, m.html}[:parts] {
			if !strings.Contains(part, "There are four, and not fourteen.") ||
				!strings.Contains(part, "https://mail.courier.example/e/2026-11-22-evening-2") ||
				!strings.Contains(part, d.Unsubscribe) || strings.Contains(part, "Quick Looks") {
				t.Errorf("%s is\n%s", variant, part)
			}
		}
	}
	e.Correction.Note = ""
	if messages, err := r.Messages(e); err != nil || len(messages) != 2 {
		t.Errorf("without a note: %d messages, %v", len(messages), err)
	}
}
