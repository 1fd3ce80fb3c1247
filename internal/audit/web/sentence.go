package auditweb

import (
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/practice"
)

// part is a piece of a sentence; names are strong.
type part struct {
	Text   string
	Strong bool
}

// phrase is how an action reads. {actor}, {account}, {target}, {sessions},
// {proof} and {corrections} stand for what the line says of them.
type phrase struct {
	other string // somebody acts; the only form of what nobody does to themselves
	own   string // people act for themselves
	none  string // no account is known
}

// catalogue is the one place where actions get their words.
func catalogue() map[audit.Action]phrase {
	return map[audit.Action]phrase{
		audit.SignInDone:  {other: "{account} signed in{proof}"},
		audit.SignInBegun: {other: "{account} began to sign in{proof}"},
		audit.SignInRefused: {
			other: "A sign-in of {account} was refused",
			none:  "A sign-in with an unknown login ID was refused",
		},
		audit.SessionEnded: {
			other: "{actor} ended {sessions} of {account}",
			own:   "{account} ended {sessions} of their own",
		},
		audit.SessionTimedOut:  {other: "{account} was signed out automatically"},
		audit.SessionSignedOut: {other: "{account} signed out"},
		audit.SessionLocked:    {other: "{account} locked their session"},
		audit.SessionUnlocked:  {other: "{account} unlocked their session"},
		audit.UnlockRefused:    {other: "An attempt to unlock the session of {account} was refused"},
		audit.BranchSwitched:   {other: "{account} switched to the branch {target}"},
		audit.StepUpDone:       {other: "{account} confirmed that it is them"},
		audit.StepUpRefused:    {other: "{account} could not confirm that it is them"},
		audit.PasswordReset:    {other: "{account} chose a new password by a mailed link"},

		audit.PasswordChosen:    {other: "{account} chose a new password in place of a temporary one"},
		audit.PasswordChanged:   {other: "{account} changed their password"},
		audit.PasswordRefused:   {other: "{account} could not change their password"},
		audit.PasswordProtected: {other: "{account} closed their login with a link from a security notice"},

		audit.ResetRequested: {
			other: "Somebody asked for a link to a new password for {account}",
			none:  "Somebody asked for a way back in with an address that is no login ID",
		},
		audit.FactorBegun:        {other: "{account} began to set up an authenticator app"},
		audit.FactorCancelled:    {other: "{account} gave up setting up an authenticator app"},
		audit.FactorSet:          {other: "{account} switched two-factor authentication on"},
		audit.FactorReplaced:     {other: "{account} set up another authenticator app in place of the former one"},
		audit.FactorKeyShown:     {other: "{account} was shown the key of their authenticator app again"},
		audit.FactorRemoved:      {other: "{account} deactivated two-factor authentication"},
		audit.FactorEmailDropped: {other: "{account} gave codes by e-mail up as their second factor"},
		audit.CodesShown:         {other: "{account} was shown their backup codes"},
		audit.CodesMade:          {other: "{account} generated new backup codes"},
		audit.CodesHidden:        {other: "The readable copies of all backup codes were destroyed"},
		audit.CodeMailed:         {other: "A code was mailed to {account}"},
		audit.FactorProved:       {other: "{account} gave their second factor{proof}"},
		audit.FactorRefused:      {other: "A second factor of {account} was refused"},
		audit.FactorSkipped:      {other: "{actor} let {account} sign in once without the second factor"},
		audit.FactorSkipEnded:    {other: "{actor} took back that {account} may sign in once without the second factor"},
		audit.FactorReset:        {other: "{actor} reset the two-factor authentication of {account}"},
		audit.FactorReminded:     {other: "{actor} reminded everybody without two-factor authentication by e-mail"},

		audit.TemporaryIssued:   {other: "{actor} issued a temporary password for {account}"},
		audit.TemporaryShown:    {other: "{actor} showed the temporary password of {account}"},
		audit.TemporaryBurnt:    {other: "The temporary password of {account} was burnt"},
		audit.TemporaryExpired:  {other: "The temporary password of {account} expired"},
		audit.TemporaryVoided:   {other: "{actor} withdrew the temporary passwords of everybody who had not been in"},
		audit.SetupDone:         {other: "{account} set up this server and became its first administrator"},
		audit.PlatformCreated:   {other: "{actor} made {account} a platform administrator"},
		audit.PracticeCreated:   {other: "{actor} opened the practice {target}"},
		audit.PlanChanged:       {other: "{actor} changed the plan of {target}"},
		audit.PracticeSuspended: {other: "{actor} suspended the practice {target}"},
		audit.PracticeReopened:  {other: "{actor} opened the practice {target} again"},
		audit.PracticeClosed:    {other: "{actor} closed the practice {target}"},
		audit.PracticeEdited:    {other: "{actor} changed the details of the practice"},
		audit.LookChanged:       {other: "{actor} changed the look of the practice's e-mails"},
		audit.PolicyChanged:     {other: "{actor} changed the policy"},
		audit.StrictOn:          {other: "{actor} switched strict mode on"},
		audit.StrictOff:         {other: "{actor} switched strict mode off"},
		audit.BranchCreated:     {other: "{actor} opened the branch {target}"},
		audit.BranchChanged:     {other: "{actor} changed the branch {target}"},
		audit.NetworkChanged:    {other: "{actor} changed from where people may work in the branch {target}"},
		audit.StaffInvited:      {other: "{actor} invited {account}"},
		audit.StaffReinvited:    {other: "{actor} sent {account} a fresh invitation"},
		audit.InvitationUsed:    {other: "{account} accepted the invitation and chose a password"},
		audit.StaffRenamed:      {other: "{actor} changed the name of {account}"},
		audit.StaffRolesChanged: {other: "{actor} changed the roles of {account}"},
		audit.StaffEmailAsked: {
			other: "{actor} asked {account} to confirm a new e-mail address",
			own:   "{account} began to change their own e-mail address",
		},
		audit.StaffEmailChanged: {
			other: "{actor} changed the e-mail address of {account}",
			own:   "{account} confirmed their new e-mail address",
		},
		audit.StaffLeaving:     {other: "{actor} changed the day on which {account} leaves"},
		audit.StaffDeactivated: {other: "{actor} deactivated {account}"},
		audit.StaffReactivated: {other: "{actor} reactivated {account}"},
		audit.RoleCreated:      {other: "{actor} added the role {target}"},
		audit.RoleChanged:      {other: "{actor} changed the role {target}"},
		audit.RoleDeleted:      {other: "{actor} deleted the role {target}"},
		audit.LoginReopened:    {other: "{actor} opened the sign-in of {account} again after too many wrong tries"},
		audit.LoginRecovered:   {other: "{actor} made a new way into the login of {account} on the server itself"},
		audit.SharedRemembered: {other: "{actor} remembered the computer {target} as shared"},
		audit.SharedRemoved:    {other: "{actor} removed the shared computer {target}"},
		audit.LoginCreated:     {other: "{actor} created a login for {account}"},
		audit.LoginChanged:     {other: "{actor} changed the login of {account}"},
		audit.LoginOff:         {other: "{actor} switched the login of {account} off"},
		audit.LoginOn:          {other: "{actor} switched the login of {account} on again"},
		audit.ResetSent:        {other: "{actor} sent {account} a link to a new password"},
		audit.RecoveryAsked: {
			other: "{actor} asked for another recovery address of {account}",
			own:   "{account} asked for another recovery address",
		},
		audit.RecoveryChanged: {
			other: "{actor} changed the recovery address of {account}",
			own:   "{account} confirmed their new recovery address",
		},
		audit.WelcomeSent:        {other: "{actor} sent {account} a new welcome e-mail"},
		audit.MailTriedAgain:     {other: "{actor} had failed e-mail tried again"},
		audit.MailComposed:       {other: "{actor} wrote an e-mail to {target}"},
		audit.CampaignCreated:    {other: "{actor} drafted the e-mail alert {target}"},
		audit.CampaignChanged:    {other: "{actor} changed the draft of the e-mail alert {target}"},
		audit.CampaignDeleted:    {other: "{actor} deleted the draft of the e-mail alert {target}"},
		audit.CampaignStarted:    {other: "{actor} started the e-mail alert {target}"},
		audit.CampaignPaused:     {other: "{actor} paused the e-mail alert {target}"},
		audit.CampaignResumed:    {other: "{actor} let the e-mail alert {target} go on"},
		audit.CampaignCancelled:  {other: "{actor} cancelled the e-mail alert {target}"},
		audit.CampaignEnded:      {other: "The e-mail alert {target} ended"},
		audit.CampaignTriedAgain: {other: "{actor} had what failed of the e-mail alert {target} tried again"},
		audit.CampaignDownloaded: {other: "{actor} downloaded the report of the e-mail alert {target}"},
		audit.LoginsStarted:      {other: "{actor} began to create logins for all pet parents"},
		audit.LoginsCreated:      {other: "{actor} created logins for many pet parents at once"},
		audit.TemplateCreated:    {other: "{actor} wrote the e-mail template {target}"},
		audit.TemplateChanged:    {other: "{actor} changed the e-mail template {target}"},
		audit.TemplateDeleted:    {other: "{actor} deleted the e-mail template {target}"},
		audit.TemplateReset:      {other: "{actor} put the former words of the e-mail template {target} back"},
		audit.TermsPublished:     {other: "{actor} published new terms and privacy notice for pet parents"},
		audit.TermsAccepted:      {other: "{account} accepted the practice's terms and privacy notice"},
		audit.LoginsForPractice:  {other: "{actor} began to create logins for the pet parents of {target}"},
		audit.RemindersStarted:   {other: "{actor} began to remind pet parents who never signed in"},
		audit.RemindersSent:      {other: "{actor} reminded pet parents who never signed in"},
		audit.LoginSkipped:       {other: "{actor} decided that {target} gets no login with those for all"},
		audit.LoginUnskipped:     {other: "{actor} no longer leaves {target} out of the logins for all"},
		audit.DetailsConfirmed:   {other: "{account} confirmed their details{corrections}"},
		audit.LanguageChanged:    {other: "{account} chose another language for their pages and mail"},
		audit.OnboardingDone:     {other: "{account} finished their first sign-in"},
		audit.PetParentAdded:     {other: "{actor} added the pet parent {target}"},
		audit.PetParentMoved:     {other: "{actor} moved {target} to another household"},
		audit.PetParentMerged:    {other: "{actor} merged another record into that of {target}"},
		audit.PetParentErased:    {other: "{actor} erased the personal data of a pet parent"},
		audit.OptedOut:           {other: "{target} wants no more news by e-mail"},
		audit.OptedIn:            {other: "{target} wants news by e-mail again"},
		audit.OptOutNoted:        {other: "{actor} noted that {target} wants no news by e-mail"},
		audit.OptOutLifted:       {other: "{actor} noted that {target} wants news by e-mail again"},
		audit.HouseholdChanged:   {other: "{actor} changed the household of {target}"},
		audit.HouseholdMerged:    {other: "{actor} merged another household into that of {target}"},
		audit.PetAdded:           {other: "{actor} added the pet {target}"},
		audit.PetMerged:          {other: "{actor} merged another pet into {target}"},
		audit.PetParentExported:  {other: "{actor} exported what is stored of {target}"},
		audit.AddressTried:       {other: "{actor} let mail to {target} be tried again at an address that had refused it"},
		audit.MailBounced:        {other: "{actor} reported that an e-mail came back"},
		audit.PetParentChanged:   {other: "{actor} changed the details of {target}"},
		audit.ProposalMade:       {other: "{actor} proposed a correction of the details of {target}"},
		audit.ProposalAccepted:   {other: "{actor} accepted a correction of the details of {target}"},
		audit.ProposalRejected:   {other: "{actor} rejected a correction of the details of {target}"},
		audit.ProposalWithdrawn:  {other: "{actor} took a correction of the details of {target} back"},
		audit.ImportUploaded:     {other: "{actor} uploaded {target} for import"},
		audit.ImportChosen:       {other: "{actor} chose how {target} is read for import"},
		audit.AfterImportChanged: {other: "{actor} changed what happens after an import"},
		audit.ImportStarted:      {other: "{actor} started the import of {target}"},
		audit.ImportFinished:     {other: "The import of {target} finished"},
		audit.ImportFailed:       {other: "The import of {target} failed"},
		audit.ImportCancelled:    {other: "{actor} cancelled the import of {target}"},
		audit.RejectsDownloaded:  {other: "{actor} downloaded the rejected rows of {target}"},
		audit.LoginsDownloaded:   {other: "{actor} downloaded the report of logins for all"},
		audit.PracticeExported:   {other: "{actor} exported the data of {target}"},
		audit.KeyCreated:         {other: "{actor} created the API key {target}"},
		audit.KeyRevoked:         {other: "{actor} revoked the API key {target}"},
		audit.KeysRevoked:        {other: "{actor} revoked all API keys"},
		audit.KeyRingRotated:     {other: "{actor} rotated the key ring of this server"},
		audit.KeyRingDropped:     {other: "{actor} dropped keys that nothing needs from the key ring of this server"},
		audit.AccessRefused:      {other: "{actor} asked for something that they may not do"},
	}
}

