package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// A pet parent with a Spanish browser does the first sign-in from the Spanish
// welcome mail, then chooses German, and keeps it.
func TestLanguageStory(t *testing.T) {
	each(t, languageStory)
}

func languageStory(t *testing.T, w *world) {
	ken, temporary := w.welcomeIn("In Spanish")
	b := w.browser(ken.name, phone)
	b.speaks("es-MX,es,en")
	b.Open(happyPaws + "/login")
	b.See("Correo electrónico o usuario")
	b.Fill("Correo electrónico o usuario", ken.email)
	b.Fill("Contraseña", "equivocada")
	b.Click("Iniciar sesión")
	b.Expect(401)
	b.See("Ese usuario y esa contraseña no corresponden a ninguna cuenta de aquí.")
	b.Fill("Correo electrónico o usuario", ken.email)
	b.Fill("Contraseña", temporary)
	b.Click("Iniciar sesión")
	b.See("¿Está todo bien?", "Paso 1 de 2")
	b.Picture("language-details")
	b.Click("Continuar")
	b.See("Elija su contraseña", "Paso 2 de 2")
	b.Fill("Contraseña nueva", "corta")
	b.Fill("Repita la contraseña nueva", "corta")
	b.Click("Guardar e iniciar sesión")
	b.Expect(422)
	b.See("Use al menos 12 caracteres.")
	b.Fill("Contraseña nueva", ken.password)
	b.Fill("Repita la contraseña nueva", ken.password)
	b.Click("Guardar e iniciar sesión")
	b.See("Su contraseña está guardada", "Hola, Ken")

	// German from here on, also where a script asks and in mail.
	b.Click("Deutsch")
	b.See("Guten Tag, Ken", "Öffnungszeiten")
	b.Picture("language-pet-app")
	b.Open(happyPaws + "/account/sessions")
	b.See("Wo Sie angemeldet sind", "dieses hier")
	b.Open(happyPaws + "/account/password")
	b.See("Passwort ändern")
	other := w.browser(ken.name+" elsewhere", phone)
	other.speaks("fr")
	other.Open(happyPaws + "/login")
	other.Fill("E-mail ou identifiant", ken.email)
	other.Fill("Mot de passe", ken.password)
	other.Click("Se connecter")
	other.See("Guten Tag, Ken") // the account counts, not the browser
	if l := w.mail.Wait(t, ken.email, 2); !strings.Contains(l.Text, "Jemand hat sich in Ihrem Konto auf einem Gerät angemeldet") {
		t.Errorf("the notice is not in German:\n%s", l.Text)
	}
	b.Open(happyPaws + "/")
	b.Click("Abmelden", "Sicherheit")
	b.See("Sie sind abgemeldet") // the browser remembers what was chosen in it
}

// The same way in French, without JavaScript, on a narrow phone.
func TestFrenchWithoutJavaScript(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	ken, temporary := w.welcomeIn("In French")
	w.plain = true
	b := w.browser(ken.name, 360)
	b.speaks("fr-CA")
	b.Open(happyPaws + "/login")
	b.fits()
	b.Fill("E-mail ou identifiant", ken.email)
	b.Fill("Mot de passe", temporary)
	b.Click("Se connecter")
	b.See("Tout est-il exact", "Étape 1 sur 2")
	b.fits()
	b.Fill("Prénom", "")
	b.Fill("Nom", "", "Prénom")
	b.Click("Continuer")
	b.Expect(422)
	b.See("Saisissez un prénom ou un nom.")
	b.Fill("Prénom", "Ken")
	b.Fill("Nom", "Guest", "Prénom")
	b.Click("Continuer")
	b.See("Choisissez votre mot de passe")
	b.fits()
	b.Fill("Nouveau mot de passe", ken.password)
	b.Fill("Répétez le nouveau mot de passe", ken.password)
	b.Click("Enregistrer et se connecter")
	b.See("Bonjour, Ken", "Heures d’ouverture")
	b.fits()
	b.Open(happyPaws + "/account/two-factor")
	b.See("Double authentification")
	b.fits()
	b.Click("Español")
	b.See("Verificación en dos pasos")
	b.fits()
}

// speaks sets the languages of the browser.
func (b *browser) speaks(accept string) {
	b.t.Helper()
	agent, err := ask[string](b, "navigator.userAgent")
	if err != nil {
		b.t.Fatal(err)
	}
	call(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: accept})
}

var temporaryIn = regexp.MustCompile(`ken@example\.com\n[^:\n]*: (\S+)\n`)

// welcomeIn opens a practice that writes in a language, and gives a pet parent
// a login; it returns them with the temporary password of the welcome mail.
func (w *world) welcomeIn(language string) (person, string) {
	w.t.Helper()
	w.serve()
	pat, maria := newcomer("Pat Host", "pat@host.example"), newcomer("Maria Lopez", "maria@happy-paws.example")
	w.openPractice(w.setUp(pat), maria)
	boss := w.join(maria, "North")
	boss.Open(happyPaws + "/security/policy/change")
	boss.Click(language)
	boss.Click("Save Changes")
	boss.See("The policy is saved: one setting changed")

	file := filepath.Join(w.t.TempDir(), "clients.csv")
	write(w.t, file, "client_id,first_name,last_name,email,pet_name,species\n1,Ken,Guest,ken@example.com,Rex,Canine\n", 0o600)
	boss.upload(file, "North")
	boss.See("1 new")
	boss.runImport()
	boss.waitFor("The import is finished", "Look again", patience)
	boss.Open(happyPaws + "/pet-parents/logins")
	boss.Click("Create logins and send welcome e-mails")
	ken := newcomer("Ken Guest", "ken@example.com")
	welcome := w.mail.Wait(w.t, ken.email, 1)
	found := temporaryIn.FindStringSubmatch(welcome.Text)
	if found == nil {
		w.t.Fatalf("the welcome mail has no temporary password:\n%s", welcome.Text)
	}
	return ken, found[1]
}
