package campaign

import (
	"context"
	"slices"
	"strconv"
	"time"

	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/lang"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// script is what the messages of a campaign are written with.
type script struct {
	house       House
	fixed       fixed
	needs       []mail.Token
	credentials bool
}

// scriptNow are the words that a template has at this moment. mail.ErrNoTemplate.
func (s *Service) scriptNow(ctx context.Context, r db.Reader, practiceID, template string) (sc script, err error) {
	if sc.house, err = s.houseFor(ctx, r, practiceID); err != nil {
		return sc, err
	}
	sc.fixed = fixed{Lang: lang.Or(sc.house.Practice.Policy.ClientLang)}
	if template == mail.Welcome {
		sc.credentials, sc.fixed.Texts = true, map[string]string{}
		for _, key := range []string{mail.Welcome, mail.Activation} {
			if sc.fixed.Texts[key], err = s.Mail.WordsNow(ctx, r, practiceID, key, sc.fixed.Lang); err != nil {
				return sc, err
			}
		}
		return sc, nil
	}
	if mail.NameOf(template) != "" {
		return sc, mail.ErrNoTemplate // leaves by itself only
	}
	if sc.fixed.Own, err = s.Mail.WordsNow(ctx, r, practiceID, template, sc.fixed.Lang); err != nil {
		return sc, err
	}
	return sc, s.needed(ctx, r, &sc)
}

// scriptOf are the words that a campaign was started with.
func (s *Service) scriptOf(ctx context.Context, r db.Reader, c Campaign) (sc script, err error) {
	if sc.house, err = s.houseFor(ctx, r, c.PracticeID); err != nil {
		return sc, err
	}
	if sc.fixed, sc.credentials = c.words, true; sc.fixed.Own == "" {
		return sc, nil
	}
	return sc, s.needed(ctx, r, &sc)
}

func (s *Service) needed(ctx context.Context, r db.Reader, sc *script) (err error) {
	sc.needs, err = s.Mail.Used(ctx, r, sc.house.Practice.ID, "", sc.fixed.Own)
	sc.credentials = slices.ContainsFunc(sc.needs, func(t mail.Token) bool { return t.Secret })
	return err
}

func (s *Service) houseFor(ctx context.Context, r db.Reader, practiceID string) (House, error) {
	h, err := HouseOf(ctx, s.Practices, r, practiceID, "")
	h.LoginURL = s.LoginURL(h.Practice.Slug)
	return h, err
}

// values are what the words are filled with for somebody.
func (sc script) values(to petparent.Addressed) map[string]string {
	data := sc.house.Tokens(Recipient{Person: to.PetParent, Company: to.Company, HomeBranch: to.HomeBranchID, Pets: to.Pets, LoginID: to.LoginID})
	if sc.credentials && !sc.house.Practice.Policy.MailsTemporary() {
		data["valid_for"] = factor.Activation.Span()
	}
	return data
}

// judge says why somebody gets nothing; nothing when they do. It is the one place
// where that is decided, for the look beforehand and for the messages themselves.
func (sc script) judge(to petparent.Addressed, data map[string]string) []Reason {
	var reasons []Reason
	for _, r := range to.NotMailable {
		elsewhere := r == petparent.ReasonNoEmail || r == petparent.ReasonInvalid || r == petparent.ReasonRefused && to.RecoveryEmail != to.Email
		if sc.credentials && elsewhere {
			continue // they go to where the last ones went
		}
		reasons = append(reasons, Reason(r))
	}
	address := to.Email
	if sc.credentials {
		address = to.RecoveryEmail
		switch {
		case to.AccountID == "":
			return append(reasons, NoLogin)
		case !to.OnboardedAt.IsZero():
			return append(reasons, SignedIn)
		case !to.LoginActive:
			return append(reasons, LoginOff)
		}
	}
	if invalid, none := Reason(petparent.ReasonInvalid), Reason(petparent.ReasonNoEmail); address == "" {
		if !slices.Contains(reasons, none) && !slices.Contains(reasons, invalid) {
			reasons = append(reasons, none)
		}
	} else if !mail.ValidAddress(address) {
		reasons = append(reasons, invalid)
	}
	for _, t := range sc.needs {
		if t.Required && !t.Secret && t.Name != "address" && data[t.Name] == "" {
			reasons = append(reasons, Reason(Missing+t.Name))
		}
	}
	return reasons
}

// Plan is what a campaign would come to at this moment.
type Plan struct {
	People      int // whom it looks at
	Write       int // messages
	Credentials bool
	Reasons     map[Reason]int
}

// LeftOut is how many people get nothing.
func (p Plan) LeftOut() int { return p.People - p.Write }

// ReasonCounts lists why people are left out.
func (p Plan) ReasonCounts() []ReasonCount { return counted(p.Reasons) }

// planned is how many people a look beforehand reads at once.
const planned = 2000

// planLife is how long somebody may look through the previews of a plan without
// having everybody looked at again.
const planLife = 5 * time.Minute

// Plan looks at everybody of a campaign and writes nothing. ErrNotFound,
// mail.ErrNoTemplate.
func (s *Service) Plan(ctx context.Context, c Campaign) (Plan, error) {
	p, err := s.plan(ctx, c)
	if err == nil {
		s.plans.put(c.planKey(), p, s.Clock.Now().Add(planLife))
	}
	return p, err
}

// SeenPlan is the Plan that was made of this draft a moment ago.
func (s *Service) SeenPlan(ctx context.Context, c Campaign) (Plan, error) {
	if p, known := s.plans.get(c.planKey(), s.Clock.Now()); known {
		return p, nil
	}
	return s.Plan(ctx, c)
}

func (c Campaign) planKey() string {
	return c.PracticeID + "/" + c.ID + "/" + strconv.FormatInt(c.Mark, 10)
}

func (s *Service) plan(ctx context.Context, c Campaign) (Plan, error) {
	p := Plan{Reasons: map[Reason]int{}}
	sc, err := s.scriptNow(ctx, s.DB, c.PracticeID, c.Template)
	if err != nil {
		return p, err
	}
	p.Credentials = sc.credentials
	for after := ""; ; {
		people, err := s.PetParents.Addressed(ctx, s.DB, c.PracticeID, c.Scope, after, planned)
		if err != nil || len(people) == 0 {
			return p, err
		}
		for _, to := range people {
			reasons := sc.judge(to, sc.values(to))
			if p.People++; len(reasons) == 0 {
				p.Write++
			}
			for _, r := range reasons {
				p.Reasons[r]++
			}
		}
		after = people[len(people)-1].ID
	}
}

// first is the first person after one with an id who would get the message of a
// campaign; ErrNobody.
func (s *Service) first(ctx context.Context, sc script, c Campaign, after string) (petparent.Addressed, error) {
	for {
		people, err := s.PetParents.Addressed(ctx, s.DB, c.PracticeID, c.Scope, after, batch)
		if err != nil {
			return petparent.Addressed{}, err
		}
		if len(people) == 0 {
			return petparent.Addressed{}, ErrNobody
		}
		for _, to := range people {
			if len(sc.judge(to, sc.values(to))) == 0 {
				return to, nil
			}
		}
		after = people[len(people)-1].ID
	}
}

// open insists that the practice is open and has what a campaign needs.
func open(p practice.Practice, credentials bool) error {
	if err := inPlan(p, credentials); err != nil {
		return err
	}
	if p.Status != practice.Active {
		return practice.ErrNotOpen
	}
	return nil
}