// names are what a page of lines needs besides the lines.
type names struct {
	phrases  map[audit.Action]phrase
	ordered  []practice.Branch   // as people look for them
	branches map[string]string   // their names by id
	accounts map[string]string   // names by id, for lines that do not tell
	ours     func(string) string // gives what nobody typed the words of the practice
}

// sentence is the line as people would say it, without the full stop.
func (n names) sentence(l audit.Line) []part {
	p, known := n.phrases[l.Action]
	text := p.other
	switch {
	case !known:
		text = "{actor} did something that this version of Catflap has no words for"
	case l.Cause == "address-throttled" && l.AccountID == "": // for whom is not written down
		text = "A sign-in was refused"
	case l.AccountID == "" && p.none != "":
		text = p.none
	case p.own != "" && ownAct(l):
		text = p.own
	}
	parts := n.fill(n.ours(text), l)
	if branch := n.branches[l.BranchID]; branch != "" && l.BranchID != l.TargetID {
		parts = append(parts, part{Text: ", branch " + branch})
	}
	if l.Personal.IP != "" {
		parts = append(parts, part{Text: ", from " + l.Personal.IP})
	}
	if first := &parts[0]; !first.Strong { // names are written as people write them
		first.Text = strings.ToUpper(first.Text[:1]) + first.Text[1:]
	}
	return parts
}

