package access

// AccountTopic is what a transaction announces after which the sessions of an
// account may do something else, or nothing.
func AccountTopic(accountID string) string { return "account/" + accountID }

// PracticeTopic is the same for everybody in a practice: its branches, roles,
// plan, policy or status changed.
func PracticeTopic(practiceID string) string { return "practice/" + practiceID }
