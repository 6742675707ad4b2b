package intake

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

func TestSubHeadingsAreToldFromParagraphs(t *testing.T) {
	for text, want := range map[string]bool{
		"A Proposal Nobody Expected":     true,
		"What Comes Next?":               true,
		"The way ahead":                  true,
		"Inflation Falls to 2%":          true,
		"The Road to 2030":               true,
		"The Other Side (and Its Price)": true,
		"“Not for Sale”":                 true,
		"Wer zahlt":                      true,
		"ماذا بعد؟":                      true,
		"次の一手":                           true,
		"“Is It Fair?”":                  true,
		"The council voted.":             false,
		"“We can talk,” she said, “but not here.”":        false,
		"“The river is ours,” he declared. “It is ours.”": false,
		"“We can talk” she said":                          false,
		"But who will pay?":                               false,
		"Never again!":                                    false,
		"These are the three:":                            false,
		"And then —":                                      false,
		"They waited …":                                   false,
		"- a line of a list":                              false,
		"市议会投了票。":                                         false,
		"परिषद ने मतदान किया।":                            false,
		"***":                       false,
		strings.Repeat("Long ", 20): false,
		"One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve 13": false,
	} {
		if got := heading(strings.TrimSpace(text)); got != want {
			t.Errorf("%q: got heading %t, want %t", text, got, want)
		}
	}
}

func TestTheLastLineIsNoSubHeading(t *testing.T) {
	a := parse(t, small+"A Line Without a Stop\nLog in to leave a comment\n")
	last := a.DeepLook[len(a.DeepLook)-1]
	if last.Heading || last.Text != "A Line Without a Stop" {
		t.Errorf("got %+v", last)
	}
}

func TestThePastedLineIsDropped(t *testing.T) {
	for _, pasted := range []string{
		"You must Register or Login to post a comment.",
		"You must be logged in to post a comment.",
		"You must be logged in to post a comment",
		"You must log in to post a comment.",
		"You must\u00a0be registered and logged in to leave a comment.",
		"Please log in here to leave a comment.",
		"Please sign in or create an account to add a reply.",
		"Log in to leave a comment",
		"You must be logged in to post a comment.\nYou must Register or Login to post a comment.\n\n",
	} {
		if a := parse(t, small+pasted); len(a.DeepLook) != 3 {
			t.Errorf("%q: still there: %q", pasted, a.DeepLook[3].Text)
		}
	}
}

func TestThePastedLineIsDroppedInOtherWordsAndLanguagesWithAWarning(t *testing.T) {
	pasted := []string{
		"You must be logged in to leave a comment. Not a member?", "Login to comment",
		"Sorry, you must be logged in to post a comment.",
		"Du musst angemeldet sein, um einen Kommentar abzugeben. Für diese Website registrieren",
		"Sie müssen eingeloggt sein um einen Kommentar schreiben zu können.",
		"Vous devez être connecté pour publier un commentaire.", "Vous devez vous connecter pour publier un commentaire.",
		"Lo siento, debes estar conectado para publicar un comentario.", "Devi effettuare il login per pubblicare un commento",
		"Você precisa fazer o login para publicar um comentário.", "Je moet ingelogd zijn om een reactie te plaatsen.",
		"Du måste vara inloggad för att kunna skriva en kommentar.", "Du må være innlogget for å kunne kommentere",
		"Musisz się zalogować, aby móc dodać komentarz.", "Для отправки комментария вам необходимо авторизоваться.",
		"Yorum yapabilmek için oturum açmalısınız.", "يجب أنت تكون مسجل الدخول لتضيف تعليقاً.",
		"コメントを投稿するにはログインしてください。", "要发表评论，您必须先登录。",
	}
	for _, line := range append(pasted, quotedReplyForms(t)...) {
		a, loose, err := post.Parse("a.txt", strings.NewReader(small+line))
		want := 1
		if asksToLogIn(line) {
			want = 0
		}
		if err != nil || len(a.DeepLook) != 3 || len(loose) != want {
			t.Errorf("%q: got %d blocks, %v, %v", line, len(a.DeepLook), loose, err)
		}
		a, _, err = post.Parse("a.txt", strings.NewReader(small+line+"\nThe last paragraph."))
		if err != nil || len(a.DeepLook) != 5 {
			t.Errorf("%q in the middle: got %d blocks, %v", line, len(a.DeepLook), err)
		}
	}
	for _, text := range []string{
		"Er sagt: Du musst angemeldet sein, um einen Kommentar abzugeben.", "Devi essere connesso.",
		"You must log in to post a comment, the new law says.", "Vous devez vous connecter pour voter.",
		"Not a member?", "Sign up to vote.", "Log in to your account.", "She declined to comment.",
	} {
		if a, loose, err := post.Parse("a.txt", strings.NewReader(small+text)); err != nil || len(a.DeepLook) != 4 {
			t.Errorf("%q: dropped: %v, %v", text, loose, err)
		}
	}
}

// quotedReplyForms are those of real pages, if they lie beside the project.
func quotedReplyForms(t *testing.T) (lines []string) {
	t.Helper()
	f, err := os.Open("../../../shared/data/house-analogues/snippets.jsonl")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var snippet struct{ Kind, Text string }
		if err := d.Decode(&snippet); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if snippet.Kind == "comment-login" {
			lines = append(lines, snippet.Text)
		}
	}
	if len(lines) < 10 {
		t.Fatalf("got %d lines", len(lines))
	}
	return lines
}

func TestAParagraphThatSpeaksOfCommentsStays(t *testing.T) {
	for _, text := range []string{
		"The court ruled that you must be logged in to post a comment.",
		"Officials declined to comment.",
		"You must register to vote before March 1.",
		"He must be logged in to post a comment.",
	} {
		if a := parse(t, small+text); len(a.DeepLook) != 4 {
			t.Errorf("%q: dropped", text)
		}
	}
	pasted := "You must Register or Login to post a comment."
	if a := parse(t, small+pasted+"\nThe last paragraph."); len(a.DeepLook) != 5 {
		t.Errorf("a pasted line in the middle: got %d blocks, want 5", len(a.DeepLook))
	}
}
