package session

import (
	"sync/atomic"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

// nearIdle is how long before its idle limit a session is read anew: the use
// that moves it may have been at another server, and the person is warned a
// minute before.
const nearIdle = 90 * time.Second

// known is an open session as memory has it. There may be a hundred thousand,
// so what many have in common is shared, and what is its own is as little as
// possible for the garbage collector to follow. Only seen changes.
type known struct {
	since   db.Moment    // before it was read
	seen    atomic.Int64 // last real use; this and the next three in microseconds since 1970
	readAt  int64
	expires int64
	proven  int64
	idle    time.Duration

	place *place
	held  *[]access.Held
	text  string // the topic of the account, which ends with its id; the session's id, the person's name, the login ID, the second proof

	topicEnd, idEnd, nameEnd uint32 // where these end in text
	accountLen, secondLen    uint32
	shared, kept, locked     bool
}

// place is what all of a kind and a language in a branch of a practice have in
// common; without branch for clients, without either for platform accounts.
type place struct {
	kind     access.Kind
	lang     string
	topic    string // of the practice
	practice access.Practice
	branch   access.Branch
	features []access.Feature
	network  practice.Network
}

func (k *known) topic() string     { return k.text[:k.topicEnd] }
func (k *known) accountID() string { return k.text[k.topicEnd-k.accountLen : k.topicEnd] }
func (k *known) id() string        { return k.text[k.topicEnd:k.idEnd] }

func (k *known) idleAt() time.Time { return moment(k.seen.Load()).Add(k.idle) }

// sure reports whether time and address leave no doubt that the session
// answers. Whatever looks over or near its end is asked for again.
func (k *known) sure(now time.Time, ip string) bool {
	left := k.idleAt().Sub(now)
	switch {
	case left <= 0, now.UnixMicro() >= k.expires, !k.place.network.Admits(ip):
		return false
	case left < nearIdle:
		return now.Sub(moment(k.readAt)) < touchEvery
	}
	return true
}

// viewer is who stands behind the session for a request from ip.
func (k *known) viewer(ip string) access.Viewer {
	loginEnd := uint32(len(k.text)) - k.secondLen
	v := access.Viewer{
		Kind: k.place.kind, AccountID: k.accountID(), Name: k.text[k.idEnd:k.nameEnd], LoginID: k.text[k.nameEnd:loginEnd],
		Lang: k.place.lang, Second: k.text[loginEnd:],
		PracticeID: k.place.practice.ID, Practice: k.place.practice, Branch: k.place.branch,
		SessionID: k.id(), SharedDevice: k.shared, Kept: k.kept, Locked: k.locked, OffNetwork: k.place.network.Warns(ip),
		ProvenUntil: moment(k.proven).Add(ProofLife), ExpiresAt: moment(k.expires), IdleAt: k.idleAt(),
	}
	return v.Holding(*k.held).WithFeatures(k.place.features)
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
