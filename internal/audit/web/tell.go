package auditweb

import (
	"context"
	"strings"

	"catflap/internal/audit"
)

// Sentences says lines as the timeline does, in their order, for pages that
// show a part of the record beside other things. Whoever calls has asked for
// the permission to read it.
func (f *Face) Sentences(ctx context.Context, practiceID string, lines []audit.Line) ([]string, error) {
	n, err := f.names(ctx, practiceID)
	if err != nil {
		return nil, err
	}
	n.ours = func(words string) string { return f.UI.Ours(ctx, words) }
	if err := f.learn(ctx, practiceID, lines, n); err != nil {
		return nil, err
	}
	sentences := make([]string, len(lines))
	for i, l := range lines {
		var b strings.Builder
		for _, p := range n.sentence(l) {
			b.WriteString(p.Text)
		}
		sentences[i] = b.String() + "."
	}
	return sentences, nil
}

// Cause is the exact reason of a refusal as a sentence, for pages that show the
// record in a form of their own; "" when the line itself says it all.
func Cause(l audit.Line) string { return cause(l) }