// ownAct reports whether people acted on their own account: signed in, in the
// middle of it, or with a link that only they have.
func ownAct(l audit.Line) bool {
	return l.AccountID != "" && (l.ActorID == l.AccountID || l.ActorKind == "" && l.ActorID == "")
}

// fill puts what the line says into a phrase.
func (n names) fill(text string, l audit.Line) []part {
	var parts []part
	add := func(p part) {
		if p.Text != "" {
			parts = append(parts, p)
		}
	}
	for text != "" {
		plain, rest, found := strings.Cut(text, "{")
		add(part{Text: plain})
		if !found {
			break
		}
		word, after, _ := strings.Cut(rest, "}")
		add(n.value(word, l))
		text = after
	}
	return parts
}

func (n names) value(word string, l audit.Line) part {
	switch word {
	case "actor":
		return n.actor(l)
	case "account":
		return n.account(l)
	case "target":
		one := target(l)
		if !one.Strong {
			one.Text = n.ours(one.Text)
		}
		return one
	case "sessions":
		return part{Text: sessions(l.Detail["sessions"])}
	case "proof":
		return part{Text: map[string]string{
			"temporary": " with a temporary password", "link": " with a mailed link",
		}[l.Detail["proof"]]}
	case "corrections":
		return part{Text: corrections(l.Detail["corrections"])}
	}
	return part{}
}

