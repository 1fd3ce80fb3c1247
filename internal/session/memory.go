package session

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"catflap/internal/access"
	"catflap/internal/foundation/lang"
	"catflap/internal/practice"
)

const (
	// shards keep requests from waiting for each other.
	shards = 64
	// perShard bounds the memory: 131,072 sessions of about 300 bytes each.
	perShard = 2048
	// maxShared bounds what sessions have in common, of each kind.
	maxShared = 4096
	// cleaned is how many others are looked at whenever one is added.
	cleaned = 4
)

// memory is the open sessions that were asked for lately, by the hash of their
// token. It never says no; whether what it knows still holds is asked of the
// database's announcements each time. The zero value is empty.
type memory struct {
	shards [shards]shard
	places common[placeRow, *place]
	holds  common[string, *[]access.Held]
	reads  atomic.Uint64 // how often the database was asked
}

type shard struct {
	mu     sync.RWMutex
	byHash map[[sha256.Size]byte]*known
}

func (m *memory) shard(hash [sha256.Size]byte) *shard { return &m.shards[hash[0]%shards] }

func (m *memory) find(hash [sha256.Size]byte) *known {
	s := m.shard(hash)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byHash[hash]
}

func (m *memory) forget(hash [sha256.Size]byte) {
	s := m.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byHash, hash)
}

// keep remembers a session. On the way it forgets a few that are no longer
// good, so that those nobody asks for do not stay; and when there is no room,
// any other one.
func (m *memory) keep(hash [sha256.Size]byte, k *known, good func(*known) bool) {
	s := m.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byHash == nil {
		s.byHash = map[[sha256.Size]byte]*known{}
	}
	looked := 0
	for other, o := range s.byHash { // begins anywhere
		if len(s.byHash) >= perShard || !good(o) {
			delete(s.byHash, other)
		}
		if looked++; looked == cleaned {
			break
		}
	}
	s.byHash[hash] = k
}

// Remembered is how many sessions are in memory, and how often the database was
// asked for one.
func (s *Service) Remembered() (sessions int, reads uint64) {
	for i := range s.memory.shards {
		one := &s.memory.shards[i]
		one.mu.RLock()
		sessions += len(one.byHash)
		one.mu.RUnlock()
	}
	return sessions, s.memory.reads.Load()
}

// known is the row as memory has it.
func (m *memory) known(i identity) (*known, error) {
	p, err := m.places.get(i.place, func() (*place, error) { return i.place.read() })
	if err != nil {
		return nil, err
	}
	topic := access.AccountTopic(i.session.AccountID)
	k := &known{
		place: p, text: topic + i.session.ID + i.name + i.login + i.session.Second,
		accountLen: uint32(len(i.session.AccountID)), topicEnd: uint32(len(topic)),
		idEnd: uint32(len(topic) + len(i.session.ID)), nameEnd: uint32(len(topic) + len(i.session.ID) + len(i.name)),
		secondLen: uint32(len(i.session.Second)),
		idle:      i.session.IdleLimit, expires: i.session.ExpiresAt.UnixMicro(), proven: i.session.ProvenAt.UnixMicro(),
		shared: i.session.Shared, kept: i.session.Kept, locked: !i.session.LockedAt.IsZero(),
	}
	k.seen.Store(i.session.SeenAt.UnixMicro())
	if p.kind != access.KindStaff {
		i.grants = nil // they mean nothing
	}
	k.held, err = m.holds.get(strings.Join(i.grants, "\x00"), func() (*[]access.Held, error) { return readGrants(i.grants) })
	return k, err
}

// read makes sense of what is stored of a practice and a branch.
func (r placeRow) read() (*place, error) {
	p := &place{
		kind:  access.Kind(r.accountKind),
		lang:  spoken(access.Kind(r.accountKind), r.lang),
		topic: access.PracticeTopic(r.practiceID),
		practice: access.Practice{
			ID: r.practiceID, Slug: r.slug, Name: r.name, Kind: r.kind,
			Closed: r.practiceID != "" && r.status != practice.Active, Zone: practice.Zone(r.zone),
		},
		branch:  access.Branch{ID: r.branchID, Name: r.branchName, Hue: r.hue, Zone: practice.Zone(r.branchZone)},
		network: practice.Network{Mode: r.networkMode},
	}
	var off []access.Feature
	err := errors.Join(json.Unmarshal([]byte(r.featuresOff), &off), json.Unmarshal([]byte(r.network), &p.network.Prefixes))
	// What the plan includes and the branch has not switched off.
	p.features = slices.DeleteFunc(slices.Clone(practice.Practice{Plan: r.plan}.Features()),
		func(f access.Feature) bool { return slices.Contains(off, f) })
	return p, err
}

// spoken is the language of the pages for an account: the pages of staff and of
// the platform are in English.
func spoken(kind access.Kind, chosen string) string {
	if kind == access.KindClient {
		return lang.Or(chosen)
	}
	return lang.English
}

// readGrants makes sense of grants as readIdentity collects them: branch, name
// of the role, landing page and permissions of one after the other.
func readGrants(grants []string) (*[]access.Held, error) {
	held := make([]access.Held, 0, len(grants)/4)
	for g := range slices.Chunk(grants, 4) {
		h := access.Held{BranchID: g[0], Role: g[1], Landing: g[2]}
		if err := json.Unmarshal([]byte(g[3]), &h.Permissions); err != nil {
			return nil, err
		}
		held = append(held, h)
	}
	return &held, nil
}

// common keeps one copy of what many sessions have in common. When there are
// too many it begins anew; what is in use stays where it is used.
type common[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

func (c *common[K, V]) get(key K, read func() (V, error)) (V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.all[key]; ok {
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	if c.all == nil || len(c.all) >= maxShared {
		c.all = map[K]V{}
	}
	c.all[key] = v
	return v, nil
}
