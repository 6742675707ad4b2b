package web

import (
	"context"
	"net/http"
	"strings"

	"vesper/subscribers"
	"vesper/templates"
)

// form is the sign-up page.
type form struct {
	templates.Chrome
	// Action is where the form is sent, relative to the page.
	Action string
	// Name is what readers sign up for, Address what was typed, Stamp the signed time
	// of the form, and Problem why it is shown once more.
	Name, Address, Stamp, Problem string
	// Wrong says that the problem is the address.
	Wrong bool
	// Next says when the next edition comes, and Latest is the one that was printed last:
	// what changes from day to day is no part of what a reader agrees to.
	Next   string
	Latest *latest
}

// latest is an edition with its lead.
type latest struct {
	spine
	// Summary is the lead's, Language its own, if it has one.
	Summary, Language string
}

func (s *site) form(root string, asked application) form {
	c := s.chrome(s.words.Pages.SignUp)
	// Search engines may list this page: its URL is no secret.
	c.Title, c.Private = templates.Say(s.words.Pages.SignUp, "name", s.name()), false
	c.Public = s.public(root, "s", s.words.Pages.SignUpText)
	return form{Chrome: c, Action: root + "s", Name: s.name(), Address: asked.address, Stamp: asked.stamp}
}

func (s *site) signUp(w http.ResponseWriter, r *http.Request) {
	sayOrigin(w)
	page := s.form(root(r), application{stamp: s.stamps.at(s.Now())})
	page.Next, page.Latest = s.next(r.Context()), s.newest(r.Context(), root(r))
	s.show(w, r, http.StatusOK, "signup", page)
}

// next says when the next edition comes; "" if that is not known.
func (s *site) next(ctx context.Context) string {
	if s.Pages.Next == nil {
		return ""
	}
	at, err := s.Pages.Next(ctx)
	when := s.words.When(at.In(s.zone()), s.Now().In(s.zone()))
	if err != nil || at.IsZero() || when == "" {
		return ""
	}
	return s.words.Sentence(s.words.Letters.First, "when", when)
}

// newest gives the edition that was printed last, if anybody may see it.
func (s *site) newest(ctx context.Context, root string) *latest {
	if s.Publication.Unlisted {
		return nil
	}
	printed, err := s.Editions.Archive(ctx, 1)
	if err != nil || len(printed) == 0 {
		return nil
	}
	last := latest{spine: s.spine(root, printed[0])}
	// A subject may be cut, or be an editor's own words.
	if lead, err := s.Editions.Lead(ctx, printed[0].ID); err == nil {
		last.Headline, last.Summary, last.Language = lead.Headline, lead.Summary, lead.Language
	}
	return &last
}

// signedUp takes a sign-up, from our form or from the publication's site. All who are
// let through get the same answer: it does not tell who is on the list. A program
// that fills in the hidden field gets it too, and nothing is done.
func (s *site) signedUp(w http.ResponseWriter, r *http.Request) {
	s.allowOrigin(w, r)
	asked, err := s.application(r)
	if err != nil {
		s.cannotRead(w, r, asked, err)
		return
	}
	address, wrong := subscribers.ReadAddress(asked.address)
	switch p := s.words.Pages; {
	case asked.origin == foreign:
		asked.stamp = ""
		s.showFormAgain(w, r, asked, problem{"again", http.StatusUnprocessableEntity, p.OnceMore})
		return
	case wrong != nil || odd(address):
		s.showFormAgain(w, r, asked, problem{"invalid", http.StatusUnprocessableEntity, p.NoAddress})
		return
	case asked.trap != "":
	case !s.inTime(&asked):
		s.showFormAgain(w, r, asked, problem{"again", http.StatusUnprocessableEntity, p.OnceMore})
		return
	default:
		delay, err := s.enter(r, address, asked)
		if err != nil {
			s.unavailable(w, r, err)
			return
		}
		if delay.Wait > 0 {
			s.putOff(w, r, asked, delay)
			return
		}
	}
	said := s.sent(asked.address)
	if asked.json {
		s.tell(w, http.StatusOK, reply{Status: "sent", Message: strings.Join(said.Text, " ")})
		return
	}
	s.show(w, r, http.StatusOK, "notice", said)
}

// enter hands a sign-up on, with all that will prove it.
func (s *site) enter(r *http.Request, address subscribers.Address, asked application) (subscribers.Delay, error) {
	form, err := s.filledIn(r, asked)
	if err != nil {
		return subscribers.Delay{}, err
	}
	return s.Door.SignUp(r.Context(), subscribers.SignUp{
		Address: address, At: s.Now(), From: told(s.client(r)), Form: form, Client: s.counted(r),
	})
}

// inTime says whether a person had the time to fill in the form, and has not sent it
// too often. The publication's other sites have forms without a stamp, and so may a
// form on this one.
func (s *site) inTime(asked *application) bool {
	if asked.origin == friends || asked.origin == ours && asked.stamp == "" {
		return true
	}
	now := s.Now()
	age, known := s.stamps.age(asked.stamp, now)
	switch {
	case known && age >= 0 && age < quickest:
		// It is still good in a moment.
	case known && age >= quickest && age <= slowest && s.stamps.use(asked.stamp):
		return true
	default:
		asked.stamp = s.stamps.at(now)
	}
	return false
}

// odd says whether an address, though it is one, is of a kind that programs try and no
// reader has: another address or a path within it, or what a command takes for an
// option.
func odd(a subscribers.Address) bool {
	local, _, _ := strings.Cut(a.Mailbox(), "@")
	return strings.ContainsAny(local, "%!|/") || strings.HasPrefix(local, "-")
}

// sayOrigin has the browser name this site when the page's form is sent. Of a page with
// "no-referrer" it says "null". The sign-up page's address is no secret.
func sayOrigin(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "same-origin") }

// problem is why a form is shown once more.
type problem struct {
	status  string
	code    int
	message string
}

func (s *site) showFormAgain(w http.ResponseWriter, r *http.Request, asked application, why problem) {
	if asked.json {
		s.tell(w, why.code, reply{why.status, why.message, asked.stamp})
		return
	}
	if asked.stamp == "" {
		asked.stamp = s.stamps.at(s.Now())
	}
	sayOrigin(w)
	f := s.form(root(r), asked)
	f.Problem, f.Wrong = why.message, why.status == "invalid"
	s.show(w, r, why.code, "signup", f)
}
