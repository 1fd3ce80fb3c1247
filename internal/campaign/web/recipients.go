package campaignweb

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"catflap/internal/campaign"
	"catflap/internal/foundation/cell"
	"catflap/internal/foundation/httpd"
)

type recipientsPage struct {
	Campaign campaign.Campaign
	Outcome  campaign.Outcome
	Tabs     []outcomeTab
	Lines    []recipientLine
	Next     string
}

type outcomeTab struct {
	Label, Href string
	Current     bool
}

type recipientLine struct{ campaign.Line }

// Why is what stands beside the outcome.
func (l recipientLine) Why() string {
	words := make([]string, 0, len(l.Reasons)+1)
	for _, r := range l.Reasons {
		words = append(words, r.Words())
	}
	if l.Words != "" {
		words = append(words, l.Words)
	}
	return strings.Join(words, ", ")
}

// Tone is the colour of the outcome.
func (l recipientLine) Tone() string {
	switch l.Outcome {
	case campaign.OutcomeSent:
		return "good"
	case campaign.OutcomeFailed:
		return "stop"
	case campaign.OutcomeDropped:
		return "careful"
	case campaign.OutcomeLeftOut:
		return "off"
	case campaign.OutcomeAll, campaign.OutcomeWaiting:
	}
	return "info"
}

// Label is the outcome in words.
func (l recipientLine) Label() string { return outcomeWords(l.Outcome) }

func outcomeWords(o campaign.Outcome) string {
	switch o {
	case campaign.OutcomeWaiting:
		return "Waiting"
	case campaign.OutcomeSent:
		return "Sent"
	case campaign.OutcomeFailed:
		return "Failed"
	case campaign.OutcomeDropped:
		return "Dropped"
	case campaign.OutcomeLeftOut:
		return "Left out"
	case campaign.OutcomeAll:
	}
	return "Everybody"
}

func (f *Face) showRecipients(w http.ResponseWriter, r *http.Request) error {
	c, err := f.alert(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	page := recipientsPage{Campaign: c, Outcome: campaign.Outcome(q.Get("outcome"))}
	if !slices.Contains(campaign.Outcomes(), page.Outcome) {
		page.Outcome = campaign.OutcomeAll
	}
	path := alertsPath(r, "/"+c.ID+"/recipients")
	for _, o := range campaign.Outcomes() {
		page.Tabs = append(page.Tabs, outcomeTab{outcomeWords(o), path + "?outcome=" + string(o), o == page.Outcome})
	}
	lines, next, err := f.Campaigns.Recipients(r.Context(), c, page.Outcome, q.Get("after"), shownRecipients)
	if err != nil {
		return err
	}
	for _, l := range lines {
		page.Lines = append(page.Lines, recipientLine{l})
	}
	if next != "" {
		page.Next = path + "?" + url.Values{"outcome": {string(page.Outcome)}, "after": {next}}.Encode()
	}
	return f.UI.Page(w, r, http.StatusOK, "campaign/recipients", page)
}

// report sends what became of everybody, one line each.
func (f *Face) report(_ http.ResponseWriter, r *http.Request) error {
	c, err := f.alert(r)
	if err != nil {
		return err
	}
	// Names leave: that is on record before the first of them is sent.
	if err := f.Campaigns.RecordReport(r.Context(), c); err != nil {
		return err
	}
	f.streamReport(r.Context(), c)
	return nil
}

// reportLines is how many lines of a report are read at once.
const reportLines = 500

func (f *Face) streamReport(ctx context.Context, c campaign.Campaign) {
	httpd.Stream(ctx, "text/csv; charset=utf-8; header=present", "email-alert.csv", func(w io.Writer) error {
		out := csv.NewWriter(w)
		out.UseCRLF = true
		if err := out.Write([]string{"client", "name", "email", "outcome", "sent_at", "reason", "words"}); err != nil {
			return err
		}
		for after, more := "", true; more; {
			lines, next, err := f.Campaigns.Recipients(ctx, c, campaign.OutcomeAll, after, reportLines)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if err := out.Write(cells(l)); err != nil {
					return err
				}
			}
			after, more = next, next != ""
		}
		out.Flush()
		return out.Error()
	})
}

// cells are one line of a report.
func cells(l campaign.Line) []string {
	reasons, sent := make([]string, len(l.Reasons)), ""
	for i, r := range l.Reasons {
		reasons[i] = string(r)
	}
	if !l.SentAt.IsZero() {
		sent = l.SentAt.UTC().Format(time.RFC3339)
	}
	return []string{
		cell.Harmless(l.ClientNumber), cell.Harmless(l.Name), cell.Harmless(l.Email), string(l.Outcome), sent,
		strings.Join(reasons, " "), cell.Harmless(recipientLine{l}.Why()),
	}
}
