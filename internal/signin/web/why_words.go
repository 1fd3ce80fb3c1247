package signinweb

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/practice"
	"catflap/internal/signin"
)

// explain says an obstacle in words: what it is, what to do, and who can.
func explain(v access.Viewer, e signin.Explanation, o signin.Obstacle) barrier {
	name := e.Account.Name
	switch o.Code {
	case signin.PracticeClosed:
		return barrier{"The practice is not open", "Nobody is let in at the moment.",
			"Only your Catflap provider can open it again."}
	case signin.AccountInactive:
		return barrier{"The account is deactivated", "Every sign-in is refused, also with the right password.",
			"An administrator can reactivate it on the person's page."}
	case signin.WithoutBranch:
		return barrier{"No role in any branch", "The password may be right, but there is nowhere to work in.",
			"Whoever manages staff can give " + name + " a role on the person's page."}
	case signin.BarredNetwork:
		return networkBarrier(name, o)
	case signin.CrowdedNetwork:
		return barrier{"Too many failed sign-ins from one network",
			"From " + o.IP + " devices that nobody signed in on before have to wait until " + exactly(v, o.Until) + ", whoever tries.",
			"Waiting is enough. Known devices are not concerned. If the address is not yours, somebody is guessing."}
	}
	if b, ok := proofBarrier(v, name, o); ok {
		return b
	}
	if b, ok := codesBarrier(v, e, o); ok {
		return b
	}
	return triesBarrier(v, e, o)
}

// proofBarrier is for those who have nothing to sign in with.
func proofBarrier(v access.Viewer, name string, o signin.Obstacle) (barrier, bool) {
	again := "Whoever manages logins can issue a new one on the pet parent's page."
	switch o.Code {
	case signin.InvitationOpen:
		return barrier{"No password yet", "The invitation was sent " + exactly(v, o.Since) + " and works until " + exactly(v, o.Until) + ".",
			name + " opens the link in that e-mail and chooses a password. If it did not arrive, whoever manages staff can send it again."}, true
	case signin.InvitationOver:
		return barrier{"No password yet", "The invitation does not work any more.",
			"Whoever manages staff can send it again from the person's page, or " + name + " uses Forgot password? on the sign-in page."}, true
	case signin.PasswordVoid:
		return barrier{"The password was taken away", "A link in a security notice was used to say that somebody else was in the account. No password works until a new one is chosen.",
			name + " uses Forgot password? on the sign-in page and chooses a new one. Ask what happened."}, true
	case signin.TemporaryNone:
		return barrier{"Nothing to sign in with yet", "There is neither a password nor a temporary one.", again}, true
	case signin.TemporaryWaits:
		return barrier{"The temporary password is still on its way", "The e-mail that carries it has not left. It waits since " + exactly(v, o.Since) + ".",
			"Look at the Communication tab of the pet parent's page for the reason."}, true
	case signin.WelcomeFailed:
		return barrier{"The welcome e-mail could not be sent", "It was written " + exactly(v, o.Since) + " and never left for their mailbox, so " + name + " was never told how to get in.",
			"Correct the address on the pet parent's page if it is wrong, then send a new welcome e-mail there. The Communication tab says why."}, true
	case signin.TermsWaiting:
		return barrier{"Terms wait to be accepted", fmt.Sprintf("With the right password, version %d of your terms and privacy notice comes first. Nothing else opens before it is accepted.", o.Version),
			name + " signs in, reads it and accepts it. Whoever cannot agree is not let in; talk to them."}, true
	case signin.TemporaryBurnt:
		return barrier{"The temporary password is used up", "Wrong tries burnt it " + exactly(v, o.Since) + ".", again}, true
	case signin.TemporaryExpired:
		return barrier{"The temporary password has expired", "That was " + exactly(v, o.Since) + ".", again}, true
	}
	return barrier{}, false
}

func networkBarrier(name string, o signin.Obstacle) barrier {
	var where []string
	for _, b := range o.Branches {
		where = append(where, b.Name+" ("+prefixes(b)+")")
	}
	text := "Every branch of theirs admits its own networks only: " + strings.Join(where, "; ") + "."
	if o.IP != "" {
		text += " The last try came from " + o.IP + ", which is in none of them."
	}
	return barrier{"Outside the network", text,
		name + " signs in from the branch. Whoever manages branches can change the network rule of a branch."}
}

