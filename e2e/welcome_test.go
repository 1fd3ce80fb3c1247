package e2e

import "fmt"

// countWelcomes reports whether this many people got their welcome mail, each
// exactly one.
func countWelcomes(w *world, people int) error {
	got := map[string]int{}
	for _, m := range w.mail.Messages() {
		if m.Subject == "Your login for Happy Paws" {
			for _, to := range m.To {
				got[to]++
			}
		}
	}
	for to, n := range got {
		if n > 1 {
			w.t.Fatalf("%s was welcomed %d times", to, n)
		}
	}
	if len(got) != people {
		return fmt.Errorf("%d of %d people have theirs", len(got), people)
	}
	return nil
}
