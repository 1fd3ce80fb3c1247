package ui

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"strings"
)

// funcs are the words that pages may use besides the methods of View.
func (u *UI) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":    u.static.asset,
		"icon":     u.icon,
		"field":    newField,
		"select":   newSelect,
		"choices":  newSelect,
		"checkbox": newCheckbox,
		"options":  options,

		"newpassword": newNewPassword,

		"problems": newErrors,
		"problem":  complaintOf,
		"notice":   newNotice,
		"status":   newStatus,
		"steps":    newSteps,
		"stages":   newStages,
		"empty":    newEmpty,
		"pager":    newPager,
		"chip":     newChip,
		"hue":      hueOf,
		"tabs":     newTabs,
		"secret":   newSecret,
		"progress": newProgress,
		"species":  newSpecies,
		"ago":      newAgo,
		"date":     date,
		"dial":     Dial,
		"datetime": datetime,
		"count":    count,
		"plural":   plural,
		"groups":   groups,
		"address":  address,
		"otpauth":  otpauth,
		"dict":     dict,
		"list":     func(items ...any) []any { return items },
	}
}

// address lets a long e-mail address break behind its @ and nowhere else, if
// the line is too short for it.
func address(s string) template.HTML {
	local, domain, found := strings.Cut(template.HTMLEscapeString(s), "@")
	if !found {
		return template.HTML(local)
	}
	return template.HTML(local + "@<wbr>" + domain)
}

// otpauth lets a link open an authenticator app; every other scheme that the
// template package does not know stays forbidden.
func otpauth(uri string) (template.URL, error) {
	if !strings.HasPrefix(uri, "otpauth://totp/") {
		return "", errors.New("otpauth: this is no address of an authenticator app")
	}
	return template.URL(uri), nil // an attribute still escapes it
}

// dict makes a map from "name" value pairs, for blocks that need several values.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		name, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", kv[i])
		}
		m[name] = kv[i+1]
	}
	return m, nil
}

const spriteFile = "icons.svg"

var symbolID = regexp.MustCompile(`<symbol id="([a-z0-9_-]+)"`)

// readIcons learns which icons the sprite has.
func (u *UI) readIcons() error {
	content, err := fs.ReadFile(u.static.files, spriteFile)
	if err != nil {
		return err
	}
	u.icons = map[string]bool{}
	for _, m := range symbolID.FindAllSubmatch(content, -1) {
		u.icons[string(m[1])] = true
	}
	return nil
}

// icon draws a symbol of the sprite; with words it is read aloud, without it
// is decoration beside words.
func (u *UI) icon(name string, words ...string) (template.HTML, error) {
	if !u.icons[name] {
		return "", fmt.Errorf("there is no icon %q", name)
	}
	sprite, err := u.static.asset(spriteFile)
	if err != nil {
		return "", err
	}
	reading := `aria-hidden="true"`
	if len(words) > 0 && words[0] != "" {
		reading = `role="img" aria-label="` + template.HTMLEscapeString(words[0]) + `"`
	}
	// Only our own names and escaped words come together here.
	return template.HTML(`<svg class="icon" ` + reading + `><use href="` + sprite + "#" + name + `"></use></svg>`), nil
}