func prefixes(b practice.Branch) string {
	if len(b.Network.Prefixes) == 0 {
		return "none named"
	}
	words := make([]string, len(b.Network.Prefixes))
	for i, p := range b.Network.Prefixes {
		words[i] = netip.Prefix.String(p)
	}
	return strings.Join(words, ", ")
}

// triesBarrier is for wrong tries that count against the account.
func triesBarrier(v access.Viewer, e signin.Explanation, o signin.Obstacle) barrier {
	check := "Ask whether these tries were " + e.Account.Name + "'s own. If they were, Open again below lets them try at once. If not, leave it closed: "
	switch o.Code {
	case signin.ClosedTries:
		return barrier{"Closed after too many wrong tries",
			fmt.Sprintf("%d tries in a row did not match, the last one %s. Devices that were not seen before are turned away, whatever is typed. %s", o.Failures, exactly(v, o.Since), devices(e.Devices)),
			check + "Forgot password? and a sign-in on a known device open it as well."}
	case signin.DelayedTries:
		return barrier{"Has to wait after wrong tries",
			fmt.Sprintf("%d tries in a row did not match. On devices that were not seen before, the next one is looked at after %s. %s", o.Failures, clockTime(v, o.Until), devices(e.Devices)),
			"Waiting is enough. Open again below ends the wait."}
	case signin.ClosedDevice:
		return barrier{"Closed on one of their devices",
			fmt.Sprintf("%d tries in a row did not match there, the last one %s.", o.Failures, exactly(v, o.Since)),
			check + "Forgot password? opens it as well."}
	case signin.DelayedDevice:
		return barrier{"Has to wait on one of their devices",
			fmt.Sprintf("%d tries in a row did not match there. The next one is looked at after %s.", o.Failures, clockTime(v, o.Until)),
			"Waiting is enough. Open again below ends the wait."}
	}
	return barrier{"Cannot confirm that it is them",
		fmt.Sprintf("Signed in, but %d wrong passwords in a row when asked to confirm, the last one %s.", o.Failures, exactly(v, o.Since)),
		check + "Forgot password? opens it as well."}
}

// codesBarrier is for the second proof.
func codesBarrier(v access.Viewer, e signin.Explanation, o signin.Obstacle) (barrier, bool) {
	what := map[factor.Method]string{
		factor.ByAuthenticator: "codes of an authenticator app", factor.ByEmailCode: "codes by e-mail", factor.ByBackupCode: "backup codes",
	}[o.Method]
	tried := fmt.Sprintf("Whoever it was knew the password. %d %s in a row did not match, the last one %s.", o.Failures, what, exactly(v, o.Since))
	known := "Only their known devices and other ways of proof still work. " + devices(e.Devices)
	wait := "Waiting is enough. Open again below ends the wait."
	check := "Ask whether these tries were " + e.Account.Name + "'s own. If not, somebody else knows the password: it has to be changed. Open again below lets them try at once."
	switch o.Code {
	case signin.WithoutProof:
		return barrier{"No second proof is left", "The password may be right, but two-factor authentication is on and nothing is left to prove it with: no authenticator app, no unused backup code, no address for a code.",
			"Whoever may help with a lost phone can reset the two-factor authentication on the person's page."}, true
	case signin.ClosedCodes:
		return barrier{"Closed after too many wrong codes", tried + " " + known, check}, true
	case signin.ClosedCodesDevice:
		return barrier{"Closed for codes on one of their devices", tried, check}, true
	case signin.DelayedCodes:
		return barrier{"Has to wait after wrong codes", tried + " The next one is looked at after " + clockTime(v, o.Until) + ".", wait}, true
	case signin.DelayedCodesDevice:
		return barrier{"Has to wait for codes on one of their devices", tried + " The next one is looked at after " + clockTime(v, o.Until) + ".", wait}, true
	}
	return barrier{}, false
}

// clockTime is a moment within minutes from now, in the viewer's time zone.
func clockTime(v access.Viewer, t time.Time) string { return t.In(v.Zone()).Format("15:04:05 MST") }

// devices says where somebody still gets in.
func devices(n int) string {
	switch n {
	case 0:
		return "There is no device on which they signed in before."
	case 1:
		return "The one device on which they signed in before is not concerned."
	}
	return fmt.Sprintf("The %d devices on which they signed in before are not concerned.", n)
}
