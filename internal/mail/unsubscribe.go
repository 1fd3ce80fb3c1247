package mail

import "bytes"

// unsubscribeAt is where the pet parent who gets the message opts out; "" for mail
// that is no bulk mail, or that nobody can opt out of, such as a reset link.
func (m claimed) unsubscribeAt() string {
	if m.unsubscribe == nil || !m.Bulk || m.PetParentID == "" || !offered(m.Message) {
		return ""
	}
	return m.unsubscribe(m.PetParentID)
}

// offered reports whether somebody may opt out of such messages: the practice's
// own words, and invitations that a campaign sends to many.
func offered(m Message) bool {
	switch m.Template {
	case Own:
		return true
	case Welcome, Activation:
		return m.CampaignID != ""
	}
	return false
}

// writeUnsubscribe lets mail programs show a button that opts out (RFC 2369, RFC
// 8058).
func (l Letter) writeUnsubscribe(b *bytes.Buffer) {
	if l.Unsubscribe == "" {
		return
	}
	writeHeader(b, "List-Unsubscribe", "<"+l.Unsubscribe+">")
	writeHeader(b, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
}