func (n names) actor(l audit.Line) part {
	name := l.Personal.Actor
	switch {
	case l.ActorKind == string(access.KindSystem) && name == "":
		return part{Text: "Catflap", Strong: true}
	case l.ActorKind == string(access.KindSystem):
		return part{Text: "Catflap (" + name + ")", Strong: true}
	case l.ActorKind == string(access.KindProgram) && name != "":
		return part{Text: "API key " + name, Strong: true}
	case name != "":
		return part{Text: name, Strong: true}
	case l.ActorID != "":
		return n.person(l, l.ActorID)
	case ownAct(l):
		return n.account(l)
	}
	return part{Text: "somebody"}
}

func (n names) account(l audit.Line) part {
	switch {
	case l.Personal.Account != "":
		return part{Text: l.Personal.Account, Strong: true}
	case l.AccountID != "" && l.AccountID == l.ActorID && l.Personal.Actor != "":
		return part{Text: l.Personal.Actor, Strong: true}
	case l.AccountID != "":
		return n.person(l, l.AccountID)
	case l.Personal.Target != "":
		return target(l)
	}
	return part{Text: "somebody"}
}

// person is the name of an account that the line knows by id only.
func (n names) person(l audit.Line, accountID string) part {
	if erased(l) {
		return part{Text: "somebody whose details were erased"}
	}
	if name := n.accounts[accountID]; name != "" {
		return part{Text: name, Strong: true}
	}
	return part{Text: "somebody"}
}

