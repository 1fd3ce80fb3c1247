package petparentweb

import (
	"context"
	"net/http"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

type pilePage struct {
	petparent.Pile
}

// Lines are the fields in words.
func (p pilePage) Lines() (all []pileLine) {
	for _, f := range p.Fields {
		label := fieldLabel(f.Field)
		if f.OfPet {
			label += " of a pet"
		}
		all = append(all, pileLine{label, f.Count})
	}
	return all
}

type pileLine struct {
	Label string
	Count int
}

func proposalsPath(r *http.Request) string { return base(r) + "/pet-parents/proposals" }

// showPile tells what would be accepted before somebody does.
func (f *Face) showPile(w http.ResponseWriter, r *http.Request) error {
	until := r.URL.Query().Get("until")
	if !id.Valid(until) {
		until = ""
	}
	pile, err := f.PetParents.Pile(r.Context(), practiceOf(r), until)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/proposals_all", pilePage{pile})
}

func (f *Face) acceptPile(w http.ResponseWriter, r *http.Request) error {
	until := ui.FormFrom(r).Get("until")
	if !id.Valid(until) {
		return fault.Complain("until", "Load the page again and accept from there.")
	}
	accepted, left, err := f.PetParents.AcceptAll(r.Context(), practiceOf(r), until)
	if err != nil {
		return err
	}
	words := strconv.Itoa(accepted) + " corrections are accepted and on record."
	if accepted == 1 {
		words = "One correction is accepted and on record."
	}
	to := proposalsPath(r)
	if left > 0 {
		words += " Go on with the rest."
		to += "/all?until=" + until
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, to)
}

type pileOutput struct {
	Body struct {
		Count  int    `json:"count"`
		People int    `json:"people"`
		Until  string `json:"until,omitempty" doc:"Send it to accept exactly these"`
	}
}

type acceptedOutput struct {
	Body struct {
		Accepted int `json:"accepted"`
		Left     int `json:"left" doc:"Of these; send the same again"`
	}
}

func (f *Face) pileAPI(a *httpd.API, rule access.Rule) {
	httpd.Register(a, rule, operation("proposals-all", http.MethodGet, "/proposals/all", "How many corrections wait"),
		func(ctx context.Context, _ *struct{}) (*pileOutput, error) {
			pile, err := f.PetParents.Pile(ctx, access.ViewerFrom(ctx).PracticeID, "")
			out := &pileOutput{}
			out.Body.Count, out.Body.People, out.Body.Until = pile.Count, pile.People, pile.Until
			return out, err
		})
	accept := operation("accept-all-proposals", http.MethodPost, "/proposals/all/accept", "Take over all that wait, up to what was seen; at most 500 at once")
	accept.DefaultStatus = http.StatusOK
	httpd.Register(a, rule, accept, func(ctx context.Context, in *struct {
		Body struct {
			Until string `json:"until" maxLength:"64" doc:"From the answer that was looked at: what came later waits"`
		}
	},
	) (*acceptedOutput, error) {
		if !id.Valid(in.Body.Until) {
			return nil, fault.Complain("until", "Send the word of the answer that was looked at.")
		}
		accepted, left, err := f.PetParents.AcceptAll(ctx, access.ViewerFrom(ctx).PracticeID, in.Body.Until)
		out := &acceptedOutput{}
		out.Body.Accepted, out.Body.Left = accepted, left
		return out, err
	})
}
