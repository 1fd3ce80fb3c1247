package session

import "catflap/internal/foundation/fault"

// The answers to a token that does not (any more) stand for a session. Each
// says why, because the person who was signed in reads it.
var (
	ErrNone    = fault.New(fault.SignedOut, "signed-out", "You are not signed in. Sign in to go on.")
	ErrIdle    = fault.New(fault.SignedOut, "session-idle", "You were signed out because nothing happened for a while. Sign in to go on where you were.")
	ErrExpired = fault.New(fault.SignedOut, "session-expired", "You had been signed in for a long time, so you were signed out. Sign in to go on where you were.")
	ErrEnded   = fault.New(fault.SignedOut, "session-ended", "This session was ended from another device. Sign in to go on.")

	errSignedOut       = fault.New(fault.SignedOut, "session-signed-out", "You signed out. Sign in to go on.")
	errReplaced        = fault.New(fault.SignedOut, "session-replaced", "Somebody signed in after you in this browser, which ended your session. Sign in to go on.")
	errPasswordChanged = fault.New(fault.SignedOut, "session-password-changed", "Your password was changed, which ended this session. Sign in with the new one.")
	errDeactivated     = fault.New(fault.SignedOut, "session-deactivated", "Your account was deactivated, which ended this session. Ask your practice administrator.")
	errByOther         = fault.New(fault.SignedOut, "session-ended-by-administrator", "An administrator of your practice ended this session. Sign in to go on, or ask them why.")
	errAccessChanged   = fault.New(fault.SignedOut, "session-access-changed", "You have no role in this branch any more, which ended this session. Sign in to work in another one, or ask your practice administrator.")
	errOffNetwork      = fault.New(fault.SignedOut, "session-network", "This branch can only be worked in from its own networks, and you are not in one of them. Sign in from there, or ask your practice administrator.")
	errPracticeClosed  = fault.New(fault.SignedOut, "session-practice-closed", "This practice is not open for signing in at the moment. Ask whoever runs it.")
	errProtected       = fault.New(fault.SignedOut, "session-protected", "This session was ended to protect the account. Choose a new password with Forgot password?")
	errFactorReset     = fault.New(fault.SignedOut, "session-factor-reset", "Your two-factor authentication was reset, which ended this session. Sign in to set it up again.")
)

// answer is what the person reads at the next request.
func (r Reason) answer() error {
	switch r {
	case SignedOut:
		return errSignedOut
	case Idle:
		return ErrIdle
	case Expired:
		return ErrExpired
	case Replaced:
		return errReplaced
	case PasswordChanged:
		return errPasswordChanged
	case Deactivated:
		return errDeactivated
	case ByOther:
		return errByOther
	case AccessChanged:
		return errAccessChanged
	case OffNetwork:
		return errOffNetwork
	case PracticeClosed:
		return errPracticeClosed
	case Protected:
		return errProtected
	case FactorReset:
		return errFactorReset
	}
	return ErrEnded
}
