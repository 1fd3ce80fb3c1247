package session

import (
	"context"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
)

// ChangeNetwork stores from where people may work in a branch and ends the
// sessions there that are not admitted any more, in one transaction; it tells
// how many. A rule that would shut the viewer out of the session they are in
// is refused unless shutMeOut is set. practice.ErrNotHere, and complaints about
// "mode", "networks" and "shut_me_out".
func (s *Service) ChangeNetwork(ctx context.Context, branchID string, in practice.NetworkInput, shutMeOut bool) (ended int, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		b, err := s.Practices.HoldBranch(ctx, tx, v.PracticeID, branchID)
		if err != nil {
			return err
		}
		if !v.MayIn(access.SecurityManage, b.ID) {
			return practice.ErrNotHere
		}
		before := b.Network
		if b.Network, err = in.Network(); err != nil {
			return err
		}
		if v.Branch.ID == b.ID && !b.Network.Admits(access.OriginFrom(ctx).IP) && !shutMeOut {
			return fault.Complain("shut_me_out", "This rule does not admit the address you come from, so it would sign you out at once. Add your network, or tick that you know.")
		}
		if err := s.Practices.StoreNetwork(ctx, tx, b); err != nil {
			return err
		}
		if ended, err = s.EndOutside(ctx, tx, b); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.NetworkChanged, PracticeID: b.PracticeID, BranchID: b.ID,
			Target:  audit.Target{Kind: "branch", ID: b.ID, Name: b.Name},
			Changes: before.Diff(b.Network), Detail: map[string]string{"sessions_ended": strconv.Itoa(ended)},
		})
	})
	return ended, err
}

// outside reports whether the network of the branch does not admit the session
// any more. The session in place is judged by where it is now, the others by
// where they began.
func outside(ctx context.Context, b practice.Branch, o Session) bool {
	if ip := access.OriginFrom(ctx).IP; o.ID == access.ViewerFrom(ctx).SessionID && ip != "" {
		return !b.Network.Admits(ip)
	}
	return !b.Network.Admits(o.IP)
}