// unnamed lists the accounts whose names a line needs and does not tell.
func unnamed(l audit.Line) []string {
	if erased(l) {
		return nil
	}
	var all []string
	if l.Personal.Account == "" && l.AccountID != "" && (l.AccountID != l.ActorID || l.Personal.Actor == "") {
		all = append(all, l.AccountID)
	}
	if l.Personal.Actor == "" && l.ActorID != "" && l.ActorID != l.AccountID {
		all = append(all, l.ActorID)
	}
	return all
}

// erased reports whether the personal part of the line is gone.
func erased(l audit.Line) bool { return l.Personal.Salt == "" }

func target(l audit.Line) part {
	switch {
	case l.Personal.Target != "":
		return part{Text: l.Personal.Target, Strong: true}
	case erased(l):
		return part{Text: "something whose name was erased"}
	case l.TargetKind != "":
		return part{Text: "one " + strings.ReplaceAll(l.TargetKind, "_", " ")}
	}
	return part{Text: "something"}
}

func sessions(n string) string {
	if n == "" || n == "1" {
		return "a session"
	}
	return n + " sessions"
}

func corrections(n string) string {
	switch n {
	case "", "0":
		return ""
	case "1":
		return " with one correction"
	}
	return " with " + n + " corrections"
}

// again tells of repetitions, "" when there were none.
func again(l audit.Line) string {
	if l.Repeated == 0 {
		return ""
	}
	until := l.LastAt.Format("15:04 MST")
	if l.LastAt.Format(dateForm) != l.At.Format(dateForm) {
		until = l.LastAt.Format("2 January, 15:04 MST")
	}
	if l.Repeated == 1 {
		return "And once more at " + until + "."
	}
	return "And " + strconv.FormatInt(l.Repeated, 10) + " more times until " + until + "."
}
